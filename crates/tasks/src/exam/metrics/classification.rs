//! [`Classification`]: predictions of one class among several, some of which could not be read.
//!
//! An answer that could not be read, or names several classes, is wrong: it counts against accuracy and against the recall of
//! its class. Macro-F1 is the mean of the F1 of every class that occurs as a truth or as a prediction.
//!
//! ```
//! use ssl4rl_tasks::exam::metrics::{Classification, Said};
//! // Class 0: 1 right, 1 unread, 1 taken for class 1. Class 1: 1 right.
//! let seen = Classification::of([(0, Said::One(0)), (0, Said::Nothing), (0, Said::One(1)), (1, Said::One(1))]);
//! assert_eq!((seen.accuracy().value, seen.unread().value), (0.5, 0.25));
//! // F1 of class 0: precision 1, recall 1/3, so 1/2. Of class 1: precision 1/2, recall 1, so 2/3.
//! assert!((seen.macro_f1().value - 7.0 / 12.0).abs() < 1e-15);
//! ```

use std::collections::BTreeMap;

use super::Estimate;

/// What an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// One class.
    One(u32),
    /// Several classes, or one that is not among those asked about.
    Several,
    /// Nothing that could be read.
    Nothing,
}

/// Truths and predictions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Classification {
    /// Class, and what was said.
    pairs: Vec<(u32, Said)>,
}

impl Classification {
    /// Of pairs of truth and prediction.
    pub fn of(pairs: impl IntoIterator<Item = (u32, Said)>) -> Self {
        Self { pairs: pairs.into_iter().collect() }
    }

    /// Predictions that are right, over all.
    pub fn accuracy(&self) -> Estimate {
        Estimate::share(self.pairs.iter().map(|&(truth, said)| said == Said::One(truth)))
    }

    /// Answers that could not be read, over all.
    pub fn unread(&self) -> Estimate {
        Estimate::share(self.pairs.iter().map(|&(_, said)| said == Said::Nothing))
    }

    /// Mean F1 of the classes, with a bootstrap error.
    pub fn macro_f1(&self) -> Estimate {
        Estimate::bootstrap(self.pairs.len(), |positions| {
            #[derive(Default)]
            struct Counts {
                right: u32,
                truths: u32,
                predictions: u32,
            }
            let mut classes: BTreeMap<u32, Counts> = BTreeMap::new();
            for &(truth, said) in positions.iter().map(|&position| &self.pairs[position]) {
                classes.entry(truth).or_default().truths += 1;
                if let Said::One(predicted) = said {
                    let counts = classes.entry(predicted).or_default();
                    counts.predictions += 1;
                    counts.right += u32::from(predicted == truth);
                }
            }
            let of_class =
                |counts: &Counts| f64::from(2 * counts.right) / f64::from(counts.truths + counts.predictions);
            classes.values().map(of_class).sum::<f64>() / classes.len().max(1) as f64
        })
    }
}
