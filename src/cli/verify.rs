//! `ssl4rl verify`: verdicts for completions, from stdin or from the rollouts of a run.

use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{AsUsage, ExitStatus, Printer};
use crate::config::Config;
use crate::report::{RolloutRecord, RunFolder};
use crate::tasks::protocol::AnswerRule;
use crate::tasks::{DynTask, Reading, Registry, RegistryError, Verdict};

/// Score completions: JSON lines on stdin give verdicts on stdout; `--run` scores a run's rollouts again
///
/// A line on stdin is an object with `task`, `completion` and `truth`, and optionally `answer_rule` (`last` or `paper`) and
/// `truncated`; a run's rollouts have this form. Each gives a line with `line`, `score`, `exact`, `parsed` and `why`, or
/// with `line` and `error`; with any error the exit code is 1.
#[derive(Debug, clap::Args)]
pub(super) struct VerifyArgs {
    /// Run folder: score its rollouts again and tell how many verdicts agree with those stored
    #[arg(long, value_name = "DIR")]
    pub run: Option<PathBuf>,
    /// Settings file whose `[reward]` and `[task]` sections apply to stdin
    #[arg(long, value_name = "FILE", conflicts_with = "run")]
    pub config: Option<PathBuf>,
    /// Which answer block counts in lines that do not say
    #[arg(long, value_name = "RULE", conflicts_with = "run")]
    pub answer_rule: Option<AnswerRule>,
}

#[expect(clippy::needless_pass_by_value, reason = "every verb takes its arguments")]
pub(super) fn run(arguments: VerifyArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    if let Some(path) = &arguments.run {
        return of_run(path, registry, printer);
    }
    let config = arguments.config.as_deref().map_or_else(|| Ok(Config::default()), Config::load).usage()?;
    let mut reading = config.reward.reading();
    reading.answer_rule = arguments.answer_rule.unwrap_or(reading.answer_rule);
    of_lines(io::stdin().lock(), &mut Scorer::new(registry, &config), reading, printer)
}

/// Tasks by name, each built once.
struct Scorer<'run> {
    registry: &'run Registry,
    settings: &'run BTreeMap<String, Value>,
    tasks: BTreeMap<String, Box<dyn DynTask>>,
}

impl<'run> Scorer<'run> {
    fn new(registry: &'run Registry, config: &'run Config) -> Self {
        Self { registry, settings: &config.task, tasks: BTreeMap::new() }
    }

    fn task(&mut self, name: &str) -> Result<&dyn DynTask, RegistryError> {
        if !self.tasks.contains_key(name) {
            let task = self.registry.build(name, self.settings.get(name).cloned())?;
            self.tasks.insert(name.to_owned(), task);
        }
        Ok(self.tasks[name].as_ref())
    }
}

/// What a line must hold; other fields are left alone.
#[derive(Deserialize)]
struct Request {
    task: String,
    completion: String,
    truth: Value,
    answer_rule: Option<AnswerRule>,
    #[serde(default)]
    truncated: bool,
}

/// What a line gives.
#[derive(Serialize)]
struct Reply {
    line: u64,
    #[serde(flatten)]
    verdict: Verdict,
}

fn of_lines(
    mut lines: impl BufRead,
    scorer: &mut Scorer<'_>,
    reading: Reading,
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    let mut status = ExitStatus::Success;
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        if lines.read_until(b'\n', &mut text)? == 0 {
            break;
        }
        if text.trim_ascii().is_empty() {
            continue;
        }
        match verdict(&text, scorer, reading) {
            Ok(verdict) => printer.json(&Reply { line, verdict })?,
            Err(error) => {
                status = ExitStatus::Failure;
                printer.json(&json!({ "line": line, "error": format!("{error:#}") }))?;
            }
        }
    }
    Ok(status)
}

fn verdict(text: &[u8], scorer: &mut Scorer<'_>, reading: Reading) -> anyhow::Result<Verdict> {
    let request: Request = serde_json::from_slice(text)?;
    let reading = Reading { answer_rule: request.answer_rule.unwrap_or(reading.answer_rule), ..reading };
    let task = scorer.task(&request.task)?;
    Ok(reading.verdict(task, &request.completion, request.truncated, &request.truth)?)
}

/// Verdicts of a run, stored and made again.
#[derive(Debug, Default, Serialize)]
struct Agreement {
    steps: u64,
    verdicts: u64,
    agree: u64,
}

fn of_run(path: &Path, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let folder = RunFolder::open(path).usage()?;
    let config = folder.config();
    let reading = config.reward.reading();
    let mut scorer = Scorer::new(registry, config);
    let mut total = Agreement::default();
    let steps = folder.rollout_steps()?;
    let bar = printer.progress().bar("verifying", steps.len() as u64);
    for step in steps {
        let records = folder.rollouts(step)?;
        for record in &records {
            scorer.task(&record.task)?;
        }
        let again = records.par_iter().map(|record| {
            let task = scorer.tasks[&record.task].as_ref();
            reading.verdict(task, &record.completion, record.truncated, &record.truth)
        });
        let again = again.collect::<Result<Vec<Verdict>, _>>()?;
        total.steps += 1;
        total.verdicts += records.len() as u64;
        for (record, verdict) in records.iter().zip(&again) {
            if record.verdict == *verdict {
                total.agree += 1;
            } else {
                printer.warning(&describe(record, verdict));
            }
        }
        bar.advance(1);
    }
    bar.finish();
    if printer.is_json() {
        printer.json(&total)?;
    } else {
        printer.line(&format!("{} of {} verdicts agree ({} steps)", total.agree, total.verdicts, total.steps))?;
    }
    Ok(if total.agree == total.verdicts { ExitStatus::Success } else { ExitStatus::Failure })
}

fn describe(record: &RolloutRecord, verdict: &Verdict) -> String {
    let RolloutRecord { step, group, index, task, verdict: stored, .. } = record;
    format!(
        "step {step}, group {group}, {task} question {index}: stored {} ({}), now {} ({})",
        stored.score, stored.why, verdict.score, verdict.why
    )
}
