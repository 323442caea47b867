//! Integration tests, one module an area, one binary for all.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also outside its own function")]

mod conformance;
mod contributing;
mod counting;
mod data;
mod data_command;
mod data_fetch;
mod data_hostile;
mod encoders;
mod graph_tasks;
mod graphs;
mod leaks;
mod prompts;
mod streams;
