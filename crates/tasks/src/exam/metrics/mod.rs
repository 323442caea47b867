//! What downstream scores are made of. Pure functions of predictions; each is tested against a calculation by hand.
//!
//! - [`Estimate`]: a number with its standard error
//! - [`Classification`]: accuracy, macro-F1, share of answers that could not be read
//! - [`Ranks`], [`Ranking`]: optimistic, realistic and pessimistic ranks, MRR and Hits@k
//! - [`Separation`]: area under the ROC curve and Hits@k of scores of positives against scores of negatives

mod classification;
mod estimate;
mod ranking;
mod separation;

pub use classification::{Classification, Said};
pub use estimate::{Estimate, fixed};
pub use ranking::{HITS, Ranking, Ranks};
pub use separation::Separation;
