//! [`RankedList`]: the options in order of belief, best first.
//!
//! Score 1/r where the right option stands at rank r, 0 where it is not listed. A list that repeats an option or holds
//! anything but options scores 0 as a whole. A list may be cut short. Options are written as [`Choice`](super::Choice) reads them.
//!
//! Blind expectation: a full list of n options in any fixed order earns (1 + 1/2 + … + 1/n) / n, and no blind list earns more;
//! see [`RankedList::blind_score`].
//!
//! ```
//! use ssl4rl_tasks::{Verifier, verifiers::{AnswerStyle, ChoiceTruth, RankedList}};
//! let truth = ChoiceTruth::new(["Rome", "Oslo", "Bern"], 1, AnswerStyle::Text);
//! assert_eq!(RankedList.verify("<answer>Bern, Oslo, Rome</answer>", &truth).score, 0.5);
//! assert_eq!(RankedList.verify("<answer>Oslo</answer>", &truth).score, 1.0);
//! assert_eq!(RankedList.verify("<answer>Oslo, Oslo</answer>", &truth).score, 0.0);
//! assert_eq!(RankedList.verify("<answer>Oslo, Paris</answer>", &truth).score, 0.0);
//! assert_eq!(RankedList::blind_score(3), (1.0 + 1.0 / 2.0 + 1.0 / 3.0) / 3.0);
//! ```

use super::choice::{ChoiceTruth, Reading};
use super::wording::{UNREADABLE_ANSWER, items};
use crate::{Verdict, Verifier, protocol};

/// Scores a ranking by the reciprocal rank of the right option.
#[derive(Debug, Clone, Copy, Default)]
pub struct RankedList;

impl RankedList {
    /// Expected score of listing all `options` blindly.
    pub fn blind_score(options: usize) -> f32 {
        let sum: f32 = (1..=options).map(|rank| 1.0 / rank as f32).sum();
        sum / options.max(1) as f32
    }
}

impl Verifier for RankedList {
    const SCORING: &'static str = "1 / rank of the right option in the list given";
    type Truth = ChoiceTruth;

    fn verify(&self, completion: &str, truth: &ChoiceTruth) -> Verdict {
        let Some(answer) = protocol::answer(completion) else { return Verdict::unreadable(UNREADABLE_ANSWER) };
        let mut listed = vec![false; truth.options.len()];
        let mut rank = None;
        for (position, item) in items(answer).into_iter().enumerate() {
            let Reading::One(option) = truth.read(item) else {
                return Verdict::wrong(answer, "the list holds something that is not one option");
            };
            if std::mem::replace(&mut listed[option], true) {
                return Verdict::wrong(answer, "the list repeats an option");
            }
            if option == truth.correct {
                rank = Some(position + 1);
            }
        }
        match rank {
            Some(1) => Verdict::right(answer),
            Some(rank) => Verdict::partial(1.0 / rank as f32, answer, format!("rank {rank}")),
            None if listed.contains(&true) => Verdict::wrong(answer, "the right option is not listed"),
            None => Verdict::unreadable("the list is empty"),
        }
    }

    fn choice<'truth>(&self, truth: &'truth ChoiceTruth) -> Option<&'truth ChoiceTruth> {
        Some(truth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verifiers::AnswerStyle;

    #[test]
    fn any_fixed_full_order_earns_the_blind_score() {
        let options = ["p", "q", "r", "s"];
        let mean: f32 = (0..4)
            .map(|correct| {
                let truth = ChoiceTruth::new(options, correct, AnswerStyle::Text);
                RankedList.verify("<answer>r, p, s, q</answer>", &truth).score
            })
            .sum::<f32>()
            / 4.0;
        assert!((mean - RankedList::blind_score(4)).abs() < 1e-6);
    }
}
