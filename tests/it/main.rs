//! Integration tests: one module an area, one binary for all.

mod conformance;
mod contributing;
mod counting;
mod encoders;
mod graph_tasks;
mod graphs;
mod leaks;
mod prompts;
mod streams;
