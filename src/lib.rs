//! Self-supervised reinforcement learning for language models.
//!
//! Unlabelled data becomes questions whose answers the data itself supplies, a language model answers them, a program
//! verifies every answer, and reinforcement learning makes the model better.
//!
//! Where to start reading, in the order in which data flows:
//!
//! - [`data`]: named datasets, their files and the strict readers
//! - [`graph`]: the graph in memory, sampling, exact counting, text encoders, and the graph tasks
//! - [`tasks`]: the seams [`PretextTask`](tasks::PretextTask) and [`Verifier`](tasks::Verifier), the registry, mixtures
//!   and the conformance kit
//! - `kernels`: what the processor computes itself rather than through libtorch (feature `torch`)
//! - `model`, `rollout`, `rl`, `train`: the policy, its generation engine, the loss and the training loop (feature `torch`)
//! - `bench`: what speed and memory are measured with (feature `torch`)
//! - [`scoring`]: completions from elsewhere, line by line or over HTTP, and their verdicts
//! - [`export`]: questions and their reward for other trainers
//! - [`cli`]: the verbs

#[cfg(feature = "torch")]
pub mod bench;
pub mod cli;
pub mod config;
pub mod export;
#[cfg(feature = "torch")]
mod kernels;
#[cfg(feature = "torch")]
pub mod model;
pub mod report;
#[cfg(feature = "torch")]
pub mod rl;
#[cfg(feature = "torch")]
pub mod rollout;
pub mod scoring;
#[cfg(feature = "torch")]
pub mod train;

pub use {ssl4rl_data as data, ssl4rl_graph as graph, ssl4rl_tasks as tasks};

/// The registry with every task this crate brings, and the graphs they are made from.
pub fn builtin_registry() -> Result<tasks::Registry, tasks::RegistryError> {
    let mut registry = graph::tasks::registry()?;
    registry.add_modality(data::Graphs)?;
    Ok(registry)
}

/// Compiles the code that the contributing guide shows.
#[cfg(doctest)]
#[doc = include_str!("../CONTRIBUTING.md")]
struct ContributingGuide;
