//! A run's folder: made once, never overwritten, readable while it grows, and never whole by accident.
//!
//! ```text
//! config.toml                       resolved settings and what the run was made with
//! metrics.jsonl                     one line a step
//! eval.jsonl                        held-out scores before, during, after
//! rollouts/step-000001.jsonl.zst    completions with verdicts
//! checkpoints/step-N/               written aside, flushed, renamed
//! base/                             what the run's adapters belong to, where that lies nowhere else
//! events.out.tfevents.*             the same numbers for TensorBoard
//! report.html                       all of it as one page, when the run ends
//! status.json, run.lock             whether it is running, interrupted, failed, complete
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::state::{self, WriterLock};
use super::{EvalRecord, EventLog, JsonLines, Logged, MetricsRow, RunFolderError, RunState, StepMetrics};
use super::{atomic, tensorboard};
use crate::config::Config;
use crate::tasks::exam::Outcome;

pub(super) const CONFIG_FILE: &str = "config.toml";
const PROMPTS_FILE: &str = "prompts.json";
const SUBMISSIONS: &str = "submissions";
pub(super) const METRICS_FILE: &str = "metrics.jsonl";
pub(super) const EVAL_FILE: &str = "eval.jsonl";
/// Where runs go when no folder is named.
const DEFAULT_PARENT: &str = "runs";
/// What is missing in the folder of a run that was killed at its very beginning.
const NO_SETTINGS_YET: &str = "it has no `config.toml`\n\
                               hint: a run that was killed before it wrote its settings is started again, in the same folder";
/// Hexadecimal digits of a default folder's id.
const ID_LENGTH: usize = 6;

/// A run's folder, for reading; for writing as well while this value holds its lock.
#[derive(Debug)]
pub struct RunFolder {
    root: PathBuf,
    config: Config,
    lock: Option<WriterLock>,
}

impl RunFolder {
    /// Makes the folder of a new run and writes its settings.
    ///
    /// Without `out` the folder is `runs/<dataset>-<short id>`. An empty folder may be given; anything else that exists is
    /// refused. `config` should carry its [`Provenance`](crate::config::Provenance).
    pub fn create(out: Option<&Path>, config: &Config) -> Result<Self, RunFolderError> {
        let root = match out {
            Some(out) => claim(out)?,
            None => claim_default(Path::new(DEFAULT_PARENT), &config.data.dataset)?,
        };
        let lock = WriterLock::take(&root)?;
        for folder in ["rollouts", "checkpoints"] {
            let folder = root.join(folder);
            fs::create_dir_all(&folder).map_err(RunFolderError::io("create", &folder))?;
        }
        state::write(&root, &RunState::Running)?;
        // The settings make it a run: without them there is nothing to resume, and the folder may be given again.
        let run = Self { root, config: config.clone(), lock: Some(lock) };
        run.write_config()?;
        Ok(run)
    }

    /// Opens a run for reading, whatever its state; see [`RunFolder::state`].
    pub fn open(path: &Path) -> Result<Self, RunFolderError> {
        let not_a_run = |reason| RunFolderError::NotARun { path: path.to_owned(), reason };
        if !path.is_dir() {
            return Err(not_a_run(if path.exists() { "it is a file" } else { "it does not exist" }));
        }
        let config = path.join(CONFIG_FILE);
        if !config.is_file() {
            let unborn = path.join(state::LOCK_FILE).exists();
            return Err(not_a_run(if unborn { NO_SETTINGS_YET } else { "it has no `config.toml`" }));
        }
        state::read(path)?;
        Ok(Self { root: path.to_owned(), config: Config::load(&config)?, lock: None })
    }

    /// Opens a run to go on writing it, whatever ended its last writer; see [`RunFolder::rewind`].
    pub fn reopen(path: &Path) -> Result<Self, RunFolderError> {
        Self::open(path)?;
        let lock = WriterLock::take(path)?;
        // Read under the lock: the last writer may have changed the settings before it let go.
        Ok(Self { lock: Some(lock), ..Self::open(path)? })
    }

    /// Replaces the run's settings.
    pub fn change_config(&mut self, config: Config) -> Result<(), RunFolderError> {
        self.config = config;
        self.write_config()
    }

