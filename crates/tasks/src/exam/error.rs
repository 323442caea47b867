//! Why a benchmark cannot be made or scored.

use std::path::PathBuf;

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// No benchmark has this name.
    #[error("unknown benchmark `{name}`; {hint}")]
    UnknownBenchmark {
        /// The name asked for.
        name: String,
        /// The nearest name, or all of them.
        hint: String,
    },
    /// A setting is unknown, of the wrong type or out of its range.
    #[error("{benchmark}: {problem}\nhint: `--bench-set KEY=VALUE` changes one of these defaults: {known}")]
    Settings {
        /// The benchmark.
        benchmark: &'static str,
        /// What is wrong.
        problem: String,
        /// Settings with their defaults.
        known: String,
    },
    /// The data lacks what the benchmark needs.
    #[error("{benchmark} cannot be made from {dataset}: {reason}")]
    Unusable {
        /// The benchmark.
        benchmark: &'static str,
        /// The data.
        dataset: String,
        /// Why, in words for the user.
        reason: String,
    },
    /// No question could be asked: all are too long for the model.
    #[error(
        "{benchmark}: none of {questions} prompts fits the model's context\nhint: settings that show less, or a model with a longer context"
    )]
    NothingFits {
        /// The benchmark.
        benchmark: &'static str,
        /// Questions drawn.
        questions: usize,
    },
    /// A file cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{path}: {problem}", path = path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong, where.
        problem: String,
    },
    /// Whoever was examined failed.
    #[error(transparent)]
    Respondent(#[from] Box<dyn std::error::Error + Send + Sync>),
}
