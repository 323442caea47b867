//! Numbers with their nouns: `1 step`, `2 steps`.

/// A count with its noun.
///
/// ```
/// use ssl4rl_tasks::counted;
/// assert_eq!((counted(1, "batch", "batches"), counted(0, "step", "steps")), ("1 batch".into(), "0 steps".into()));
/// ```
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", noun(count, one, many))
}

/// The noun that goes with a count, for counts that are written in another way.
pub fn noun<'noun>(count: u64, one: &'noun str, many: &'noun str) -> &'noun str {
    if count == 1 { one } else { many }
}
