//! A run's folder: made once, never overwritten, readable while it grows, and never whole by accident.
//!
//! ```text
//! config.toml                       resolved settings and what the run was made with
//! metrics.jsonl                     one line a step
//! eval.jsonl                        held-out scores before, during, after
//! rollouts/step-000001.jsonl.zst    completions with verdicts
//! checkpoints/step-N/               written aside, flushed, renamed
//! status.json, run.lock             whether it is running, interrupted, failed, complete
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::state::{self, WriterLock};
use super::{EvalRecord, JsonLines, Logged, MetricsRow, RunFolderError, RunState, StepMetrics, json_lines};
use crate::config::Config;

const CONFIG_FILE: &str = "config.toml";
const METRICS_FILE: &str = "metrics.jsonl";
const EVAL_FILE: &str = "eval.jsonl";
/// Where runs go when no folder is named.
const DEFAULT_PARENT: &str = "runs";
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
        let text = config.to_toml()?;
        super::atomic::write_text(&root.join(CONFIG_FILE), &text)?;
        state::write(&root, &RunState::Running)?;
        for folder in ["rollouts", "checkpoints"] {
            let folder = root.join(folder);
            fs::create_dir(&folder).map_err(RunFolderError::io("create", &folder))?;
        }
        Ok(Self { root, config: config.clone(), lock: Some(lock) })
    }

    /// Opens a run for reading, whatever its state; see [`RunFolder::state`].
    pub fn open(path: &Path) -> Result<Self, RunFolderError> {
        let not_a_run = |reason| RunFolderError::NotARun { path: path.to_owned(), reason };
        if !path.is_dir() {
            return Err(not_a_run(if path.exists() { "it is a file" } else { "it does not exist" }));
        }
        let config = path.join(CONFIG_FILE);
        if !config.is_file() {
            return Err(not_a_run("it has no `config.toml`"));
        }
        state::read(path)?;
        Ok(Self { root: path.to_owned(), config: Config::load(&config)?, lock: None })
    }

    /// Opens a run to go on writing it after `step`: everything later is taken away, half-written files too.
    pub fn resume(path: &Path, step: u64) -> Result<Self, RunFolderError> {
        let mut run = Self::open(path)?;
        run.lock = Some(WriterLock::take(path)?);
        json_lines::retain::<MetricsRow>(&path.join(METRICS_FILE), |row| row.step <= step)?;
        json_lines::retain::<EvalRecord>(&path.join(EVAL_FILE), |record| {
            record.step <= step && record.phase != super::EvalPhase::Final
        })?;
        for later in run.rollout_steps()?.into_iter().filter(|&other| other > step) {
            let file = run.rollouts_file(later);
            fs::remove_file(&file).map_err(RunFolderError::io("remove", &file))?;
        }
        state::write(path, &RunState::Running)?;
        Ok(run)
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

    /// The log of steps, for appending.
    pub fn metrics_log(&self) -> Result<JsonLines<StepMetrics>, RunFolderError> {
        JsonLines::append(&self.root.join(METRICS_FILE))
    }

    /// The log of evaluations, for appending.
    pub fn eval_log(&self) -> Result<JsonLines<EvalRecord>, RunFolderError> {
        JsonLines::append(&self.root.join(EVAL_FILE))
    }

    /// The steps so far.
    pub fn metrics(&self) -> Result<Logged<MetricsRow>, RunFolderError> {
        Logged::read(&self.root.join(METRICS_FILE))
    }

    /// The evaluations so far.
    pub fn evaluations(&self) -> Result<Logged<EvalRecord>, RunFolderError> {
        Logged::read(&self.root.join(EVAL_FILE))
    }
}

/// Makes the folder `out`; accepts one that exists only when it is empty.
fn claim(out: &Path) -> Result<PathBuf, RunFolderError> {
    let failed = |error| RunFolderError::io("create", out)(error);
    if let Some(parent) = out.parent() {
        fs::create_dir_all(parent).map_err(RunFolderError::io("create", parent))?;
    }
    match fs::create_dir(out) {
        Ok(()) => Ok(out.to_owned()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let empty = out.is_dir() && fs::read_dir(out).map_err(failed)?.next().is_none();
            if empty { Ok(out.to_owned()) } else { Err(RunFolderError::Exists { path: out.to_owned() }) }
        }
        Err(error) => Err(failed(error)),
    }
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
