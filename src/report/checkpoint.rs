//! Checkpoints: `checkpoints/step-N/`, there whole or not at all.
//!
//! ```text
//! config.json, model.safetensors, tokenizer.json            the policy, in Hugging Face layout, or
//! adapter_config.json, adapter_model.safetensors, tokenizer.json    its adapters, as the PEFT library reads them
//! optimizer.safetensors                                     step counter, moments, master weights
//! state.json                                                see CheckpointState; written last
//! ```
//!
//! A folder without `state.json`, or with a file of another length than it records, is not taken for a checkpoint. One whose files
//! have other bytes is, and is refused by whoever reads those: see [`Checkpoint::check_content`].

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{CHECKPOINT_FORMAT, CheckpointState, RunFolder, RunFolderError, atomic};
use crate::config::Config;

const STATE_FILE: &str = "state.json";
/// What of a checkpoint only a run that goes on reads.
pub(crate) const OPTIMIZER_FILE: &str = "optimizer.safetensors";
/// Where the checkpoints of a run lie in its folder.
const FOLDER: &str = "checkpoints";
const PREFIX: &str = "step-";

/// A whole checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Its folder.
    pub path: PathBuf,
    /// Where the run stood.
    pub state: CheckpointState,
}

impl Checkpoint {
    /// Reads the state of the checkpoint in `path`; `None` where the folder is not whole.
    pub fn read(path: &Path) -> Result<Option<Self>, RunFolderError> {
        #[derive(Deserialize)]
        struct Versions {
            format: u32,
            program: Option<String>,
        }
        let file = path.join(STATE_FILE);
        let text = match fs::read(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(RunFolderError::io("read", &file)(error)),
        };
        let bad = |error: serde_json::Error| bad_state(&file, &error);
        let versions: Versions = serde_json::from_slice(&text).map_err(bad)?;
        if versions.format != CHECKPOINT_FORMAT {
            let (path, program) = (path.to_owned(), versions.program.unwrap_or_else(|| "another".into()));
            return Err(RunFolderError::OtherFormat { path, found: versions.format, program });
        }
        let state: CheckpointState = serde_json::from_slice(&text).map_err(bad)?;
        let whole = sizes(path)?.into_iter().filter(|(name, _)| name != STATE_FILE).eq(state.files.clone());
        Ok(whole.then(|| Self { path: path.to_owned(), state }))
    }

    /// Refuses files whose bytes are not those that were written.
    ///
    /// Every file is read once; those that are loaded next then come from the system's memory.
    pub fn check_content(&self) -> Result<(), RunFolderError> {
        check_digests(&self.path, &self.state.blake3)
    }

    /// Records what the files in `folder` are, which a run writes as the base of its checkpoints, so that
    /// [`Checkpoint::check_policy`] refuses others in their place.
    #[cfg(feature = "torch")]
    pub(crate) fn seal_base(folder: &Path) -> Result<(), RunFolderError> {
        let blake3 = digests(folder, sizes(folder)?.keys())?;
        write_json(&folder.join(STATE_FILE), &serde_json::json!({ "blake3": blake3 }))
    }

    /// Refuses the policy in `folder` where a run wrote it there, as a checkpoint or as the base of one, and its bytes are
    /// others now.
    ///
    /// Folders that no run wrote are fine, and so is what was taken out of one: whoever needs a file misses it.
    pub fn check_policy(folder: &Path) -> Result<(), RunFolderError> {
        #[derive(Deserialize)]
        struct Written {
            blake3: BTreeMap<String, String>,
        }
        let file = folder.join(STATE_FILE);
        let text = match fs::read(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(RunFolderError::io("read", &file)(error)),
        };
        match serde_json::from_slice::<Written>(&text) {
            Ok(mut written) => {
                written.blake3.retain(|name, _| name != OPTIMIZER_FILE && folder.join(name).is_file());
                check_digests(folder, &written.blake3)
            }
            // Of another program, or of a version that kept no digests.
            Err(error) if error.is_data() => Ok(()),
            Err(error) => Err(bad_state(&file, &error)),
        }
    }

    /// Refuses to go on under settings that would have led elsewhere.
    ///
    /// The number of steps may change, and what only decides which checkpoints are written and kept.
    pub fn check_settings(&self, config: &Config) -> Result<(), RunFolderError> {
        let free =
            |knob: &str| knob == "grpo.steps" || knob.starts_with("checkpoint.") || knob.starts_with("provenance");
        let differences = config.differences(&self.state.settings);
        let differences: Vec<String> = differences
            .into_iter()
            .filter(|difference| !free(&difference.knob))
            .map(|difference| format!("  `{}` is {}, was {}", difference.knob, difference.left, difference.right))
            .collect();
        if differences.is_empty() {
            return Ok(());
        }
        let path = self.path.clone();
        Err(RunFolderError::OtherSettings { path, differences: differences.join("\n") })
    }
}

