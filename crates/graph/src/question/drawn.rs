//! [`DrawnNumber`]: a number that was drawn from known ones before its graph was made, so that chance is exact.
//!
//! ```
//! use ssl4rl_graph::question::{DrawnNumber, DrawnVerifier};
//! use ssl4rl_tasks::{Verifier, verifiers::NumberCredit};
//! let truth = DrawnNumber::integer(3, 1..=5, NumberCredit::Exact);
//! assert!(DrawnVerifier.verify("<answer>3</answer>", &truth).exact);
//! assert_eq!(truth.blind_score(), 0.2);
//! ```

use serde::{Deserialize, Serialize};

use ssl4rl_tasks::verifiers::{Number, NumberCredit, NumberTruth};
use ssl4rl_tasks::{Verdict, Verifier};

/// The right number, and all that could have been drawn, equally likely.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DrawnNumber {
    /// The right number and how nearness pays.
    pub number: NumberTruth,
    /// What it was drawn from.
    pub possible: Vec<f64>,
}

impl DrawnNumber {
    /// An integer and those that it was drawn from.
    pub fn integer(value: u64, possible: impl IntoIterator<Item = u64>, credit: NumberCredit) -> Self {
        let possible = possible.into_iter().map(|value| value as f64).collect();
        Self { number: NumberTruth::integer(value, credit), possible }
    }

    /// What the best constant answer earns.
    pub fn blind_score(&self) -> f32 {
        let possible: Vec<NumberTruth> =
            self.possible.iter().map(|&value| NumberTruth { value, ..self.number }).collect();
        NumberTruth::best_constant(&possible).map_or(0.0, |(_, score)| score as f32)
    }
}

/// Scores the number.
#[derive(Debug, Clone, Copy, Default)]
pub struct DrawnVerifier;

impl Verifier for DrawnVerifier {
    const SCORING: &'static str = Number::SCORING;
    type Truth = DrawnNumber;

    fn verify(&self, completion: &str, truth: &DrawnNumber) -> Verdict {
        Number.verify(completion, &truth.number)
    }
}
