//! Why a run folder cannot be written or read.

use std::io;
use std::path::{Path, PathBuf};

use crate::config::ConfigError;

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
        "`{}` exists already; a run never overwrites another\nhint: name a new folder with `--out`, or remove the old one",
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
    #[error("{}:{line}: {message}", path.display())]
    BadLine {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What the parser said.
        message: String,
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
            Self::Exists { .. } | Self::NotARun { .. } | Self::Config(_) => true,
            Self::Io { .. } | Self::Busy { .. } | Self::BadLine { .. } | Self::NotJson { .. } => false,
        }
    }
}

fn remedy(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "\nhint: name a folder that may be written with `--out`"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "\nhint: free some space, or name a folder on another disk with `--out`"
        }
        _ => "",
    }
}
