//! `ssl4rl verify`: verdicts for completions, from stdin or from the rollouts of a run.

use std::io::{self, BufRead};
use std::path::PathBuf;

use serde::Serialize;
use serde_json::json;

use super::scorer_args::ScorerArgs;
use super::{ExitStatus, Printer, plugin};
use crate::scoring::{Request, Scorer};
use crate::tasks::{Registry, Verdict};

mod of_run;

/// Score completions: JSON lines on stdin give verdicts on stdout; `--run` scores a run's rollouts again
///
/// A line on stdin is an object with `task`, `completion` and `truth`, and optionally `answer_rule` (`last` or `paper`) and
/// `truncated`; a run's rollouts have this form. Each gives a line with `line`, `score`, `exact`, `parsed` and `why`, or
/// with `line` and `error`; with any error the exit code is 1.
#[derive(Debug, clap::Args)]
pub(super) struct VerifyArgs {
    /// Run folder: score its rollouts again and tell how many verdicts agree with those stored; rollouts that are missing count
    /// as a failure
    #[arg(long, value_name = "DIR", conflicts_with_all = ["config", "answer_rule"])]
    pub run: Option<PathBuf>,
    #[command(flatten)]
    pub scorer: ScorerArgs,
}

#[expect(clippy::needless_pass_by_value, reason = "every verb takes its arguments")]
pub(super) fn run(arguments: VerifyArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    if let Some(path) = &arguments.run {
        return of_run::run(path, registry, printer);
    }
    of_lines(io::stdin().lock(), &arguments.scorer.scorer(registry)?, printer)
}

/// What a line gives.
#[derive(Serialize)]
struct Reply {
    line: u64,
    #[serde(flatten)]
    verdict: Verdict,
}

fn of_lines(mut lines: impl BufRead, scorer: &Scorer, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
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
        match verdict(line, text.trim_ascii_end(), scorer) {
            Ok(verdict) => printer.json(&Reply { line, verdict })?,
            Err(error) => {
                status = ExitStatus::Failure;
                let error = plugin::explain(&error, "verify", scorer.registry());
                printer.json(&json!({ "line": line, "error": error }))?;
            }
        }
    }
    Ok(status)
}

fn verdict(line: u64, text: &[u8], scorer: &Scorer) -> anyhow::Result<Verdict> {
    let request = Request::read(text).map_err(|error| malformed(line, &error))?;
    Ok(scorer.verdict(&request.label, &request.completion)?)
}

/// A line that cannot be read, by its number in the input instead of that within the line.
fn malformed(line: u64, error: &serde_json::Error) -> anyhow::Error {
    let problem = error.to_string().replace(" at line 1 column ", " at column ");
    anyhow::anyhow!("input line {line}: {problem}; a line looks like {}", Request::EXAMPLE)
}