impl RunFolder {
    /// Writes a checkpoint: `write` fills a folder aside, `state` is written last, and the folder is flushed to the disk
    /// and then renamed into place.
    ///
    /// A checkpoint of the same step is replaced. When `write` fails, nothing is left behind.
    pub fn checkpoint<E: From<RunFolderError>>(
        &self,
        state: &CheckpointState,
        write: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<PathBuf, E> {
        let place = self.checkpoint_path(state.position.step);
        atomic::write_folder(&place, |aside| write(aside).and_then(|()| Ok(write_state(aside, state)?)))?;
        Ok(place)
    }

    /// Steps that have a checkpoint, in order.
    pub fn checkpoint_steps(&self) -> Result<Vec<u64>, RunFolderError> {
        let steps = numbered(&self.checkpoints(), PREFIX, "")?;
        Ok(steps.into_iter().filter(|&step| self.checkpoint_path(step).join(STATE_FILE).is_file()).collect())
    }

    /// The checkpoint of `step`; `None` where there is no whole one.
    pub fn checkpoint_of(&self, step: u64) -> Result<Option<Checkpoint>, RunFolderError> {
        Checkpoint::read(&self.checkpoint_path(step))
    }

    /// The newest whole checkpoint.
    pub fn latest_checkpoint(&self) -> Result<Option<Checkpoint>, RunFolderError> {
        for step in self.checkpoint_steps()?.into_iter().rev() {
            if let Some(whole) = self.checkpoint_of(step)? {
                return Ok(Some(whole));
            }
        }
        Ok(None)
    }

    /// Removes all checkpoints but the newest `keep_last` and that of the step `best`.
    pub fn prune_checkpoints(&self, keep_last: u64, best: Option<u64>) -> Result<(), RunFolderError> {
        let steps = self.checkpoint_steps()?;
        let surplus = steps.len().saturating_sub(keep_last.max(1) as usize);
        for &step in steps[..surplus].iter().filter(|&&step| Some(step) != best) {
            self.remove_checkpoint(step)?;
        }
        Ok(())
    }

    /// Removes a checkpoint, whole or not; renamed first, so that half of one is never found in its place.
    pub(super) fn remove_checkpoint(&self, step: u64) -> Result<(), RunFolderError> {
        let place = self.checkpoint_path(step);
        let aside = atomic::aside(&place);
        atomic::remove_folder(&aside)?;
        fs::rename(&place, &aside).map_err(RunFolderError::io("remove", &place))?;
        atomic::remove_folder(&aside)
    }

    pub(super) fn checkpoints(&self) -> PathBuf {
        self.path().join(FOLDER)
    }

    fn checkpoint_path(&self, step: u64) -> PathBuf {
        self.checkpoints().join(format!("{PREFIX}{step}"))
    }
}

/// Steps of all folders named like checkpoints, whole or not.
pub(super) fn named_like_checkpoints(checkpoints: &Path) -> Result<Vec<u64>, RunFolderError> {
    numbered(checkpoints, PREFIX, "")
}

fn bad_state(file: &Path, error: &serde_json::Error) -> RunFolderError {
    RunFolderError::BadLine {
        path: file.to_owned(),
        line: error.line(),
        message: error.to_string(),
        remedy: "the file was changed or damaged after it was written; take another checkpoint of the run, or remove this one",
    }
}

fn write_state(folder: &Path, state: &CheckpointState) -> Result<(), RunFolderError> {
    let files = sizes(folder)?;
    let blake3 = digests(folder, files.keys())?;
    write_json(&folder.join(STATE_FILE), &CheckpointState { files, blake3, ..state.clone() })
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), RunFolderError> {
    let text =
        serde_json::to_vec_pretty(value).map_err(|source| RunFolderError::NotJson { path: path.to_owned(), source })?;
    fs::write(path, text).map_err(RunFolderError::io("write", path))
}

/// Length of every file below `folder` by its path from there, in order.
fn sizes(folder: &Path) -> Result<BTreeMap<String, u64>, RunFolderError> {
    fn walk(folder: &Path, prefix: &str, found: &mut BTreeMap<String, u64>) -> std::io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                walk(&entry.path(), &format!("{name}/"), found)?;
            } else {
                found.insert(name, entry.metadata()?.len());
            }
        }
        Ok(())
    }
    let mut found = BTreeMap::new();
    walk(folder, "", &mut found).map_err(RunFolderError::io("read", folder))?;
    Ok(found)
}

/// Refuses the first file below `folder` that has another digest than expected.
fn check_digests(folder: &Path, expected: &BTreeMap<String, String>) -> Result<(), RunFolderError> {
    let found = digests(folder, expected.keys())?;
    for (name, expected) in expected {
        if found.get(name) != Some(expected) {
            let (path, expected) = (folder.join(name), expected.clone());
            let found = found.get(name).cloned().unwrap_or_default();
            return Err(RunFolderError::Altered { path, expected, found, remedy: remedy(folder) });
        }
    }
    Ok(())
}

/// What to do about a file that was changed in `folder`: of the checkpoints of a run any but the last may stand in for it.
fn remedy(folder: &Path) -> String {
    let of_run =
        folder.canonicalize().is_ok_and(|folder| folder.parent().is_some_and(|parent| parent.ends_with(FOLDER)));
    if !of_run {
        return "put the file back, or the whole folder as the run wrote it".to_owned();
    }
    format!(
        "put the file back; or remove the folder `{}`, and the newest checkpoint is the one before it, a run without any \
         begins anew",
        folder.display()
    )
}

/// BLAKE3 of the files `names` below `folder`, as hexadecimal digits, several files at a time.
fn digests<'names>(
    folder: &Path,
    names: impl Iterator<Item = &'names String>,
) -> Result<BTreeMap<String, String>, RunFolderError> {
    let names: Vec<&String> = names.collect();
    names.into_par_iter().map(|name| Ok((name.clone(), digest(&folder.join(name))?))).collect()
}

fn digest(path: &Path) -> Result<String, RunFolderError> {
    let mut hasher = blake3::Hasher::new();
    let read = fs::File::open(path).and_then(|file| hasher.update_reader(file).map(|_| ()));
    read.map_err(RunFolderError::io("read", path))?;
    Ok(hasher.finalize().to_hex().to_string())
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
