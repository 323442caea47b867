//! [`Boxes`]: a rectangle, scored by its overlap with the right one.
//!
//! The answer is four numbers, `left, top, right, bottom`, where right and bottom are the first beyond the rectangle. The score is
//! the overlap over the union (`IoU`); from [`BoxTruth::full`] on it is 1.
//!
//! ```
//! use ssl4rl_tasks::Verifier;
//! use ssl4rl_vision::question::{BoxTruth, Boxes};
//! let truth = BoxTruth { corners: [0, 0, 10, 10], full: 0.9, floor: 0.0, chance: 0.1 };
//! assert_eq!(Boxes.verify("<answer>0, 0, 10, 10</answer>", &truth).score, 1.0);
//! assert_eq!(Boxes.verify("<answer>[0, 0, 10, 5]</answer>", &truth).score, 0.5);
//! assert_eq!(Boxes.verify("<answer>10, 10, 0, 0</answer>", &truth).score, 0.0);
//! ```

use serde::{Deserialize, Serialize};
use ssl4rl_tasks::protocol;
use ssl4rl_tasks::verifiers::read_number;
use ssl4rl_tasks::verifiers::wording::items;
use ssl4rl_tasks::{Verdict, Verifier};

/// The right rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BoxTruth {
    /// Left, top, right and bottom.
    pub corners: [i64; 4],
    /// Overlap over union from which an answer is right, above 0 and at most 1.
    pub full: f64,
    /// Overlap over union below which an answer earns nothing.
    pub floor: f64,
    /// What the best answer that looks at nothing earns.
    pub chance: f32,
}

impl BoxTruth {
    /// The right answer.
    pub fn right_answer(&self) -> String {
        self.corners.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
    }

    /// The score of an overlap over union.
    pub fn credit(&self, overlap: f64) -> f64 {
        if overlap >= self.full {
            1.0
        } else if overlap < self.floor {
            0.0
        } else {
            overlap
        }
    }
}

/// Overlap over union of two rectangles given by left, top, right and bottom; 0 where one is empty.
pub fn overlap_over_union(left: [f64; 4], right: [f64; 4]) -> f64 {
    let length = |start: f64, end: f64| (end - start).max(0.0);
    let size = |corners: [f64; 4]| length(corners[0], corners[2]) * length(corners[1], corners[3]);
    let shared =
        length(left[0].max(right[0]), left[2].min(right[2])) * length(left[1].max(right[1]), left[3].min(right[3]));
    let union = size(left) + size(right) - shared;
    if shared > 0.0 && union.is_finite() { shared / union } else { 0.0 }
}

/// Scores a rectangle.
#[derive(Debug, Clone, Copy, Default)]
pub struct Boxes;

impl Verifier for Boxes {
    const SCORING: &'static str = "overlap over union of the rectangles, 1 where it is nearly whole";
    type Truth = BoxTruth;

    fn verify(&self, completion: &str, truth: &BoxTruth) -> Verdict {
        let Some(answer) = protocol::answer(completion) else {
            return Verdict::unreadable("no answer block, or one too long to be read");
        };
        let numbers: Option<Vec<f64>> = items(answer).into_iter().map(read_number).collect();
        let Some(Ok(given)) = numbers.map(<[f64; 4]>::try_from) else {
            return Verdict::unreadable("not four numbers");
        };
        let overlap = overlap_over_union(given, truth.corners.map(|corner| corner as f64));
        match truth.credit(overlap) {
            1.0.. => Verdict::right(answer),
            credit if credit > 0.0 => Verdict::partial(credit as f32, answer, format!("overlap {overlap:.2}")),
            _ => Verdict::wrong(answer, "too little overlap"),
        }
    }
}
