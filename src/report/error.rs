//! Why a run folder cannot be written or read.

use std::io;
use std::path::{Path, PathBuf};

use super::{CHECKPOINT_FORMAT, LogLength};
use crate::config::ConfigError;
use crate::tasks::counted;

/// Why a run folder cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum RunFolderError {
    /// The system refused to read or write.
    #[error("cannot {action} `{}`: {source}{}", path.display(), remedy(source))]
    Io {
        /// `create`, `write`, `read`, …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is something at the place of the new run already.
    #[error(
        "`{0}` exists already; a run never overwrites another\n\
         hint: name a new folder with `--out`, or remove the old one; a run in it goes on with `ssl4rl resume {0}`",
        path.display()
    )]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The path does not hold a run.
    #[error("`{}` is not a run folder: {reason}", path.display())]
    NotARun {
        /// The path.
        path: PathBuf,
        /// What is missing.
        reason: &'static str,
    },
    /// Another process is writing this run.
    #[error("another process is writing the run `{}`\nhint: wait for it, or stop it", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// A line of a file does not parse.
    #[error("{}:{line}: {message}\nhint: {remedy}", path.display())]
    BadLine {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What the parser said.
        message: String,
        /// What to do about a damaged file of this kind.
        remedy: &'static str,
    },
    /// A checkpoint was written in a form that this program does not read.
    #[error(
        "the checkpoint `{}` has format {found}, written by version {program}; version {} reads format {CHECKPOINT_FORMAT}\n\
         hint: resume with version {program}, or start a new run",
        path.display(), env!("CARGO_PKG_VERSION")
    )]
    OtherFormat {
        /// Folder of the checkpoint.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// Version of the program that wrote it.
        program: String,
    },
    /// The only checkpoints there are cannot be gone on from.
    #[error(
        "`{}` is no whole checkpoint: it has no `state.json`, or a file of another length than that records\n\
         hint: to start the run from its beginning, remove that folder; its weights are lost then",
        path.display()
    )]
    NotWhole {
        /// Folder of the newest one.
        path: PathBuf,
    },
    /// The run must have had checkpoints, and has none.
    #[error(
        "`{}` has done {}, and its checkpoints are gone: there is nothing to go on from\n\
         hint: put its `checkpoints` back, or start a new run",
        path.display(), counted(*steps, "step", "steps")
    )]
    NoneLeft {
        /// The run.
        path: PathBuf,
        /// Steps that were logged.
        steps: u64,
    },
    /// A file of a checkpoint, or of its base, is not the one that was written.
    #[error(
        "`{}` was changed: its BLAKE3 is {found}, and was {expected} when the run wrote it\nhint: {remedy}",
        path.display()
    )]
    Altered {
        /// The file.
        path: PathBuf,
        /// Its digest as recorded.
        expected: String,
        /// Its digest now.
        found: String,
        /// What to do.
        remedy: String,
    },
    /// The settings of the run are not those that its checkpoint was made with.
    #[error(
        "the settings differ from those of the checkpoint `{}`:\n{differences}\n\
         hint: put the old values back into the run's `config.toml`, or start a new run",
        path.display()
    )]
    OtherSettings {
        /// Folder of the checkpoint.
        path: PathBuf,
        /// A line for each knob that differs.
        differences: String,
    },
    /// A log is not what the checkpoint was written beside.
    #[error(
        "`{}` was changed: its checkpoint was written when it had {} bytes in {} lines, of which {} bytes in {} lines are \
         left\nhint: put the file back, or start a new run",
        path.display(), expected.bytes, expected.lines, found.bytes, found.lines
    )]
    Edited {
        /// The log.
        path: PathBuf,
        /// Length recorded.
        expected: LogLength,
        /// What is left of that length.
        found: LogLength,
    },
    /// A record cannot be written as JSON.
    #[error("cannot write `{}`: the record is not JSON: {source}", path.display())]
    NotJson {
        /// The file.
        path: PathBuf,
        /// What the serializer said.
        source: serde_json::Error,
    },
    /// The settings of the run do not parse.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

impl RunFolderError {
    /// An error of the system on `path`, for `map_err`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// Whether the caller named the wrong place, as opposed to a run that failed.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Exists { .. }
            | Self::NotARun { .. }
            | Self::OtherFormat { .. }
            | Self::NotWhole { .. }
            | Self::NoneLeft { .. }
            | Self::Altered { .. }
            | Self::OtherSettings { .. }
            | Self::Edited { .. }
            | Self::Config(_) => true,
            Self::Io { .. } | Self::Busy { .. } | Self::BadLine { .. } | Self::NotJson { .. } => false,
        }
    }
}

fn remedy(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "\nhint: make the folder writable, or write elsewhere"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "\nhint: free some space, or write elsewhere",
        _ => "",
    }
}
