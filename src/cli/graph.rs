//! `ssl4rl graph`: trains a policy on graph tasks and reports what it learned.

use std::sync::Arc;

use super::training::Session;
use super::{AsUsage, ExitStatus, Printer, RunArgs, workspace};
use crate::config::Config;
use crate::report::RunFolder;
use crate::tasks::Registry;
use crate::train::policy::Prepared;

/// Train on graph tasks: make questions, let the policy answer, verify, learn, report before and after
#[derive(Debug, clap::Args)]
pub(super) struct GraphArgs {
    /// Settings of the run
    #[command(flatten)]
    pub run: RunArgs,
    /// Where datasets are
    #[command(flatten)]
    pub data: workspace::DataArgs,
}

#[expect(clippy::needless_pass_by_value, reason = "every verb takes its arguments")]
pub(super) fn run(arguments: GraphArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let mut config = arguments.run.config().usage()?;
    let dataset = workspace::load_dataset(&config, &arguments.data, printer)?;
    let checksums = workspace::checksums(&dataset.files);
    let mixture = workspace::mixture(registry, "graph", &config, Arc::new(dataset.graph))?;
    let device = workspace::device(arguments.run.threads());
    config.provenance = Some(workspace::provenance(arguments.run.threads(), device, checksums));

    let folder = RunFolder::create(arguments.run.out.as_deref(), &config).usage()?;
    printer.note(&format!("run folder {}", folder.path().display()));
    Session { mixture: &mixture, folder, resumed: None, device }.run(printer)
}

pub(super) fn describe(prepared: &Prepared, config: &Config) -> String {
    let weights = prepared.policy.transformer.parameter_count() as f64 / 1e6;
    let origin = match (&prepared.warm_start, prepared.cached) {
        (Some(report), cached) => {
            let when = if cached { "warm-started earlier" } else { "warm-started" };
            let short = if report.skill < config.warm_start.target_skill { ", short of its target" } else { "" };
            format!("{when} with {} batches to skill {:.2} (0 chance, 1 perfect){short}", report.batches, report.skill)
        }
        (None, _) => "from its folder".to_owned(),
    };
    format!("policy {}: {weights:.2} million weights, {origin}", config.policy.model)
}
