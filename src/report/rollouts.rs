//! The completions of one step: `rollouts/step-000001.jsonl.zst`, enough to score every one again.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Logged, RunFolder, RunFolderError, atomic};
use crate::tasks::{BlobReference, Split, Verdict};

/// Compression level: most of the gain of the format at a few hundred megabytes a second.
const LEVEL: i32 = 3;

/// One completion and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RolloutRecord {
    /// Step, from 1.
    pub step: u64,
    /// Task name.
    pub task: String,
    /// Seed of the run; with task, split and index it makes the question again.
    pub seed: u64,
    /// Split of the question.
    pub split: Split,
    /// Index of the question in the task's stream.
    pub index: u64,
    /// Group within the step, from 0: completions of one group answer the same question.
    pub group: u64,
    /// The question as text; media appear as `[image/png]`.
    pub prompt: String,
    /// The media of the question, in order; the hash tells whether what task, split and index make is still the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<BlobReference>,
    /// What the policy wrote.
    pub completion: String,
    /// What the verifier compared with.
    pub truth: Value,
    /// What the verifier said.
    pub verdict: Verdict,
    /// The reward, all terms weighted.
    pub reward: f32,
    /// Length of the completion in tokens, the terminal one included.
    pub tokens: u64,
    /// Whether the token budget cut it off before it ended.
    pub truncated: bool,
}

impl RunFolder {
    /// Writes the completions of a step, whole or not at all.
    pub fn write_rollouts(&self, step: u64, records: &[RolloutRecord]) -> Result<(), RunFolderError> {
        atomic::write_file(&self.rollouts_file(step), |file| {
            let mut encoder = zstd::Encoder::new(file, LEVEL)?;
            for record in records {
                serde_json::to_writer(&mut encoder, record)?;
                encoder.write_all(b"\n")?;
            }
            encoder.finish().map(|_| ())
        })
    }

    /// The completions of a step; none where the step was not written.
    pub fn rollouts(&self, step: u64) -> Result<Vec<RolloutRecord>, RunFolderError> {
        let path = self.rollouts_file(step);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(RunFolderError::io("read", &path)(error)),
        };
        let decoder = zstd::Decoder::new(file).map_err(RunFolderError::io("read", &path))?;
        Ok(Logged::parse(BufReader::new(decoder), &path)?.records)
    }

    /// Steps whose completions are in the folder, in order.
    pub fn rollout_steps(&self) -> Result<Vec<u64>, RunFolderError> {
        super::checkpoint::numbered(&self.path().join("rollouts"), "step-", ".jsonl.zst")
    }

    /// Where the completions of a step are within the folder.
    pub fn rollouts_name(&self, step: u64) -> String {
        format!("rollouts/step-{step:06}.jsonl.zst")
    }

    pub(super) fn rollouts_file(&self, step: u64) -> PathBuf {
        self.path().join(self.rollouts_name(step))
    }
}
