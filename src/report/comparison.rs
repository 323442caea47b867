//! Several runs side by side, task by task: what `ssl4rl report` prints.
//!
//! A run that trained one task stands next to one that trained a mixture, so that it can be seen whether tasks add up. A
//! line ends in what the run cost: its steps, and the seconds that they took.

use serde::Serialize;

use super::folder::{EVAL_FILE, METRICS_FILE};
use super::table::aligned;
use crate::tasks::exam::metrics::Estimate;

use super::{EvalRecord, MetricsRow, ResultRow, ResultTable, RunFolder, RunFolderError, RunState};

/// The lines of all tasks and runs, in the order of the tasks' names, then of the runs as they were given.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// One a task and run.
    pub lines: Vec<ComparedRun>,
    /// Runs that are not whole, and why; their lines show what there is.
    pub unfinished: Vec<String>,
}

/// One task's result in one run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparedRun {
    /// The run's folder.
    pub run: String,
    /// The task's scores.
    pub result: ResultRow,
    /// Level at which the curriculum asked last; absent where the task did not move.
    pub level: Option<u64>,
    /// Steps done.
    pub steps: u64,
    /// Seconds that these steps took, without warm start and evaluations.
    pub seconds: f64,
}

impl Comparison {
    /// Reads the runs.
    pub fn of(runs: &[RunFolder]) -> Result<Self, RunFolderError> {
        let (mut lines, mut unfinished) = (Vec::new(), Vec::new());
        for run in runs {
            let name = run.path().display().to_string();
            let state = run.state()?;
            if state != RunState::Complete {
                unfinished.push(format!("`{name}` {}", state.describe()));
            }
            let (metrics, evaluations) = (run.metrics()?, run.evaluations()?);
            for (file, cut_off) in [(METRICS_FILE, metrics.truncated), (EVAL_FILE, evaluations.truncated)] {
                if cut_off && state != RunState::Running {
                    unfinished.push(format!("`{name}`: its `{file}` ends in the middle of a line, which is left out"));
                }
            }
            let (metrics, evaluations) = (metrics.records, evaluations.records);
            let scored = evaluations.iter().map(|evaluation| evaluation.step).max();
            if state == RunState::Complete && scored.is_none() {
                unfinished.push(format!("`{name}` has no scores: its `{EVAL_FILE}` is missing or empty"));
            }
            if metrics.is_empty() && scored.is_some_and(|step| step > 0) {
                unfinished.push(format!("`{name}` has no steps: its `{METRICS_FILE}` is missing or empty"));
            }
            lines.extend(ComparedRun::of(&name, &metrics, &evaluations, run.config().warm_start.is_on()));
        }
        let lines = ComparedRun::sorted(lines);
        Ok(Self { lines, unfinished })
    }

    /// Aligned columns with a heading, for people. A line that repeats the task above leaves its name out.
    pub fn text(&self) -> String {
        let heading = ["task", "run", "chance", "before", "after", "gain", "level", "steps", "seconds"];
        let mut cells = vec![heading.map(str::to_owned).to_vec()];
        let mut above = "";
        for line in &self.lines {
            let task = if line.result.task == above { "" } else { line.result.task.as_str() };
            cells.push(line.cells(task));
            above = &line.result.task;
        }
        aligned(&cells)
    }
}

impl ComparedRun {
    /// A line for every task of a run.
    pub(super) fn of(run: &str, metrics: &[MetricsRow], evaluations: &[EvalRecord], warm_started: bool) -> Vec<Self> {
        // A sum of no numbers is -0.
        let seconds = metrics.iter().filter_map(|row| row.get("time/step_s")).fold(0.0, |sum, seconds| sum + seconds);
        let steps = metrics.last().map_or(0, |row| row.step);
        let line = |result: ResultRow| {
            let key = format!("level/{}", result.task);
            let level = metrics.iter().rev().find_map(|row| row.get(&key)).map(|level| level as u64);
            Self { run: run.to_owned(), result, level, steps, seconds }
        };
        ResultTable::of(evaluations, warm_started).rows.into_iter().map(line).collect()
    }

    /// By the tasks' names; the lines of one task stay in the order given.
    pub(super) fn sorted(lines: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut lines: Vec<Self> = lines.into_iter().collect();
        lines.sort_by(|one, other| one.result.task.cmp(&other.result.task));
        lines
    }

    fn cells(&self, task: &str) -> Vec<String> {
        let ResultRow { chance, warm_start, grpo, gain_by_grpo, .. } = &self.result;
        let text = |estimate: &Option<Estimate>| estimate.map_or_else(|| "-".into(), Estimate::text);
        vec![
            task.to_owned(),
            self.run.clone(),
            format!("{chance:.3}"),
            text(warm_start),
            text(grpo),
            gain_by_grpo.map_or_else(|| "-".into(), Estimate::signed_text),
            self.level.map_or_else(|| "-".into(), |level| level.to_string()),
            self.steps.to_string(),
            format!("{:.1}", self.seconds),
        ]
    }
}
