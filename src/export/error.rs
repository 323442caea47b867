//! Why questions cannot be exported.

use std::io;
use std::path::{Path, PathBuf};

use crate::report::RunFolderError;
use crate::tasks::TaskError;

/// Why questions cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A question could not be made.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The trainer would take part of a text for a picture.
    #[error(
        "the prompt of `{task}`, sample {index}, holds the text `{mark}`, which the trainer takes for a medium\n\
         hint: `--to jsonl` and `--to trl` have no such marks"
    )]
    Mark {
        /// Task name.
        task: &'static str,
        /// Index in the task's stream.
        index: u64,
        /// The text.
        mark: &'static str,
    },
    /// A medium is no picture.
    #[error("a prompt of `{task}` holds a medium of the type `{mime}`; only pictures are exported")]
    Medium {
        /// Task name.
        task: &'static str,
        /// Media type.
        mime: String,
    },
    /// A file could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder could not be put in its place.
    #[error(transparent)]
    Folder(#[from] RunFolderError),
    /// The caller asked to stop.
    #[error("stopped before all questions were written")]
    Stopped,
    /// A value has no form in JSON or TOML.
    #[error("cannot write settings or a row: {0}")]
    Form(String),
}

impl ExportError {
    /// Turns a system's error about `path` into one of ours.
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}
