//! What a run was made with, saved beside its settings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a run was made with: enough to tell why two runs of the same settings may differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// Version of this program.
    pub version: String,
    /// Git revision this program was built from, where it was known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git_revision: Option<String>,
    /// Operating system and processor: `linux-x86_64`.
    pub platform: String,
    /// Version of libtorch or the path it was loaded from, where the run used it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub libtorch: Option<String>,
    /// Device the policy ran on: `cpu`, `cuda:0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Threads the policy ran on.
    pub threads: usize,
    /// Commit of a model of the hub, whatever branch or tag named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_commit: Option<String>,
    /// SHA-256 of every file of the dataset, by file name; empty for generators.
    pub dataset_sha256: BTreeMap<String, String>,
}

impl Provenance {
    /// Everything this build knows of itself; the caller adds device and dataset.
    pub fn of_this_build(threads: usize) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").into(),
            git_revision: option_env!("SSL4RL_GIT_REVISION").filter(|revision| !revision.is_empty()).map(str::to_owned),
            platform: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
            threads,
            ..Self::default()
        }
    }
}
