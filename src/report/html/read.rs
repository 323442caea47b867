//! [`RunData`]: what a page shows of a run, read from its folder whatever has become of it.
//!
//! Lines that do not parse, files that are missing and numbers that are none are left out, and told in [`RunData::problems`]:
//! a page of a damaged run shows what there is.
//!
//! ```text
//! {"step":1}⏎ {"st⏎ {"step":3}⏎   ->   steps 1 and 3, and "`metrics.jsonl` has 1 line that does not parse"
//! ```

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::rollouts::{Excerpt, Selection};
use crate::config::Config;
use crate::report::folder::{CONFIG_FILE, EVAL_FILE, METRICS_FILE};
use crate::report::json_lines::salvage;
use crate::report::{EvalRecord, MetricsRow, RolloutRecord, RunFolder};

/// What a page shows of a run.
#[derive(Debug, Clone)]
pub(super) struct RunData {
    /// Name of the folder.
    pub(super) name: String,
    pub(super) config: Config,
    /// `config.toml` as it is.
    pub(super) settings: String,
    /// How far the run has come, in words; none where that cannot be told.
    pub(super) state: Option<String>,
    pub(super) metrics: Vec<MetricsRow>,
    pub(super) evaluations: Vec<EvalRecord>,
    /// Completions of the first step, one in the middle, and the last.
    pub(super) excerpts: Vec<Excerpt>,
    /// Steps whose completions are in the folder.
    pub(super) rollout_steps: usize,
    /// What could not be read.
    pub(super) problems: Vec<String>,
}

impl RunData {
    /// Reads a run under a name.
    pub(super) fn read(run: &RunFolder, name: String) -> Self {
        let mut problems = Vec::new();
        let state = run.state().map(|state| state.describe());
        let state = state.map_err(|error| problems.push(error.to_string())).ok();
        let settings = fs::read_to_string(run.path().join(CONFIG_FILE));
        let settings = settings.map_err(|error| problems.push(format!("`{CONFIG_FILE}` cannot be read: {error}")));
        let metrics = records(run.path(), METRICS_FILE, &mut problems);
        let evaluations = records(run.path(), EVAL_FILE, &mut problems);
        let steps = run.rollout_steps();
        let steps = steps.map_err(|error| problems.push(error.to_string())).unwrap_or_default();
        let excerpts = some_of(&steps).into_iter().filter_map(|step| excerpt(run, step, &mut problems)).collect();
        Self {
            name,
            config: run.config().clone(),
            settings: settings.unwrap_or_default(),
            state,
            metrics,
            evaluations,
            excerpts,
            rollout_steps: steps.len(),
            problems,
        }
    }

    /// Steps done.
    pub(super) fn steps(&self) -> u64 {
        self.metrics.last().map_or(0, |row| row.step)
    }
}

/// The records of a file of JSON lines.
fn records<Record: DeserializeOwned>(folder: &Path, name: &str, problems: &mut Vec<String>) -> Vec<Record> {
    let mut records = Vec::new();
    let told = match File::open(folder.join(name)) {
        Ok(file) => salvage(BufReader::new(file), |record| records.push(record)),
        Err(error) => Some(format!("cannot be read: {error}")),
    };
    problems.extend(told.map(|told| format!("`{name}` {told}")));
    records
}

/// The first, the middle one and the last.
fn some_of(steps: &[u64]) -> Vec<u64> {
    let mut chosen: Vec<u64> =
        [steps.first(), steps.get(steps.len() / 2), steps.last()].into_iter().flatten().copied().collect();
    chosen.dedup();
    chosen
}

/// Some completions of a step.
fn excerpt(run: &RunFolder, step: u64, problems: &mut Vec<String>) -> Option<Excerpt> {
    let name = run.rollouts_name(step);
    let decoder = File::open(run.path().join(&name)).and_then(zstd::Decoder::new);
    let decoder = decoder.map_err(|error| problems.push(format!("`{name}` cannot be read: {error}"))).ok()?;
    let mut selection = Selection::default();
    let told = salvage(BufReader::new(decoder), |record: RolloutRecord| selection.offer(record));
    problems.extend(told.map(|told| format!("`{name}` {told}")));
    Some(selection.excerpt(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_steps_stand_for_all() {
        assert_eq!(some_of(&[]), Vec::<u64>::new());
        assert_eq!(some_of(&[4]), [4]);
        assert_eq!(some_of(&[4, 5]), [4, 5]);
        assert_eq!(some_of(&[1, 2, 3, 4, 5]), [1, 3, 5]);
    }
}
