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
mod verifiers;
