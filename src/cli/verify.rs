//! `ssl4rl verify`: verdicts for completions, from stdin or from the rollouts of a run.

use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{AsUsage, ExitStatus, Printer, failure, plugin};
use crate::config::Config;
use crate::tasks::protocol::AnswerRule;
use crate::tasks::{DynTask, Reading, Registry, RegistryError, Verdict};

mod of_run;

/// What a line looks like.
const EXAMPLE: &str = r#"{"task": "graph/node-degree", "completion": "<answer>3</answer>", "truth": {…}}"#;

/// Score completions: JSON lines on stdin give verdicts on stdout; `--run` scores a run's rollouts again
///
/// A line on stdin is an object with `task`, `completion` and `truth`, and optionally `answer_rule` (`last` or `paper`) and
/// `truncated`; a run's rollouts have this form. Each gives a line with `line`, `score`, `exact`, `parsed` and `why`, or
/// with `line` and `error`; with any error the exit code is 1.
#[derive(Debug, clap::Args)]
pub(super) struct VerifyArgs {
    /// Run folder: score its rollouts again and tell how many verdicts agree with those stored; rollouts that are missing count
    /// as a failure
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
        return of_run::run(path, registry, printer);
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
        match verdict(line, text.trim_ascii_end(), scorer, reading) {
            Ok(verdict) => printer.json(&Reply { line, verdict })?,
            Err(error) => {
                status = ExitStatus::Failure;
                let hint = plugin::hint(&error, "verify", scorer.registry).map(|hint| format!("; {hint}"));
                let error = format!("{}{}", failure::describe_briefly(&error), hint.unwrap_or_default());
                printer.json(&json!({ "line": line, "error": error }))?;
            }
        }
    }
    Ok(status)
}

fn verdict(line: u64, text: &[u8], scorer: &mut Scorer<'_>, reading: Reading) -> anyhow::Result<Verdict> {
    let request: Request = serde_json::from_slice(text).map_err(|error| malformed(line, &error))?;
    let reading = Reading { answer_rule: request.answer_rule.unwrap_or(reading.answer_rule), ..reading };
    let task = scorer.task(&request.task)?;
    Ok(reading.verdict(task, &request.completion, request.truncated, &request.truth)?)
}

/// A line that cannot be read, by its number in the input instead of that within the line.
fn malformed(line: u64, error: &serde_json::Error) -> anyhow::Error {
    let problem = error.to_string().replace(" at line 1 column ", " at column ");
    anyhow::anyhow!("input line {line}: {problem}; a line looks like {EXAMPLE}")
}
