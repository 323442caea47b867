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
    /// What the user should know of the questions before they are put: which are missing, and why.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
    /// Scores of the baselines.
    fn baselines(&self) -> Result<Vec<Row>, EvalError>;
    /// Scores of a respondent.
    fn sit(&self, respondent: &mut dyn Respondent) -> Result<Vec<Row>, EvalError>;
    /// The same, with its answers to questions whose right ones somebody else keeps; of them there are none unless an exam says
    /// otherwise.
    fn examine(&self, respondent: &mut dyn Respondent) -> Result<Sitting, EvalError> {
        Ok(Sitting { rows: self.sit(respondent)?, submission: None })
    }
}

/// What comes of an exam.
#[derive(Debug, Clone, PartialEq)]
pub struct Sitting {
    /// Scores.
    pub rows: Vec<Row>,
    /// Answers that cannot be scored here.
    pub submission: Option<Submission>,
}

/// Answers for whoever keeps the right ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// What the file is called.
    pub file: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Answers in it.
    pub answers: usize,
}
