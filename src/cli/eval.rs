//! `ssl4rl eval`: scores a run's checkpoint again, or any policy, on held-out questions or on a downstream benchmark.

#[cfg(feature = "torch")]
mod policy;

use std::path::PathBuf;

use super::benchmark::{self, BenchmarkArgs, Examination};
use super::data_args::DataArgs;
use super::{AsUsage, ExitStatus, Printer, RunArgs, unread, usage};
use crate::config::Config;
use crate::tasks::Registry;

#[cfg(feature = "torch")]
use super::checkpoint::Choice;

/// Score a run's checkpoint again, or a policy's folder, on held-out questions or on a downstream benchmark
#[derive(Debug, clap::Args)]
#[command(
    // What an evaluation refuses is known, so that the refusal can say why, and not offered.
    mut_arg("steps", |argument| argument.hide(true)),
    mut_arg("lora_rank", |argument| argument.hide(true)),
    mut_arg("tasks", |argument| argument.help("Task to be asked; repeat for several. These replace the tasks of the settings file")),
    mut_arg("out", |argument| argument.help("Folder of the file of answers, for a benchmark whose right ones are hidden; this one when absent")),
)]
pub struct EvalArgs {
    /// Run folder; its settings, seed and threads are used
    #[arg(long, value_name = "DIR", conflicts_with_all = ["config", "out", "model", "tasks", "steps", "preset", "set", "seed", "threads", "lora_rank"])]
    pub(super) run: Option<PathBuf>,
    /// Which checkpoint of the run: the `last`, the `best` by held-out score, or that of a step
    #[cfg(feature = "torch")]
    #[arg(long, value_name = "best|last|N", default_value = "last", requires = "run")]
    pub(super) checkpoint: Choice,
    /// The benchmark, if any
    #[command(flatten)]
    pub(super) benchmark: BenchmarkArgs,
    /// Settings where no run is named
    #[command(flatten)]
    pub settings: RunArgs,
    /// Where datasets are
    #[command(flatten)]
    pub data: DataArgs,
}

impl EvalArgs {
    /// The benchmark asked for, if any.
    pub fn bench(&self) -> Option<&str> {
        self.benchmark.bench.as_deref()
    }

    /// Refuses options of runs that an evaluation has no use for.
    fn refuse_unread(&self) -> anyhow::Result<()> {
        let (settings, flags) = (&self.settings, &self.settings.overrides);
        let trains = [("--steps", flags.steps.is_some()), ("--lora-rank", flags.lora_rank.is_some())];
        unread::refuse(&trains, "`ssl4rl eval` trains nothing")?;
        if self.bench().is_none() {
            return unread::refuse(
                &[("--out", settings.out.is_some())],
                "the scores are printed, and only the answers of a benchmark are written",
            );
        }
        let asks = [("--task", !flags.tasks.is_empty())];
        unread::refuse(&asks, "a benchmark has questions of its own")?;
        if !self.benchmark.baselines_only {
            return Ok(());
        }
        let of_policy = [
            ("--model", flags.model.is_some()),
            ("--preset", flags.preset.is_some()),
            ("--seed", flags.seed.is_some()),
            ("--threads", settings.threads.is_some()),
            ("--out", settings.out.is_some()),
            #[cfg(feature = "torch")]
            ("--max-new-tokens", self.benchmark.max_new_tokens.is_some()),
        ];
        unread::refuse(&of_policy, "with `--baselines-only` no model is asked")
    }

    /// The same with the benchmark called `name` by its modality.
    #[must_use]
    pub fn with_bench(mut self, name: String) -> Self {
        self.benchmark.bench = Some(name);
        self
    }
}

#[expect(clippy::needless_pass_by_value, reason = "every verb takes its arguments")]
pub(super) fn run(arguments: EvalArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    eval(&arguments, &Config::default(), registry, printer)
}

/// Scores what the arguments name; `defaults` hold where neither they nor the settings file say otherwise, and name the modality.
pub fn eval(
    arguments: &EvalArgs,
    defaults: &Config,
    registry: &Registry,
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    arguments.refuse_unread()?;
    let dataset = arguments.settings.overrides.dataset.as_deref();
    match &arguments.benchmark.bench {
        Some(name) if arguments.benchmark.baselines_only => {
            let dataset = match dataset {
                Some(dataset) => dataset.to_owned(),
                None => arguments.settings.config_over(defaults).usage()?.data.dataset,
            };
            let examination =
                Examination::prepare(name, &dataset, &arguments.benchmark, &arguments.data, registry, printer)?;
            benchmark::print(&examination.outcome()?, printer)?;
            Ok(ExitStatus::Success)
        }
        None if arguments.run.is_some() && dataset.is_some() => Err(usage(
            "a run is scored on its own dataset\nhint: leave `--dataset` out, or name a benchmark with `--bench`",
        )),
        _ => with_policy(arguments, defaults, registry, printer),
    }
}

#[cfg(feature = "torch")]
use policy::run as with_policy;

#[cfg(not(feature = "torch"))]
fn with_policy(_: &EvalArgs, _: &Config, _: &Registry, _: &mut Printer) -> anyhow::Result<ExitStatus> {
    Err(super::exit::needs_torch("eval"))
}
