//! Integration tests: one module an area.

mod cli;
mod run_folder;
