//! Questions for other trainers: rows that they read as they are, and a reward that asks this program.
//!
//! A [`Target`] says what a row looks like and what of Python goes with it. [`write()`] fills a folder:
//!
//! - `train.jsonl`, `held_out.jsonl`: a question a line; held-out targets are in no training question
//! - `media/`: pictures, each once, by the hash of its bytes
//! - `ssl4rl_reward.py`: scores completions by `ssl4rl verify`, started once in each process
//! - `settings.toml`: what the questions were made with; `verify` and `serve` read the same
//! - `README.md`: what is in the folder, and how the trainer is started with it
//!
//! Rows carry a *label*: task and truth as one text of JSON, so that every trainer's columns keep one type whatever the task.
//!
//! ```
//! use ssl4rl::export::{target, TARGETS};
//! assert_eq!(TARGETS.map(|target| target.name()), ["trl", "verl", "openrlhf", "easyr1", "jsonl"]);
//! assert!(target("trl").is_some() && target("ppo").is_none());
//! ```

mod easyr1;
mod error;
mod folder;
mod jsonl;
mod openrlhf;
mod question;
mod trl;
mod verl;

use serde_json::Value;

pub use error::ExportError;
pub use folder::{Export, PART_NAMES, Written, write};
pub use question::{Piece, Question};

/// A trainer, or a form, that questions are written for.
pub trait Target: Sync {
    /// What `--to` names.
    fn name(&self) -> &'static str;
    /// The name that people know it by, with the version whose code was read.
    fn title(&self) -> &'static str;
    /// One question as a line of its file.
    fn row(&self, question: &Question) -> Result<Value, ExportError>;
    /// The function that the trainer calls, in Python, to stand below the client that asks for verdicts; `None` where nothing calls one.
    fn reward(&self) -> Option<&'static str>;
    /// How it is started, in Markdown, with `FOLDER` in place of the folder's path and `@PROGRAM@` in that of this executable's name.
    fn start(&self) -> &'static str;
}

/// Every target, in the order of the help.
pub const TARGETS: [&dyn Target; 5] = [&trl::Trl, &verl::Verl, &openrlhf::OpenRlhf, &easyr1::EasyR1, &jsonl::JsonLines];

/// The target of that name.
pub fn target(name: &str) -> Option<&'static dyn Target> {
    TARGETS.into_iter().find(|target| target.name() == name)
}

/// What every reward is written on: `ssl4rl verify` as a child process. `@PROGRAM@` stands for the executable's name.
const CLIENT: &str = include_str!("python/verifier.py");
