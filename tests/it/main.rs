//! Integration tests: one module an area.
//! Integration tests: one module an area, one binary for all.

#[cfg(feature = "torch")]
mod rl_golden;
#[cfg(feature = "torch")]
mod rl_losses;
#[cfg(feature = "torch")]
mod rl_optimizer;
mod conformance;
//! Integration tests, one module an area.

mod data;
mod data_fetch;
mod data_hostile;
//! Integration tests, one module an area, one binary for all.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also outside its own function")]

//! Integration tests: one module an area, one binary for all.

mod conformance;
mod contributing;
mod counting;
mod data;
mod data_fetch;
mod data_hostile;
mod encoders;
mod graph_tasks;
mod graphs;
mod leaks;
mod prompts;
mod streams;
