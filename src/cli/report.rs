//! `ssl4rl report`: several runs side by side.

use std::path::PathBuf;

use super::{AsUsage, ExitStatus, Printer};
use crate::report::{Comparison, RunFolder};
use crate::tasks::Registry;

/// Compare runs task by task: chance, score before and after, gain, level, steps, seconds
#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    /// Run folders
    #[arg(value_name = "RUN", required = true)]
    pub runs: Vec<PathBuf>,
}

#[expect(clippy::needless_pass_by_value, reason = "every verb takes its arguments")]
pub(super) fn run(arguments: ReportArgs, _registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let runs: Result<Vec<_>, _> = arguments.runs.iter().map(|path| RunFolder::open(path)).collect();
    let comparison = Comparison::of(&runs.usage()?)?;
    for unfinished in &comparison.unfinished {
        printer.warning(unfinished);
    }
    if printer.is_json() {
        printer.json(&serde_json::json!({ "lines": comparison.lines }))?;
    } else {
        printer.line(&comparison.text())?;
    }
    Ok(ExitStatus::Success)
}
