//! Integration tests: one module an area.

mod conformance;
mod graph_tasks;
mod leaks;
mod prompts;
