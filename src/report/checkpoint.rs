//! Checkpoints: `checkpoints/step-N/`, there whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use super::{RunFolder, RunFolderError, atomic};

impl RunFolder {
    /// Writes a checkpoint: `write` fills a folder aside, which is flushed to the disk and then renamed into place.
    ///
    /// A checkpoint of the same step is replaced. When `write` fails, nothing is left behind.
    pub fn checkpoint<E: From<RunFolderError>>(
        &self,
        step: u64,
        write: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<PathBuf, E> {
        let place = self.checkpoints().join(format!("step-{step}"));
        let aside = atomic::aside(&place);
        remove(&aside)?;
        fs::create_dir_all(&aside).map_err(RunFolderError::io("create", &aside))?;
        let written = write(&aside).and_then(|()| Ok(install(&aside, &place)?));
        if let Err(error) = written {
            // The first error is the one to tell; what cannot be removed now is removed by the next writer.
            let _left_behind = fs::remove_dir_all(&aside);
            return Err(error);
        }
        Ok(place)
    }

    /// Steps that have a whole checkpoint, in order.
    pub fn checkpoint_steps(&self) -> Result<Vec<u64>, RunFolderError> {
        numbered(&self.checkpoints(), "step-", "")
    }

    /// The newest whole checkpoint and its step.
    pub fn latest_checkpoint(&self) -> Result<Option<(u64, PathBuf)>, RunFolderError> {
        let newest = self.checkpoint_steps()?.last().copied();
        Ok(newest.map(|step| (step, self.checkpoints().join(format!("step-{step}")))))
    }

    fn checkpoints(&self) -> PathBuf {
        self.path().join("checkpoints")
    }
}

fn install(aside: &Path, place: &Path) -> Result<(), RunFolderError> {
    atomic::sync_tree(aside)?;
    let old = place.with_file_name(format!("{}old", atomic::ASIDE));
    remove(&old)?;
    // A folder cannot be renamed onto a full one; between the two renames the old checkpoint is aside, not lost.
    let replaces = place.exists();
    if replaces {
        fs::rename(place, &old).map_err(RunFolderError::io("replace", place))?;
    }
    fs::rename(aside, place).map_err(RunFolderError::io("write", place))?;
    atomic::sync_parent(place)?;
    if replaces { remove(&old) } else { Ok(()) }
}

fn remove(folder: &Path) -> Result<(), RunFolderError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(RunFolderError::io("remove", folder)(error)),
        _ => Ok(()),
    }
}

/// The numbers between `prefix` and `suffix` in the names of a folder's entries, in order.
pub(super) fn numbered(folder: &Path, prefix: &str, suffix: &str) -> Result<Vec<u64>, RunFolderError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(RunFolderError::io("read", folder)(error)),
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry.map_err(RunFolderError::io("read", folder))?.file_name();
        let name = name.to_string_lossy();
        let number = name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(suffix));
        numbers.extend(number.and_then(|number| number.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}
