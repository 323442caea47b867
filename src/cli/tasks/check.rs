//! `ssl4rl tasks check`: the conformance kit over one task and one dataset.

use clap::Args;

use super::TaskOnData;
use crate::cli::{AsUsage, ExitStatus, Printer};
use crate::tasks::Registry;
use crate::tasks::conformance::{Settings, check};

/// Arguments of `ssl4rl tasks check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    on: TaskOnData,
    /// Training questions made; fewer make the statistical laws blunt
    #[arg(short = 'n', long = "samples", value_name = "N", default_value_t = 2000)]
    count: usize,
}

pub(super) fn run(arguments: &CheckArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let config = arguments.on.config(registry)?;
    registry.build(&arguments.on.name, Some(config.clone())).usage()?;
    let graph = arguments.on.graph(printer)?;
    let settings = Settings { samples: arguments.count, seed: arguments.on.seed, ..Settings::default() };
    let report = check(|| registry.build(&arguments.on.name, Some(config.clone())), &graph, &settings).usage()?;
    if printer.is_json() {
        printer.json(&report)?;
    } else {
        printer.line(report.to_string().trim_end())?;
    }
    Ok(if report.holds() { ExitStatus::Success } else { ExitStatus::Failure })
}
