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
mod catalogue;
pub mod completion;
pub mod filtered;
pub mod link_prediction;
pub mod nlgraph;
pub mod node_classification;
pub mod setting;

pub use benchmark::{Benchmark, Subject};
pub use catalogue::{benchmark, benchmarks};
pub use ssl4rl_tasks::exam::{
    EvalError, Exam, LogLikelihood, Outcome, Reply, Respondent, Row, metrics, yes_probability,
};