    fn write_config(&self) -> Result<(), RunFolderError> {
        atomic::write_text(&self.root.join(CONFIG_FILE), &self.config.to_toml()?)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The run's settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How far the run has come.
    pub fn state(&self) -> Result<RunState, RunFolderError> {
        if self.lock.is_some() {
            return Ok(RunState::Running);
        }
        state::read(&self.root)
    }

    /// Ends the run in `state` and lets go of its lock. A folder that is dropped without this reads as died.
    pub fn finish(mut self, state: &RunState) -> Result<(), RunFolderError> {
        state::write(&self.root, state)?;
        self.lock = None;
        Ok(())
    }

    /// Where a run keeps what it began with, where that is still needed and lies nowhere else; in Hugging Face layout.
    pub fn base(&self) -> PathBuf {
        self.root.join("base")
    }

    /// The log of steps, for appending.
    pub fn metrics_log(&self) -> Result<JsonLines<StepMetrics>, RunFolderError> {
        JsonLines::append(&self.root.join(METRICS_FILE))
    }

    /// The log of evaluations, for appending.
    pub fn eval_log(&self) -> Result<JsonLines<EvalRecord>, RunFolderError> {
        JsonLines::append(&self.root.join(EVAL_FILE))
    }

    /// A new file of TensorBoard events; `goes_on_at` is the first step of a run that was resumed.
    pub fn event_log(&self, goes_on_at: Option<u64>) -> Result<EventLog, RunFolderError> {
        EventLog::create(&self.root, goes_on_at)
    }

    /// Bytes of every TensorBoard file by name, of which `log` is the one being written.
    pub fn sync_events(&self, log: &EventLog) -> Result<BTreeMap<String, u64>, RunFolderError> {
        log.sync()?;
        let length = |name: String| {
            let path = self.root.join(&name);
            Ok((name, fs::metadata(&path).map_err(RunFolderError::io("read", &path))?.len()))
        };
        tensorboard::event_files(&self.root)?.into_iter().map(length).collect()
    }

    /// The steps so far.
    pub fn metrics(&self) -> Result<Logged<MetricsRow>, RunFolderError> {
        Logged::read(&self.root.join(METRICS_FILE))
    }

    /// Appends the scores of the policy after `step` on a downstream benchmark, to a run that nobody writes.
    pub fn record_benchmark(&self, step: u64, outcome: Outcome) -> Result<(), RunFolderError> {
        let _lock = if self.lock.is_none() { Some(WriterLock::take(&self.root)?) } else { None };
        let mut log = self.eval_log()?;
        log.write(&EvalRecord::of_benchmark(step, outcome))?;
        log.sync().map(|_length| ())
    }

    /// Writes the answers of the policy after `step` that cannot be scored here, under the name `file`; returns where they are.
    pub fn record_submission(&self, step: u64, file: &str, bytes: &[u8]) -> Result<PathBuf, RunFolderError> {
        let folder = self.root.join(SUBMISSIONS).join(format!("step-{step}"));
        fs::create_dir_all(&folder).map_err(RunFolderError::io("create", &folder))?;
        let path = folder.join(file);
        fs::write(&path, bytes).map_err(RunFolderError::io("write", &path))?;
        Ok(path)
    }

    /// Writes what is known of the prompts before training, as JSON.
    pub fn record_prompts(&self, prompts: &impl Serialize) -> Result<(), RunFolderError> {
        let path = self.root.join(PROMPTS_FILE);
        let failed = RunFolderError::io("write", &path);
        let text = serde_json::to_vec_pretty(prompts).map_err(std::io::Error::from);
        text.and_then(|text| fs::write(&path, text)).map_err(failed)
    }

    /// The evaluations so far.
    pub fn evaluations(&self) -> Result<Logged<EvalRecord>, RunFolderError> {
        Logged::read(&self.root.join(EVAL_FILE))
    }
}

/// Makes the folder `out`; accepts one that exists only when no run was born in it.
fn claim(out: &Path) -> Result<PathBuf, RunFolderError> {
    let failed = |error| RunFolderError::io("create", out)(error);
    if let Some(parent) = out.parent() {
        fs::create_dir_all(parent).map_err(RunFolderError::io("create", parent))?;
    }
    match fs::create_dir(out) {
        Ok(()) => Ok(out.to_owned()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let unborn = out.is_dir() && holds_no_run(out).map_err(failed)?;
            if unborn { Ok(out.to_owned()) } else { Err(RunFolderError::Exists { path: out.to_owned() }) }
        }
        Err(error) => Err(failed(error)),
    }
}

/// Whether a folder is empty, or holds only what a run killed at its very beginning leaves.
fn holds_no_run(folder: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let early =
            ["rollouts", "checkpoints"].contains(&&*name) && fs::read_dir(folder.join(&*name))?.next().is_none();
        if !(early || name.starts_with(atomic::ASIDE) || state::is_state_file(&name)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes `parent/<dataset>-<short id>` with an id that is not taken.
fn claim_default(parent: &Path, dataset: &str) -> Result<PathBuf, RunFolderError> {
    const ATTEMPTS: u32 = 16;
    fs::create_dir_all(parent).map_err(RunFolderError::io("create", parent))?;
    let mut attempt = 0;
    loop {
        let place = parent.join(format!("{}-{}", readable(dataset), short_id(attempt)));
        match fs::create_dir(&place) {
            Ok(()) => return Ok(place),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(RunFolderError::io("create", &place)(error)),
        }
    }
}

/// A dataset's name, path or generator as part of a folder's name: `sbm:n=500,k=5` becomes `sbm-n-500-k-5`.
fn readable(dataset: &str) -> String {
    let stem = Path::new(dataset).file_stem().map_or_else(|| dataset.into(), |stem| stem.to_string_lossy());
    let words: Vec<&str> =
        stem.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "run".into() } else { words.join("-").to_lowercase() }
}

/// Tells apart runs of one dataset; the clock and the process have no other influence on a run.
fn short_id(attempt: u32) -> String {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let mut hasher = blake3::Hasher::new();
    hasher.update(&since_epoch.to_le_bytes());
    hasher.update(&std::process::id().to_le_bytes());
    hasher.update(&attempt.to_le_bytes());
    hasher.finalize().to_hex().chars().take(ID_LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_names_are_readable_and_distinct() {
        assert_eq!(readable("cora"), "cora");
        assert_eq!(readable("sbm:n=500,k=5"), "sbm-n-500-k-5");
        assert_eq!(readable("/data/My Graph.tsv"), "my-graph");
        assert_eq!(readable("::"), "run");
        let parent = tempfile::tempdir().unwrap();
        let first = claim_default(parent.path(), "cora").unwrap();
        let second = claim_default(parent.path(), "cora").unwrap();
        assert_ne!(first, second);
        assert!(first.file_name().unwrap().to_string_lossy().starts_with("cora-"));
    }
}
