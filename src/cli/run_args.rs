//! The arguments shared by every verb that trains or evaluates.

use std::path::PathBuf;

use crate::config::{Config, ConfigError, Overrides};

/// Settings of a run: a file, flags that override it, where the run goes and how many threads it may use.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct RunArgs {
    /// Settings that override the file
    #[command(flatten)]
    pub overrides: Overrides,
    /// Settings file (TOML); flags override it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of the run; `runs/<dataset>-<id>` when absent
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Processor threads; all cores when absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
}

impl RunArgs {
    /// The settings, resolved and checked.
    pub fn config(&self) -> Result<Config, ConfigError> {
        Config::resolve(self.config.as_deref(), &self.overrides)
    }

    /// Threads asked for, or as many as this process may use.
    pub fn threads(&self) -> usize {
        self.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get), usize::from)
    }
}
