//! [`SetF1`]: a set of texts in any order.
//!
//! With answer A and truth T as sets of normalised items, F1 = 2 |A ∩ T| / (|A| + |T|). Duplicates and order do not count.
//! Score 1 needs equal sets. Lists are written as [`wording::items`](super::wording::items) reads them: `3, 1, 2`, one a line, or with bars.
//! The empty set is `none`, `empty`, `[]` or `{}`, and is right only if the truth is empty; a blank answer is no answer.
//!
//! Blind expectation: naming all of n candidates where k are right earns 2k / (n + k); see [`SetF1::blind_score`].
//! A task that pays this verifier's partial credit must not state less as chance.
//!
//! ```
//! use std::collections::BTreeSet;
//! use ssl4rl_tasks::{Verifier, verifiers::SetF1};
//! let truth = BTreeSet::from(["1", "2", "3"].map(String::from));
//! assert_eq!(SetF1.verify("<answer>3, 2, 1, 1</answer>", &truth).score, 1.0);
//! assert_eq!(SetF1.verify("<answer>[1, 9, 9]</answer>", &truth).score, 0.4); // 2 * 1 / (2 + 3)
//! assert!(SetF1.verify("<answer>none</answer>", &BTreeSet::new()).exact);
//! ```

use std::collections::BTreeSet;

use super::wording::{UNREADABLE_ANSWER, bare, items, normalised};
use crate::{Verdict, Verifier, protocol};

/// Scores a set by F1.
#[derive(Debug, Clone, Copy, Default)]
pub struct SetF1;

impl SetF1 {
    /// Score of naming all `candidates` when `right` of them are right.
    pub fn blind_score(candidates: usize, right: usize) -> f32 {
        2.0 * right as f32 / (candidates + right).max(1) as f32
    }
}

impl Verifier for SetF1 {
    const SCORING: &'static str = "F1 of the set given";
    type Truth = BTreeSet<String>;

    fn verify(&self, completion: &str, truth: &BTreeSet<String>) -> Verdict {
        let Some(answer) = protocol::answer(completion) else { return Verdict::unreadable(UNREADABLE_ANSWER) };
        if answer.is_empty() {
            return Verdict::unreadable("the answer is blank");
        }
        if truth.is_empty() {
            return if names_the_empty_set(answer) {
                Verdict::right("none")
            } else {
                Verdict::wrong(answer, "the set is empty")
            };
        }
        let truth: BTreeSet<String> = truth.iter().map(|item| normalised(item)).collect();
        let given: BTreeSet<String> = items(answer).into_iter().map(normalised).collect();
        let shared = given.intersection(&truth).count();
        let parsed = given.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        if given == truth {
            Verdict::right(parsed)
        } else if shared == 0 {
            Verdict::wrong(parsed, "no item is right")
        } else {
            let score = 2.0 * shared as f32 / (given.len() + truth.len()) as f32;
            Verdict::partial(score, parsed, format!("{shared} of {} items", truth.len()))
        }
    }
}

fn names_the_empty_set(answer: &str) -> bool {
    matches!(normalised(bare(answer)).as_str(), "none" | "empty" | "[]" | "{}" | "()" | "∅" | "the empty set")
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the scores are exact by hand calculation")]
mod tests {
    use super::*;

    fn score(answer: &str, truth: &[&str]) -> f32 {
        let truth = truth.iter().map(|&item| item.to_owned()).collect();
        SetF1.verify(&protocol::wrap(answer), &truth).score
    }

    #[test]
    fn by_hand() {
        assert_eq!(score("a\nb", &["a", "b"]), 1.0);
        assert_eq!(score("a, b, c", &["a"]), 0.5);
        assert_eq!(score("c", &["a"]), 0.0);
        assert_eq!(score("none", &["a"]), 0.0);
        assert_eq!(score("none", &["none"]), 1.0);
        assert_eq!(score("[]", &[]), 1.0);
        assert_eq!(score("", &[]), 0.0);
        assert_eq!(score("a", &[]), 0.0);
        assert_eq!(score(",,,", &["a"]), 0.0);
        assert_eq!(score("Paris, Texas |", &["Paris, Texas"]), 1.0);
    }

    #[test]
    fn what_is_named_twice_counts_once() {
        assert_eq!(score("a, a, b, A", &["a", "b"]), 1.0);
        // One of two named is right, and one of two right ones is named: 2 * 1 / (2 + 2).
        assert_eq!(score("a, a, c", &["a", "b"]), 0.5);
        assert_eq!(score("a, c, c", &["a", "b"]), 0.5);
    }

    #[test]
    fn a_megabyte_of_separators_is_not_read() {
        let truth = BTreeSet::from(["a".to_owned()]);
        let verdict = SetF1.verify(&protocol::wrap(&",".repeat(1 << 20)), &truth);
        assert!(verdict.parsed.is_none() && verdict.score == 0.0);
    }

    #[test]
    fn naming_everything_earns_the_blind_score() {
        assert_eq!(score("a, b, c, d", &["a"]), SetF1::blind_score(4, 1));
    }
}
