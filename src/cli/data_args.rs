//! The arguments that say where datasets are.

use std::path::PathBuf;

/// Where datasets are looked for.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct DataArgs {
    /// Folder of datasets, searched before `$SSL4RL_DATA` and the cache
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Never use the network
    #[arg(long)]
    pub offline: bool,
}
