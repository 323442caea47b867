//! Where a run stands between two steps, and what a checkpoint records beside weights and optimizer.
//!
//! No random stream has a position of its own: every draw is a function of the seed and an index, so that the counters of
//! [`Position`] are all there is. The best score and the patience of an early stop are functions of `eval.jsonl`, whose
//! length is recorded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::tasks::Standing;

/// Version of the checkpoint's form; another one is refused.
pub const CHECKPOINT_FORMAT: u32 = 1;

/// Where a run stands between two steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Position {
    /// Steps done; also the position in the schedule of the learning rate.
    pub step: u64,
    /// Index of the next question in the training split.
    pub next_question: u64,
    /// Questions left out so far because their prompt does not fit the context.
    pub skipped_prompts: u64,
    /// Updates skipped since the last one that was made, because a number was not finite.
    pub skipped_in_a_row: u64,
}

/// How much of a log belongs to a checkpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLength {
    /// Length in bytes.
    pub bytes: u64,
    /// Lines, each with its line break.
    pub lines: u64,
}

/// Lengths of everything that is appended to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLengths {
    /// `metrics.jsonl`.
    pub metrics: LogLength,
    /// `eval.jsonl`.
    pub eval: LogLength,
    /// Bytes of each TensorBoard file by name.
    pub events: BTreeMap<String, u64>,
}

/// `state.json` of a checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckpointState {
    /// [`CHECKPOINT_FORMAT`] of the program that wrote it.
    pub format: u32,
    /// Version of that program.
    pub program: String,
    /// Where the run stood.
    pub position: Position,
    /// Where the curriculum had every task, by name.
    #[serde(default)]
    pub standings: BTreeMap<String, Standing>,
    /// The logs at that point.
    pub logs: LogLengths,
    /// Settings of the run, the seed among them, without provenance.
    pub settings: Config,
    /// BLAKE3 of the weights that the run began with, where it measures a KL from them or trains adapters beside them.
    pub starting_policy: Option<String>,
    /// Bytes of every other file of the checkpoint by its path below the folder; filled in when it is written.
    pub files: BTreeMap<String, u64>,
    /// BLAKE3 of each of them, filled in with their lengths; empty where an earlier version wrote the checkpoint.
    #[serde(default)]
    pub blake3: BTreeMap<String, String>,
}

impl CheckpointState {
    /// The state of a run with these settings at `position`.
    pub fn new(settings: &Config, position: Position, logs: LogLengths) -> Self {
        Self {
            format: CHECKPOINT_FORMAT,
            program: env!("CARGO_PKG_VERSION").into(),
            position,
            standings: BTreeMap::new(),
            logs,
            settings: Config { provenance: None, ..settings.clone() },
            starting_policy: None,
            files: BTreeMap::new(),
            blake3: BTreeMap::new(),
        }
    }
}
