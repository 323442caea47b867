//! `ssl4rl bench`: speed and memory of generation, learning, a whole step, and the tasks.

use clap::{Args, Subcommand};

use super::unread::{self, Measured, tell_of_bench};
use super::{AsUsage, ExitStatus, Printer, RunArgs, at_least, usage, within, workspace};
use crate::bench::{Repetitions, Report, Subject, Workload, grpo, rollout, tasks, train};
use crate::config::{Config, Dtype, Overrides};
use crate::model::{libtorch, random};
use crate::tasks::{Registry, counted};

/// Measure speed and memory: generation, learning, a whole step of both, or the tasks
#[derive(Debug, Args)]
pub(super) struct BenchArgs {
    /// What to measure
    #[command(subcommand)]
    subject: BenchSubject,
}

#[derive(Debug, Subcommand)]
enum BenchSubject {
    /// Generate a group of completions for every prompt
    Rollout(PolicyArgs),
    /// Update the policy once on given completions
    Train(PolicyArgs),
    /// Generate and update, a whole step of GRPO
    Grpo(PolicyArgs),
    /// Make questions of every task and verify their right answers, on one thread
    Tasks(TaskArgs),
}

/// A policy of random weights and the work of one step.
#[derive(Debug, Args)]
struct PolicyArgs {
    /// Shape of the policy: `random:peer`, `random:qwen2.5-0.5b`, `random:qwen2:hidden=64,layers=2`
    #[arg(long, value_name = "SHAPE", default_value = "random:peer")]
    model: String,
    /// Prompts a step
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = at_least::<1, u64>)]
    prompts: u64,
    /// Completions a prompt
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = at_least::<2, u64>)]
    group: u64,
    /// Tokens a prompt
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = at_least::<1, u64>)]
    prompt_len: u64,
    /// Tokens a completion, exactly
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = at_least::<1, u64>)]
    new: u64,
    /// Timed steps
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = at_least::<1, u64>)]
    steps: u64,
    /// Steps before timing
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least::<0, u64>)]
    warmup: u64,
    /// Processor threads; all cores when absent
    #[arg(long, value_name = "N", value_parser = within::<1, 1024, u16>)]
    threads: Option<u16>,
    /// Number format of the weights
    #[arg(long, value_enum, default_value_t)]
    dtype: Dtype,
    /// Seed of weights, prompts and completions
    #[arg(long, default_value_t = 0, value_parser = at_least::<0, u64>)]
    seed: u64,
    /// Any knob of a run by its path, for instance `trainer.checkpointed_layers=24`; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// The tasks and the data they are made from.
#[derive(Debug, Args)]
struct TaskArgs {
    /// Dataset and tasks
    #[command(flatten)]
    run: RunArgs,
    /// Where datasets are
    #[command(flatten)]
    data: workspace::DataArgs,
    /// Questions a task
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = at_least::<1, u64>)]
    samples: u64,
}

pub(super) fn run(arguments: BenchArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    match arguments.subject {
        BenchSubject::Rollout(arguments) => {
            let subject = arguments.subject(Measured::Generation, printer)?;
            print(&rollout::run(&subject, arguments.repetitions())?, printer)
        }
        BenchSubject::Train(arguments) => {
            let subject = arguments.subject(Measured::Update, printer)?;
            print(&train::run(&subject, arguments.repetitions())?, printer)
        }
        BenchSubject::Grpo(arguments) => {
            let subject = arguments.subject(Measured::Step, printer)?;
            print(&grpo::run(&subject, arguments.repetitions())?, printer)
        }
        BenchSubject::Tasks(arguments) => of_tasks(&arguments, registry, printer),
    }
}

impl PolicyArgs {
    fn subject(&self, measured: Measured, printer: &mut Printer) -> anyhow::Result<Subject> {
        self.check_tokens()?;
        let threads = RunArgs { threads: self.threads, ..RunArgs::default() }.threads();
        let workload =
            Workload { prompts: self.prompts, group: self.group, prompt_len: self.prompt_len, new: self.new };
        let device = workspace::device(threads);
        let flags = Overrides { seed: Some(self.seed), set: self.set.clone(), ..Overrides::default() };
        let settings = Config::resolve(None, &flags)?;
        tell_of_bench(&self.set, measured, &settings, printer);
        printer.note(&self.announcement());
        Subject::random(&self.model, workload, settings, libtorch::kind(self.dtype, device), device).usage()
    }

    /// Refuses a step that is longer than the policy's context, or of more tokens than can be held.
    fn check_tokens(&self) -> anyhow::Result<()> {
        const MOST: u64 = 1 << 31;
        let context = random::config(&self.model).usage()?.max_position_embeddings;
        let longest = self.prompt_len.saturating_add(self.new);
        if longest > context as u64 {
            return Err(usage(format!(
                "`--prompt-len` and `--new` make sequences of {longest} tokens, longer than the model's {context}"
            )));
        }
        let tokens = self.group.saturating_mul(self.new).saturating_add(self.prompt_len).saturating_mul(self.prompts);
        if tokens > MOST {
            return Err(usage(format!("a step of {tokens} tokens is too large to measure; at most {MOST} are")));
        }
        Ok(())
    }

    /// What is measured: a step of a large policy takes minutes on a processor, and the report comes after the last.
    fn announcement(&self) -> String {
        let Self { prompts, group, prompt_len, new, steps, warmup, .. } = self;
        let (timed, before) = (counted(*steps, "timed step", "timed steps"), counted(*warmup, "other", "others"));
        format!(
            "{timed} after {before}, each of {prompts} prompts x {group} completions of {prompt_len} + {new} tokens"
        )
    }

    fn repetitions(&self) -> Repetitions {
        Repetitions { warmup: self.warmup, steps: self.steps }
    }
}

fn print(report: &Report, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    if printer.is_json() {
        printer.json(report)?;
    } else {
        for line in report.lines() {
            printer.line(&line)?;
        }
    }
    Ok(ExitStatus::Success)
}

fn of_tasks(arguments: &TaskArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let (run, flags) = (&arguments.run, &arguments.run.overrides);
    let of_policy = [
        ("--model", flags.model.is_some()),
        ("--lora-rank", flags.lora_rank.is_some()),
        ("--steps", flags.steps.is_some()),
        ("--preset", flags.preset.is_some()),
        ("--out", run.out.is_some()),
        ("--threads", run.threads.is_some()),
    ];
    unread::refuse(&of_policy, "tasks are measured without a policy, on one thread")?;
    let config = run.config().usage()?;
    let dataset = workspace::open_data(registry, &config, &arguments.data, printer)?;
    let mixture = workspace::mixture(registry, &config, dataset.input)?;
    let rates = tasks::run(&mixture, arguments.samples)?;
    if printer.is_json() {
        printer.json(&rates)?;
        return Ok(ExitStatus::Success);
    }
    let width = rates.iter().map(|rate| rate.task.len()).max().unwrap_or_default();
    for rate in rates {
        printer.line(&format!(
            "{:<width$}  {:>9.0} questions/s  {:>9.0} verdicts/s",
            rate.task, rate.samples_per_s, rate.verdicts_per_s
        ))?;
    }
    Ok(ExitStatus::Success)
}
