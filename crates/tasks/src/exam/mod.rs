//! Exams: downstream questions that no pretext task trains on, whoever is put to them, and what their scores are made of.
//!
//! An [`Exam`] examines whoever [responds](Respondent): a policy, or in tests a few lines of Rust. Its [`Outcome`] holds a
//! [`Row`] of scores for the model and each baseline.
//!
//! - [`metrics`]: accuracy, macro-F1, ranks, area under the ROC curve, each with its standard error

mod error;
pub mod metrics;
mod outcome;
mod respondent;

pub use error::EvalError;
pub use outcome::{Outcome, Row};
pub use respondent::{LogLikelihood, Reply, Respondent, yes_probability};

use serde_json::Value;

/// Questions with their answers.
pub trait Exam: Send + Sync {
    /// The resolved settings.
    fn settings(&self) -> Value;
    /// Scores of the baselines.
    fn baselines(&self) -> Result<Vec<Row>, EvalError>;
    /// Scores of a respondent.
    fn sit(&self, respondent: &mut dyn Respondent) -> Result<Vec<Row>, EvalError>;
}
