//! The command line of `ssl4rl-vision`: the program's own verbs over a larger registry, and `vision`.

#[cfg(feature = "torch")]
mod defaults;
#[cfg(feature = "torch")]
mod eval;
#[cfg(feature = "torch")]
mod exam_args;
#[cfg(feature = "torch")]
mod generate;
#[cfg(feature = "torch")]
mod resize;
#[cfg(feature = "torch")]
mod show;
#[cfg(feature = "torch")]
mod vision;

use std::process::ExitCode;

use ssl4rl::cli::{Verb, main_with};
use ssl4rl_tasks::{Registry, RegistryError};

/// The verbs beside the program's own.
const VERBS: &[&dyn Verb] = &[
    #[cfg(feature = "torch")]
    &ssl4rl::cli::Entry::computing("vision", vision::run),
];

/// Parses the process's arguments, runs the verb and tells how it went.
pub fn main() -> ExitCode {
    #[cfg(feature = "torch")]
    ssl4rl::model::media::install(vec![&crate::model::Qwen25Vl]);
    main_with(registry(), VERBS)
}

/// Everything that the program brings, and pictures.
fn registry() -> Result<Registry, RegistryError> {
    let mut registry = ssl4rl::builtin_registry()?;
    crate::register(&mut registry)?;
    Ok(registry)
}
