//! `ssl4rl eval`: scores a run's checkpoint again, or any policy, on held-out questions.

use std::path::PathBuf;
use std::sync::Arc;

use super::{AsUsage, ExitStatus, Printer, RunArgs, usage, workspace};
use crate::config::Config;
use crate::model::checkpoint;
use crate::model::hub::{self, Hub};
use crate::report::{EvalPhase, EvalRecord, ResultTable, RunFolder};
use crate::tasks::{Mixture, Registry};
use crate::train::evaluate::evaluate;
use crate::train::policy::fetch;

/// Score a run's checkpoint again, or a policy's folder, on held-out questions
#[derive(Debug, clap::Args)]
pub(super) struct EvalArgs {
    /// Run folder; its settings, seed and threads are used
    #[arg(long, value_name = "DIR", conflicts_with_all = ["config", "out", "model", "dataset", "tasks", "set", "seed", "threads"])]
    pub run: Option<PathBuf>,
    /// Settings where no run is named
    #[command(flatten)]
    pub settings: RunArgs,
    /// Where datasets are
    #[command(flatten)]
    pub data: workspace::DataArgs,
}

#[expect(clippy::needless_pass_by_value, reason = "every verb takes its arguments")]
pub(super) fn run(arguments: EvalArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    match &arguments.run {
        Some(path) => of_run(path, &arguments, registry, printer),
        None => of_policy(&arguments, registry, printer),
    }
}

/// Evaluates the newest checkpoint and prints the run's table with it.
fn of_run(
    path: &std::path::Path,
    arguments: &EvalArgs,
    registry: &Registry,
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    let folder = RunFolder::open(path).usage()?;
    let config = folder.config().clone();
    let Some((step, weights)) = folder.latest_checkpoint()? else {
        return Err(usage(format!("{} has no checkpoint yet; the run {}", path.display(), folder.state()?.describe())));
    };
    let threads = config.provenance.as_ref().map_or_else(|| arguments.settings.threads(), |made| made.threads);
    let record = score(&config, &weights, threads, step, arguments, registry, printer)?;
    let mut evaluations = folder.evaluations()?.records;
    if let Some(earlier) = evaluations.iter().rev().find(|earlier| earlier.phase == EvalPhase::Final)
        && earlier.tasks != record.tasks
    {
        printer.warning("the scores differ from those the run recorded; was it made with another version or machine?");
    }
    evaluations.retain(|earlier| earlier.phase != EvalPhase::Final);
    evaluations.push(record);
    workspace::print_results(&ResultTable::of(&evaluations), path, printer)?;
    Ok(ExitStatus::Success)
}

/// Evaluates the folder that `--model` names.
fn of_policy(arguments: &EvalArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let config = arguments.settings.config().usage()?;
    if config.policy.model == "tiny" {
        return Err(usage("name what to score: `--run DIR` for a run, or `--model DIR` for a policy's folder"));
    }
    if arguments.data.offline {
        hub::forbid_network();
    }
    let settings = &config.policy;
    let hub = Hub::from_environment();
    let weights = fetch(&hub, &settings.model, &settings.revision, printer.progress())?;
    let record = score(&config, &weights, arguments.settings.threads(), 0, arguments, registry, printer)?;
    workspace::print_results(&ResultTable::of(&[record]), &weights, printer)?;
    Ok(ExitStatus::Success)
}

fn score(
    config: &Config,
    weights: &std::path::Path,
    threads: usize,
    step: u64,
    arguments: &EvalArgs,
    registry: &Registry,
    printer: &mut Printer,
) -> anyhow::Result<EvalRecord> {
    let dataset = workspace::load_dataset(config, &arguments.data, printer)?;
    let mixture: Mixture = workspace::mixture(registry, "graph", config, Arc::new(dataset.graph))?;
    let mut policy = checkpoint::load(weights, workspace::device(threads)).usage()?;
    policy.tokenizer.set_template_variables(&config.policy.chat_template_kwargs);
    let tasks = evaluate(&mixture, &policy, config, printer.progress())?;
    Ok(EvalRecord { phase: EvalPhase::Final, step, tasks })
}
