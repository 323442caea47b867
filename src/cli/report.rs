//! `ssl4rl report`: several runs side by side, and all that is known of them as a page.

use std::path::PathBuf;

use super::{AsUsage, ExitStatus, Printer};
use crate::report::{Comparison, RunFolder, html};
use crate::tasks::Registry;

/// Compare runs task by task: chance, score before and after, gain, level, steps, seconds
#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    /// Run folders
    #[arg(value_name = "RUN", required = true)]
    pub runs: Vec<PathBuf>,
    /// Write one page with curves, completions and settings of all of them
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

#[expect(clippy::needless_pass_by_value, reason = "every verb takes its arguments")]
pub(super) fn run(arguments: ReportArgs, _registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let runs: Result<Vec<_>, _> = arguments.runs.iter().map(|path| RunFolder::open(path)).collect();
    let runs = runs.usage()?;
    // First: a page shows what can be read of a damaged run, the comparison refuses it.
    if let Some(page) = &arguments.html {
        html::write_page(page, &runs)?;
        printer.note(&format!("page {}", page.display()));
    }
    let comparison = Comparison::of(&runs)?;
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
