//! `ssl4rl eval`: scores a run's checkpoint again, or any policy, on held-out questions.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use super::{AsUsage, ExitStatus, Printer, RunArgs, usage, workspace};
use crate::config::Config;
use crate::model::Source;
use crate::model::hub::{self, Hub};
use crate::report::{Checkpoint, EvalPhase, EvalRecord, ResultTable, RunFolder, best};
use crate::tasks::{Mixture, Registry};
use crate::train::evaluate::evaluate;
use crate::train::origin::fetch;
use crate::train::policy;

/// Score a run's checkpoint again, or a policy's folder, on held-out questions
#[derive(Debug, clap::Args)]
pub(super) struct EvalArgs {
    /// Run folder; its settings, seed and threads are used
    #[arg(long, value_name = "DIR", conflicts_with_all = ["config", "out", "model", "dataset", "tasks", "preset", "set", "seed", "threads", "lora_rank"])]
    pub run: Option<PathBuf>,
    /// Which checkpoint of the run: the `last`, the `best` by held-out score, or that of a step
    #[arg(long, value_name = "best|last|N", default_value = "last", requires = "run")]
    pub checkpoint: Choice,
    /// Settings where no run is named
    #[command(flatten)]
    pub settings: RunArgs,
    /// Where datasets are
    #[command(flatten)]
    pub data: workspace::DataArgs,
}

/// A way to name a checkpoint.
#[derive(Debug, Clone, Copy)]
pub(super) enum Choice {
    /// The newest.
    Last,
    /// The one with the best score in `eval.jsonl`.
    Best,
    /// That of a step.
    Step(u64),
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "last" => Ok(Self::Last),
            "best" => Ok(Self::Best),
            step => step.parse().map(Self::Step).map_err(|_| "expected `best`, `last` or a step".into()),
        }
    }
}

impl Choice {
    /// The checkpoint it names, or what there is instead.
    pub(super) fn find(self, folder: &RunFolder) -> anyhow::Result<Checkpoint> {
        let found = match self {
            Self::Last => folder.latest_checkpoint()?,
            Self::Best => {
                let evaluations = folder.evaluations()?.records;
                best(&evaluations).map(|best| folder.checkpoint_of(best.step)).transpose()?.flatten()
            }
            Self::Step(step) => folder.checkpoint_of(step)?,
        };
        found.map_or_else(|| Err(self.absent(folder)?), Ok)
    }

    fn absent(self, folder: &RunFolder) -> anyhow::Result<anyhow::Error> {
        let steps: Vec<String> = folder.checkpoint_steps()?.iter().map(u64::to_string).collect();
        if steps.is_empty() {
            let (path, state) = (folder.path().display(), folder.state()?.describe());
            return Ok(usage(format!("{path} has no checkpoint yet; the run {state}")));
        }
        let what = match self {
            Self::Last => "no whole checkpoint".to_owned(),
            Self::Best => {
                "no checkpoint of its best evaluation; `checkpoint.keep_best` with `eval.every` keeps it".to_owned()
            }
            Self::Step(step) => format!("no checkpoint of step {step}"),
        };
        let path = folder.path().display();
        Ok(usage(format!("{path} has {what}\nhint: `--checkpoint N` takes one of {}", steps.join(", "))))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "every verb takes its arguments")]
pub(super) fn run(arguments: EvalArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    match &arguments.run {
        Some(path) => of_run(path, &arguments, registry, printer),
        None => of_policy(&arguments, registry, printer),
    }
}

/// Evaluates a checkpoint and prints the run's table with it.
fn of_run(
    path: &std::path::Path,
    arguments: &EvalArgs,
    registry: &Registry,
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    let folder = RunFolder::open(path).usage()?;
    let config = folder.config().clone();
    let checkpoint = arguments.checkpoint.find(&folder)?;
    let step = checkpoint.state.position.step;
    let threads = config.provenance.as_ref().map_or_else(|| arguments.settings.threads(), |made| made.threads);
    let source = workspace::source_of_checkpoint(&checkpoint, arguments.data.offline, printer)?;
    let record = score(&config, &source, threads, step, arguments, registry, printer)?;
    let mut evaluations = folder.evaluations()?.records;
    if let Some(earlier) = evaluations.iter().rev().find(|earlier| earlier.step == step)
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
    let source = fetch(&hub, &settings.model, &settings.revision, printer.progress())?;
    let record = score(&config, &source, arguments.settings.threads(), 0, arguments, registry, printer)?;
    workspace::print_results(&ResultTable::of(&[record]), source.folder(), printer)?;
    Ok(ExitStatus::Success)
}

fn score(
    config: &Config,
    source: &Source,
    threads: usize,
    step: u64,
    arguments: &EvalArgs,
    registry: &Registry,
    printer: &mut Printer,
) -> anyhow::Result<EvalRecord> {
    let dataset = workspace::load_dataset(config, &arguments.data, printer)?;
    let mixture: Mixture = workspace::mixture(registry, "graph", config, Arc::new(dataset.graph))?;
    let device = workspace::device(threads);
    let mut policy = source.load(policy::kind(&config.policy, device), device).usage()?;
    policy.tokenizer.set_template_variables(&config.policy.chat_template_kwargs);
    let tasks = evaluate(&mixture, &policy, config, printer.progress())?;
    Ok(EvalRecord { phase: EvalPhase::Final, step, tasks })
}
