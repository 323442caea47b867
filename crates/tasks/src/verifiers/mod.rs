//! Ready verifiers, one file each. All read the answer through [`protocol::answer`](super::protocol::answer).
//!
//! | verifier | truth | score | blind expectation |
//! |---|---|---|---|
//! | [`ExactText`] | a text | 1 or 0 | share of the most frequent answer |
//! | [`Choice`] | [`ChoiceTruth`] | 1 or 0 | one over the number of options |
//! | [`Number`] | [`NumberTruth`] | 1, and for a near number what [`NumberCredit`] pays | [`NumberTruth::best_constant`] |
//! | [`SetF1`] | a set of texts | F1 | [`SetF1::blind_score`] |
//! | [`RankedList`] | [`ChoiceTruth`] | reciprocal rank | [`RankedList::blind_score`] |
//! | [`Ordering`] | [`OrderingTruth`] | share of positions, or Kendall's tau | [`OrderingTruth::blind_score`] |
//!
//! Score 1 and "exact" mean the same thing in each of them: partial credit stays below 1.

mod choice;
mod exact_text;
mod number;
mod ordering;
mod ranked_list;
mod set_f1;
pub mod wording;

pub use choice::{AnswerStyle, Choice, ChoiceTruth};
pub use exact_text::ExactText;
pub use number::{Number, NumberCredit, NumberTruth, read_number};
pub use ordering::{OrderCredit, Ordering, OrderingTruth};
pub use ranked_list::RankedList;
pub use set_f1::SetF1;
