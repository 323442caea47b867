//! [`NumberSet`]: a few different whole numbers, in any order.
//!
//! The answer must give as many different numbers as the truth holds, and leave nothing open with an `or`, else it scores 0. Score 1 for all of them; with
//! partial credit the share of right ones, so that naming everything earns nothing.
//!
//! ```
//! use ssl4rl_tasks::Verifier;
//! use ssl4rl_vision::question::{NumberSet, NumberSetTruth};
//! let truth = NumberSetTruth { numbers: [2, 5].into(), among: 9, partial: true };
//! assert_eq!(NumberSet.verify("<answer>5, 2</answer>", &truth).score, 1.0);
//! assert_eq!(NumberSet.verify("<answer>5 and 7</answer>", &truth).score, 0.5);
//! assert_eq!(NumberSet.verify("<answer>1, 2, 3, 4, 5</answer>", &truth).score, 0.0);
//! for hedge in ["2 or 5", "either 2 and 5", "2, or 5"] {
//!     assert_eq!(NumberSet.verify(&format!("<answer>{hedge}</answer>"), &truth).score, 0.0);
//! }
//! ```

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use ssl4rl_tasks::protocol;
use ssl4rl_tasks::verifiers::wording::{LONGEST_PHRASE, denies, hedges, normalised};
use ssl4rl_tasks::{Verdict, Verifier};

/// The right numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberSetTruth {
    /// The right numbers.
    pub numbers: BTreeSet<usize>,
    /// How many numbers there are to choose from.
    pub among: usize,
    /// Whether some right numbers earn their share.
    pub partial: bool,
}

impl NumberSetTruth {
    /// The right answer.
    pub fn right_answer(&self) -> String {
        self.numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
    }

    /// Expected score of any fixed choice of so many numbers, where every set is as likely.
    pub fn blind_score(&self) -> f32 {
        let count = self.numbers.len();
        if self.partial {
            return count as f32 / self.among.max(1) as f32;
        }
        (0..count).map(|taken| (count - taken) as f32 / (self.among - taken.min(self.among)).max(1) as f32).product()
    }
}

/// Scores a set of numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct NumberSet;

impl Verifier for NumberSet {
    const SCORING: &'static str =
        "1 for all the right numbers and no other; with partial credit the share of right ones";
    type Truth = NumberSetTruth;

    fn verify(&self, completion: &str, truth: &NumberSetTruth) -> Verdict {
        let Some(answer) = protocol::answer(completion).filter(|answer| answer.len() <= LONGEST_PHRASE) else {
            return Verdict::unreadable("no answer block, or one too long to be read");
        };
        let phrase = normalised(answer);
        let digits = phrase.split(|symbol: char| !symbol.is_ascii_digit()).filter(|digits| !digits.is_empty());
        let given: Vec<usize> = digits.filter_map(|digits| digits.parse().ok()).collect();
        if given.is_empty() || phrase.contains(['-', '.']) || denies(&phrase) {
            return Verdict::unreadable("names no numbers");
        }
        if hedges(&phrase) {
            return Verdict::wrong(answer, "leaves open which numbers are meant");
        }
        let distinct: BTreeSet<usize> = given.iter().copied().collect();
        if given.len() != truth.numbers.len() || distinct.len() != given.len() {
            return Verdict::wrong(answer, format!("not {} different numbers", truth.numbers.len()));
        }
        let right = distinct.intersection(&truth.numbers).count();
        if distinct == truth.numbers {
            Verdict::right(answer)
        } else if right > 0 && truth.partial {
            Verdict::partial(right as f32 / given.len() as f32, answer, format!("{right} of {}", given.len()))
        } else {
            Verdict::wrong(answer, "other numbers")
        }
    }
}
