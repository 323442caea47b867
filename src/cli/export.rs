//! `ssl4rl export`: questions and their reward for other trainers.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::json;

use super::data_args::DataArgs;
use super::interrupt::Interrupt;
use super::new_folder::refuse_below_a_file;
use super::{AsUsage, ExitStatus, Printer, at_least, inputs, usage};
use crate::config::{Config, DataConfig, Overrides};
use crate::export::{Export, ExportError, PART_NAMES, TARGETS, Target, Written, target, write};
use crate::tasks::{Registry, counted};

/// Write questions and their reward for another trainer, TRL, verl and the like, or for a program of your own
///
/// The folder holds `train.jsonl` and `held_out.jsonl`, which the trainer reads as they are, pictures, `ssl4rl_reward.py`, which
/// scores completions by `ssl4rl verify`, and a `README.md` that says how the trainer is started. The training questions are
/// those that `ssl4rl graph` asks with the same settings and seed and without a curriculum.
#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    /// Who reads it: trl, verl, openrlhf, easyr1 or jsonl
    #[arg(long, value_name = "NAME", value_parser = named)]
    to: &'static str,
    /// Folder to write; it must be empty or not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Dataset name, path or generator, for instance `cora` or `sbm:n=500,k=5`
    #[arg(long, value_name = "NAME|PATH")]
    dataset: Option<String>,
    /// Task to ask, with its weight; repeat for a mixture. These replace the tasks of the settings file
    #[arg(long = "task", value_name = "NAME[=WEIGHT]")]
    tasks: Vec<String>,
    /// Training questions
    #[arg(short = 'n', long = "samples", value_name = "N", default_value_t = 10_000, value_parser = at_least::<1, u64>)]
    samples: u64,
    /// Held-out questions
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = at_least::<0, u64>)]
    held_out: u64,
    /// Seed of every random stream
    #[arg(long, value_name = "N", value_parser = at_least::<0, u64>)]
    seed: Option<u64>,
    /// Any knob by its path that questions or the reading of answers depend on: `data.…`, `tasks.…`, `task.…`,
    /// `reward.answer_rule`, `reward.truncated_counts`; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Settings file (TOML); flags override it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    data: DataArgs,
}

#[expect(clippy::needless_pass_by_value, reason = "every verb takes its arguments")]
pub(super) fn run(arguments: ExportArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let place = std::path::absolute(&arguments.out).usage()?;
    refuse_used(&place)?;
    refuse_below_a_file(&place)?;
    tell_of_unread(&arguments.set, printer);
    let target = target(arguments.to).context("the parser lets known targets through alone")?;
    let counts = [arguments.samples, arguments.held_out];
    let config = settings(&arguments, registry)?;
    let opened = inputs::open(registry, &config, &arguments.data, printer)?;
    let mixture = inputs::mixture(registry, &config, opened.input.clone())?;
    for left_out in mixture.left_out() {
        printer.note(&format!("without {}: {}", left_out.task, left_out.reason));
    }
    let program = program();
    let interrupt = Interrupt::install(|| ()).context("cannot listen to Ctrl-C")?;
    let export =
        Export { target, mixture: &mixture, config: &config, program: &program, counts, stop: &interrupt.flag() };
    let written = match write(&export, &place) {
        Err(ExportError::Stopped) => {
            printer.note("stopped; nothing was exported");
            return Ok(ExitStatus::Interrupted);
        }
        written => written.context("nothing was exported")?,
    };
    inputs::tell_of_use(registry, &config, &*opened.input, printer);
    print(target, &place, &written, printer)?;
    Ok(ExitStatus::Success)
}

fn named(name: &str) -> Result<&'static str, String> {
    let known = || TARGETS.map(Target::name).join(", ");
    target(name).map(Target::name).ok_or_else(|| format!("expected one of {}", known()))
}

/// The settings, resolved. Where nothing names data, those of the named tasks' kind are built in.
fn settings(arguments: &ExportArgs, registry: &Registry) -> anyhow::Result<Config> {
    let ExportArgs { dataset, tasks, seed, set, .. } = arguments;
    let overrides = Overrides {
        dataset: dataset.clone(),
        tasks: tasks.clone(),
        seed: *seed,
        set: set.clone(),
        ..Overrides::default()
    };
    let mut defaults = Config::default();
    if let Some(task) = tasks.first() {
        let name = task.split_once('=').map_or(task.as_str(), |(name, _)| name);
        registry.default_config(name).usage()?;
        let modality = registry.modality_of(name)?;
        if modality.name() != defaults.data.modality {
            let built_in = modality.built_in().first().copied().unwrap_or_default();
            defaults.data = DataConfig { modality: modality.name().into(), dataset: built_in.into(), ..defaults.data };
        }
    }
    defaults.resolve_over(arguments.config.as_deref(), &overrides).usage()
}

/// Refuses a place that holds something.
fn refuse_used(place: &Path) -> anyhow::Result<()> {
    let empty = |folder: &Path| folder.read_dir().is_ok_and(|mut entries| entries.next().is_none());
    if place.exists() && !empty(place) {
        return Err(usage(format!(
            "{} is there already\nhint: name another folder with `--out`, or remove that one",
            place.display()
        )));
    }
    Ok(())
}

/// Tells which knobs of `--set` no question and no verdict depends on.
fn tell_of_unread(set: &[String], printer: &mut Printer) {
    for assignment in set {
        let knob = assignment.split_once('=').map_or("", |(knob, _)| knob.trim());
        let read = ["seed", "reward.answer_rule", "reward.truncated_counts"].contains(&knob)
            || ["data.", "tasks.", "task."].iter().any(|section| knob.starts_with(section));
        if !read {
            printer.note(&format!(
                "`--set {assignment}` has no effect: nothing is trained here, and rewards are verdicts"
            ));
        }
    }
}

/// Name of the executable that knows the tasks: this one's.
fn program() -> String {
    let path = env::current_exe().ok();
    let name = path.as_deref().and_then(Path::file_stem).map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "ssl4rl".into())
}

fn print(target: &dyn Target, place: &Path, written: &[Written], printer: &mut Printer) -> anyhow::Result<()> {
    if printer.is_json() {
        let of_task = |Written { task, counts: [train, held_out], chance }: &Written| json!({ "task": task, "train": train, "held_out": held_out, "chance": chance });
        let tasks: Vec<_> = written.iter().map(of_task).collect();
        printer.json(&json!({ "to": target.name(), "folder": place, "tasks": tasks }))?;
        return Ok(());
    }
    let width = written.iter().map(|of_task| of_task.task.len()).max().unwrap_or_default();
    let [(_, train), (_, held_out)] = PART_NAMES;
    printer.line(&format!("{:<width$}  {train:>8}  {held_out:>8}  chance", "task"))?;
    for Written { task, counts: [train, held_out], chance } in written {
        printer.line(&format!("{task:<width$}  {train:>8}  {held_out:>8}  {chance:.3}"))?;
    }
    let questions = counted(written.iter().flat_map(|of_task| of_task.counts).sum(), "question", "questions");
    printer.note(&format!(
        "{questions} for {} in {}: its README.md says how to go on",
        target.title(),
        place.display()
    ));
    Ok(())
}
