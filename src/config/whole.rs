//! Whole numbers of options, with bounds that are told in words.

/// Reads a whole number of at least `LEAST`; for an option's `value_parser`.
///
/// ```
/// # use ssl4rl::cli::at_least;
/// assert_eq!(at_least::<1, usize>("3"), Ok(3));
/// assert_eq!(at_least::<1, usize>("0"), Err("expected a whole number, 1 or more".to_owned()));
/// ```
pub fn at_least<const LEAST: u64, Number: TryFrom<u64>>(text: &str) -> Result<Number, String> {
    let number = text.trim().parse().ok().filter(|&number| number >= LEAST);
    let fitting = number.and_then(|number| Number::try_from(number).ok());
    fitting.ok_or_else(|| format!("expected a whole number, {LEAST} or more"))
}
