//! `ssl4rl verify --run`: the rollouts of a run scored again, and those that should be there and are not.

use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;

use super::super::{AsUsage, ExitStatus, Printer};
use crate::report::{RolloutRecord, RunFolder};
use crate::scoring::{ScoreError, Scorer};
use crate::tasks::{Registry, Verdict, counted};

/// Verdicts of a run, stored and made again.
#[derive(Debug, Default, Serialize)]
struct Agreement {
    steps: u64,
    verdicts: u64,
    agree: u64,
    /// Steps that the run did and whose rollouts are not there, or not all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    incomplete: Vec<u64>,
}

impl Agreement {
    fn status(&self, steps_wanted: u64) -> ExitStatus {
        let nothing_seen = self.verdicts == 0 && steps_wanted > 0;
        let holds = self.agree == self.verdicts && self.incomplete.is_empty() && !nothing_seen;
        if holds { ExitStatus::Success } else { ExitStatus::Failure }
    }
}

pub(super) fn run(path: &Path, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let folder = RunFolder::open(path).usage()?;
    let config = folder.config();
    let scorer = Scorer::new(registry, config);
    let mut total = Agreement::default();
    // What is expected is read first: a run that goes on meanwhile has more rollouts then, never fewer.
    let expected = folder.expected_rollouts()?;
    let mut steps = folder.rollout_steps()?;
    for &step in expected.keys().filter(|step| !steps.contains(step)) {
        printer
            .warning(&format!("step {step}: its rollouts are missing: there is no `{}`", folder.rollouts_name(step)));
        total.incomplete.push(step);
    }
    steps.retain(|step| !total.incomplete.contains(step));
    let bar = printer.progress().bar("verifying", steps.len() as u64);
    for step in steps {
        bar.advance(1);
        let records = match folder.rollouts(step) {
            Ok(records) => records,
            Err(damaged) => {
                printer.warning(&format!("step {step}: its rollouts cannot be read: {damaged}"));
                total.incomplete.push(step);
                continue;
            }
        };
        let again = records.par_iter().map(|record| verdict(record, &scorer));
        let again = again.collect::<Result<Vec<Verdict>, _>>()?;
        total.steps += 1;
        total.verdicts += records.len() as u64;
        if let Some(problem) = expected.get(&step).and_then(|expected| expected.problem(records.len() as u64)) {
            printer.warning(&format!("step {step}: `{}` holds {problem}", folder.rollouts_name(step)));
            total.incomplete.push(step);
        }
        for (record, verdict) in records.iter().zip(&again) {
            if record.verdict == *verdict {
                total.agree += 1;
            } else {
                printer.warning(&describe(record, verdict));
            }
        }
    }
    bar.finish();
    total.incomplete.sort_unstable();
    if printer.is_json() {
        printer.json(&total)?;
    } else {
        let Agreement { steps, verdicts, agree, ref incomplete } = total;
        let steps = counted(steps, "step", "steps");
        let lacking = match incomplete.len() as u64 {
            0 => String::new(),
            lacking => format!("; {} without all rollouts", counted(lacking, "step", "steps")),
        };
        printer.line(&format!("{agree} of {verdicts} verdicts agree ({steps}){lacking}"))?;
    }
    if total.verdicts == 0 {
        let none = if total.incomplete.is_empty() { "the run has no rollouts" } else { "no rollouts can be read" };
        printer.note(&format!("nothing was verified: {none}"));
    }
    Ok(total.status(config.grpo.steps))
}

fn verdict(record: &RolloutRecord, scorer: &Scorer) -> Result<Verdict, ScoreError> {
    let task = scorer.task(&record.task)?;
    Ok(scorer.reading().verdict(&*task, &record.completion, record.truncated, &record.truth)?)
}

fn describe(record: &RolloutRecord, verdict: &Verdict) -> String {
    let RolloutRecord { step, group, index, task, verdict: stored, .. } = record;
    format!(
        "step {step}, group {group}, {task} question {index}: stored {} ({}), now {} ({})",
        stored.score, stored.why, verdict.score, verdict.why
    )
}
