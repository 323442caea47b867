//! Downstream evaluation: benchmarks that no pretext task trains on, with the baselines that they have to be compared with.
//!
//! A [`Benchmark`] makes an [`Exam`] from a graph and settings. An exam scores its baselines, which need no model, and whoever
//! [responds](Respondent): a policy, or in tests a few lines of Rust. Questions are functions of the settings' seed, so that
//! every model is asked the same.
//!
//! - [`metrics`]: accuracy, macro-F1, ranks, area under the ROC curve, each with its standard error
//! - [`baselines`]: label propagation, naive Bayes, relation frequency and others, computed here
//! - [`filtered`]: filtered ranking of a knowledge graph's test triples
//! - [`node_classification`], [`completion`], [`link_prediction`], [`nlgraph`]: the benchmarks
//! - [`setting`]: what of the test data a training run may see
//!
//! Definitions, and what the numbers can be compared with: `docs/graph-evaluation.md`.

pub mod baselines;
mod benchmark;
pub mod completion;
mod error;
pub mod filtered;
pub mod link_prediction;
pub mod metrics;
pub mod nlgraph;
pub mod node_classification;
mod outcome;
mod respondent;
pub mod setting;

pub use benchmark::{Benchmark, Exam, Subject, benchmark, benchmarks};
pub use error::EvalError;
pub use outcome::{Outcome, Row};
pub use respondent::{LogLikelihood, Reply, Respondent, yes_probability};
