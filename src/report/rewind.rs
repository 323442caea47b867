//! Bringing a run folder back to a checkpoint: logs cut to the recorded length, everything later removed.
//!
//! All of it can be done twice: a process that is killed on the way leaves a folder that rewinds to the same bytes.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::Path;

use memchr::memchr_iter;

use super::folder::{EVAL_FILE, METRICS_FILE};
use super::state::{self, RunState};
use super::{Checkpoint, LogLength, LogLengths, RunFolder, RunFolderError, atomic, checkpoint, tensorboard};

impl RunFolder {
    /// Takes away all that came after `checkpoint`, or everything but the settings where there is none. Then a folder in the
    /// place of a checkpoint is an error: it is not whole, or of a version that wrote no state.
    ///
    /// The folder must have been opened for writing, with [`RunFolder::reopen`].
    pub fn rewind(&self, checkpoint: Option<&Checkpoint>) -> Result<(), RunFolderError> {
        let none = LogLengths::default();
        let logs = checkpoint.map_or(&none, |checkpoint| &checkpoint.state.logs);
        let step = checkpoint.map_or(0, |checkpoint| checkpoint.state.position.step);
        let others = checkpoint::named_like_checkpoints(&self.checkpoints())?;
        if checkpoint.is_none() {
            // Starting from the beginning would throw away what somebody may still want.
            if let Some(newest) = others.last() {
                return Err(RunFolderError::NotWhole { path: self.checkpoints().join(format!("step-{newest}")) });
            }
            self.check_that_none_was_due()?;
        }
        cut(&self.path().join(METRICS_FILE), logs.metrics)?;
        cut(&self.path().join(EVAL_FILE), logs.eval)?;
        self.cut_events(&logs.events)?;
        for later in self.rollout_steps()?.into_iter().filter(|&other| other > step) {
            let file = self.rollouts_file(later);
            fs::remove_file(&file).map_err(RunFolderError::io("remove", &file))?;
        }
        // Batches of updates that could not be made; they will be written again where they fail again.
        let skipped = self.path().join("skipped");
        for later in checkpoint::numbered(&skipped, "step-", ".jsonl")?.into_iter().filter(|&other| other > step) {
            let file = skipped.join(format!("step-{later:06}.jsonl"));
            fs::remove_file(&file).map_err(RunFolderError::io("remove", &file))?;
        }
        for later in others.into_iter().filter(|&other| other > step) {
            self.remove_checkpoint(later)?;
        }
        // It shows what was cut; the end of the run writes it again.
        let page = self.page_file();
        match fs::remove_file(&page) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(RunFolderError::io("remove", &page)(error));
            }
            _ => {}
        }
        for folder in [self.path().to_owned(), self.path().join("rollouts"), self.checkpoints()] {
            fs::create_dir_all(&folder).map_err(RunFolderError::io("create", &folder))?;
            atomic::remove_aside(&folder)?;
        }
        state::write(self.path(), &RunState::Running)
    }

    /// Refuses a run that must have had a checkpoint.
    fn check_that_none_was_due(&self) -> Result<(), RunFolderError> {
        let (complete, every) = (self.state()? == RunState::Complete, self.config().checkpoint.every);
        let steps = self.metrics()?.records.last().map_or(0, |row| row.step);
        // The first is written after its step has been logged.
        if steps > 0 && (complete || (every > 0 && steps > every)) {
            return Err(RunFolderError::NoneLeft { path: self.path().to_owned(), steps });
        }
        Ok(())
    }

    fn cut_events(&self, lengths: &BTreeMap<String, u64>) -> Result<(), RunFolderError> {
        for name in tensorboard::event_files(self.path())? {
            let path = self.path().join(&name);
            match lengths.get(&name) {
                // A file that lost bytes shows less in TensorBoard, and nothing else reads it.
                Some(&bytes) => shorten(&path, bytes)?,
                None => fs::remove_file(&path).map_err(RunFolderError::io("remove", &path))?,
            }
        }
        Ok(())
    }
}

/// Cuts a log to `length`; the part that stays must have the recorded number of lines.
fn cut(path: &Path, length: LogLength) -> Result<(), RunFolderError> {
    let mut kept = Vec::new();
    match File::open(path) {
        Ok(file) => {
            file.take(length.bytes).read_to_end(&mut kept).map_err(RunFolderError::io("read", path))?;
        }
        Err(error) if error.kind() == ErrorKind::NotFound && length.bytes == 0 => return Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(RunFolderError::io("read", path)(error)),
    }
    let lines = memchr_iter(b'\n', &kept).count() as u64;
    let whole = kept.last().is_none_or(|&byte| byte == b'\n');
    if kept.len() as u64 != length.bytes || lines != length.lines || !whole {
        let found = LogLength { bytes: kept.len() as u64, lines };
        return Err(RunFolderError::Edited { path: path.to_owned(), expected: length, found });
    }
    shorten(path, length.bytes)
}

fn shorten(path: &Path, bytes: u64) -> Result<(), RunFolderError> {
    let file = OpenOptions::new().write(true).open(path).map_err(RunFolderError::io("write", path))?;
    let longer = file.metadata().map_err(RunFolderError::io("read", path))?.len() > bytes;
    if longer {
        file.set_len(bytes).and_then(|()| file.sync_all()).map_err(RunFolderError::io("write", path))?;
    }
    Ok(())
}
