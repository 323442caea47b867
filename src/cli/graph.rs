//! `ssl4rl graph`: trains a policy on graph tasks and reports what it learned.

use std::sync::Arc;

use super::training::Session;
use super::{AsUsage, ExitStatus, Printer, RunArgs, workspace};
use crate::config::Provenance;
use crate::report::RunFolder;
use crate::tasks::Registry;
use crate::train::origin::Origin;

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
    for left_out in mixture.left_out() {
        printer.note(&format!("without {}: {}", left_out.task, left_out.reason));
    }
    let device = workspace::device(arguments.run.threads());
    let origin = Origin::find(&config.policy, printer.progress()).usage()?;
    let provenance = workspace::provenance(arguments.run.threads(), device, checksums);
    config.provenance = Some(Provenance { model_commit: origin.commit(), ..provenance });
    if let Some(memory) = origin.memory(&mixture, &config, device).usage()? {
        printer.note(&format!("memory {}", memory.summary()));
    }
    let folder = RunFolder::create(arguments.run.out.as_deref(), &config).usage()?;
    printer.note(&format!("run folder {}", folder.path().display()));
    Session { mixture: &mixture, folder, origin: Some(origin), resumed: None, device }.run(printer)
}
