//! What a run leaves behind and what the user sees of it: progress on the terminal, the run folder, the result table.
//!
//! - [`RunFolder`]: `config.toml`, `metrics.jsonl`, `eval.jsonl`, `rollouts/`, `checkpoints/`, `status.json`
//! - [`Checkpoint`], [`Position`]: what a run needs to go on as if it had never stopped
//! - [`StepMetrics`], [`EvalRecord`], [`RolloutRecord`]: one line each of those files
//! - [`ExpectedRollouts`]: which rollouts a folder should hold
//! - [`ResultTable`]: chance, after the warm start, after reinforcement learning, and the gain of each
//! - [`PolicyScores`]: chance, and the scores of one policy, of no run
//! - [`Comparison`]: the results of several runs, task by task
//! - [`html`]: all of it as one page
//! - [`EventLog`]: the same numbers for TensorBoard
//! - [`progress`]: bars on stderr

mod atomic;
mod checkpoint;
mod comparison;
mod error;
mod evaluation;
mod expected;
mod folder;
pub mod html;
mod json_lines;
mod memory;
mod metrics;
mod position;
pub mod progress;
mod rewind;
mod rollouts;
mod scores;
mod state;
mod table;
mod tensorboard;

pub use atomic::write_folder;
#[cfg(feature = "torch")]
pub(crate) use atomic::{sync_parent, sync_tree};
pub use checkpoint::Checkpoint;
#[cfg(feature = "torch")]
pub(crate) use checkpoint::OPTIMIZER_FILE;
pub use comparison::{ComparedRun, Comparison};
pub use error::RunFolderError;
pub use evaluation::{EvalPhase, EvalRecord, TaskEval, best, plateaued};
pub use expected::ExpectedRollouts;
pub use folder::RunFolder;
pub use json_lines::{JsonLines, Logged};
pub use memory::{MemoryInfo, peak_memory_bytes, resident_memory_bytes};
pub use metrics::{MetricsRow, StepMetrics, TaskMetrics};
pub use position::{CHECKPOINT_FORMAT, CheckpointState, LogLength, LogLengths, Position};
pub use rollouts::RolloutRecord;
pub use scores::PolicyScores;
pub use state::RunState;
pub use table::{BestScore, ResultRow, ResultTable};
pub use tensorboard::EventLog;
