//! Whether a run is whole: `status.json` says what its writer last knew, the lock says whether the writer still lives.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{RunFolderError, atomic};

const STATUS_FILE: &str = "status.json";
const DAMAGED_STATUS: &str =
    "the file only says how the run ended; to read the run or go on with it, write {\"state\":\"interrupted\"} into it";
pub(super) const LOCK_FILE: &str = "run.lock";

/// How far a run has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum RunState {
    /// A process is writing it now.
    Running,
    /// The user stopped it after a whole step; it can be resumed.
    Interrupted,
    /// It ended in an error.
    Failed {
        /// The error.
        error: String,
    },
    /// Its writer vanished without a word: killed, or the machine went down. Only readers see this state.
    Died,
    /// It ran to its end.
    Complete,
}

impl RunState {
    /// In words, as the end of "the run …".
    pub fn describe(&self) -> String {
        match self {
            Self::Running => "is still running".into(),
            Self::Interrupted => "was interrupted".into(),
            Self::Failed { error } => format!("failed: {error}"),
            Self::Died => "died half-way".into(),
            Self::Complete => "is complete".into(),
        }
    }
}

/// Held by the process that writes a run; the system lets go of it however the process ends.
#[derive(Debug)]
pub(super) struct WriterLock {
    _file: File,
}

impl WriterLock {
    /// Takes the lock of `folder`, which must exist.
    pub(super) fn take(folder: &Path) -> Result<Self, RunFolderError> {
        let path = folder.join(LOCK_FILE);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(RunFolderError::io("create", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(RunFolderError::Busy { path: folder.to_owned() }),
            Err(TryLockError::Error(source)) => Err(RunFolderError::io("lock", &path)(source)),
        }
    }

    fn is_held(folder: &Path) -> bool {
        let Ok(file) = File::open(folder.join(LOCK_FILE)) else { return false };
        // The shared lock is let go of at the end of the scope.
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

/// Whether a file of this name is one of this module's.
pub(super) fn is_state_file(name: &str) -> bool {
    name == STATUS_FILE || name == LOCK_FILE
}

/// Writes the state, whole or not at all; on a full disk over the old one, whose room is there already.
pub(super) fn write(folder: &Path, state: &RunState) -> Result<(), RunFolderError> {
    let path = folder.join(STATUS_FILE);
    let text = serde_json::to_string(state).map_err(|source| RunFolderError::NotJson { path: path.clone(), source })?;
    let text = format!("{text}\n");
    match atomic::write_text(&path, &text) {
        Err(RunFolderError::Io { source, .. }) if is_full(&source) && path.exists() => {
            write_in_place(&path, &text).map_err(RunFolderError::io("write", &path))
        }
        written => written,
    }
}

fn write_in_place(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)?;
    file.sync_all()
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}

/// Reads the state; a run that says it is running but whose lock is free has died.
pub(super) fn read(folder: &Path) -> Result<RunState, RunFolderError> {
    let path = folder.join(STATUS_FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let reason = "it has no `status.json`";
            return Err(RunFolderError::NotARun { path: folder.to_owned(), reason });
        }
        Err(error) => return Err(RunFolderError::io("read", &path)(error)),
    };
    let state = serde_json::from_str(&text).map_err(|error| RunFolderError::BadLine {
        path,
        line: error.line(),
        message: error.to_string(),
        remedy: DAMAGED_STATUS,
    })?;
    Ok(match state {
        RunState::Running if !WriterLock::is_held(folder) => RunState::Died,
        state => state,
    })
}
