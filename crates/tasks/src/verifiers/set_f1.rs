//! [`SetF1`]: a set of texts in any order.
//!
//! With answer A and truth T as sets of normalised items, F1 = 2 |A ∩ T| / (|A| + |T|). Duplicates and order do not count.
//! Score 1 needs equal sets. Lists are written as [`wording::items`](super::wording::items) reads them: `3, 1, 2`, one a line, or with bars;
//! an `and` joins items too. An answer with an `or` or `either` that belongs to no right item leaves open what it means, and scores 0.
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
//! assert_eq!(SetF1.verify("<answer>1, 2 and 3</answer>", &truth).score, 1.0);
//! assert_eq!(SetF1.verify("<answer>1, 2, or 3</answer>", &truth).score, 0.0);
//! assert!(SetF1.verify("<answer>none</answer>", &BTreeSet::new()).exact);
//! ```

use std::collections::BTreeSet;

use super::wording::{UNREADABLE_ANSWER, bare, hedges, items, normalised};
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
        let given: BTreeSet<String> = items(answer).into_iter().flat_map(|item| joined(item, &truth)).collect();
        // A word alone is an item: features may be words such as `or`.
        if given.iter().any(|item| item.contains(' ') && hedges(item) && !truth.contains(item)) {
            return Verdict::wrong(answer, "the answer leaves open which items it means");
        }
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

/// The items that `and` joins in one piece of a list, normalised. Right items with an `and` of their own stay whole; all others are
/// split, so that candidates joined by `and` count as many as they are.
fn joined(piece: &str, truth: &BTreeSet<String>) -> Vec<String> {
    const AND: &str = " and ";
    let piece = normalised(piece);
    let mut found = Vec::new();
    let mut rest = piece.as_str();
    while !rest.is_empty() {
        let ends = |item: &&String| {
            rest.strip_prefix(item.as_str()).is_some_and(|after| after.is_empty() || after.starts_with(AND))
        };
        let whole = truth.iter().filter(ends).map(String::len).max();
        if whole.is_none()
            && let Some(after) = rest.strip_prefix("and ")
        {
            rest = after;
            continue;
        }
        let end = whole.or_else(|| rest.find(AND)).unwrap_or(rest.len());
        found.push(rest[..end].to_owned());
        rest = rest[end..].strip_prefix(AND).unwrap_or_default();
    }
    found
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
    fn lists_with_an_and_are_read() {
        for answer in ["a and b", "a, and b", "A, b and a", "a\nand b", "[a and b]", "a and b."] {
            assert_eq!(score(answer, &["a", "b"]), 1.0, "{answer}");
        }
        for answer in ["a, b, and c", "a and b and c", "a, b and c"] {
            assert_eq!(score(answer, &["a", "b", "c"]), 1.0, "{answer}");
        }
        // One of two named is right, and one of two right ones is named: 2 * 1 / (2 + 2).
        assert_eq!(score("a and c", &["a", "b"]), 0.5);
        // Candidates count one by one however they are joined: 2 * 1 / (4 + 1).
        assert_eq!(score("a and b, c and d", &["a"]), SetF1::blind_score(4, 1));
    }

    #[test]
    fn an_and_or_an_or_within_a_right_item_belongs_to_it() {
        let truth = ["Rock and Roll", "Trick or Treat", "And Then", "or"];
        assert_eq!(score("Rock and Roll, Trick or Treat, And Then, or", &truth), 1.0);
        assert_eq!(score("rock and roll and trick or treat; and then and or", &truth), 1.0);
        // Three of four, nothing else.
        assert_eq!(score("Trick or Treat, and Rock and Roll and And Then", &truth), 6.0 / 7.0);
    }

    #[test]
    fn an_answer_that_leaves_open_what_it_means_names_nothing() {
        for answer in [
            "a, or b",
            "a or b",
            "either a or b",
            "either a, b",
            "a, b, or c",
            "a, b or c",
            "a\nor b",
            "a | or b",
            "a and b or c",
        ] {
            for truth in [["a"].as_slice(), &["b"], &["a", "b"], &["a", "b", "c"]] {
                assert_eq!(score(answer, truth), 0.0, "{answer}");
            }
        }
        assert!(score("a, orb", &["a"]) > 0.0 && score("a, or", &["a"]) > 0.0, "neither is an `or` between items");
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
