//! Integration tests: one binary, a module an area.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also outside its own function")]

mod benchmarks;
mod conformance;
mod decoding;
mod gallery;
mod golden;
mod pictures;
#[cfg(feature = "torch")]
mod qwen2_5_vl;
mod recipes;
mod rewards;
mod sources;
mod tables;
mod tasks;
#[cfg(feature = "torch")]
mod tower;
#[cfg(feature = "torch")]
mod vision_command;

/// The folder of published files that an environment variable names; says that a test did nothing where it is unset.
#[expect(clippy::print_stderr, reason = "tells whoever runs the tests that this one did nothing")]
fn folder(variable: &str, below: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os(variable).map(|folder| std::path::PathBuf::from(folder).join(below));
    let found = path.filter(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: {variable} names no folder with {below}");
    }
    found
}
