//! `ssl4rl tasks show`: real samples of one task, or its settings.

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::{DataPlace, SplitName, configured};
use crate::cli::{AsUsage, ExitStatus, Printer, at_least, usage};
use crate::tasks::{
    BlobReference, DynSample, DynTask, Knob, Registry, Split, TaskRng, blob_references, prompt_text, protocol,
};

/// Arguments of `ssl4rl tasks show`.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// Task name, as `ssl4rl tasks` lists it
    name: String,
    /// Setting of the task, `KNOB=VALUE`; may be given more than once
    #[arg(long = "set", value_name = "KNOB=VALUE")]
    settings: Vec<String>,
    /// Dataset name, path, or generator such as `sbm:n=500,k=5`; the first built-in one when absent
    #[arg(long, value_name = "NAME|PATH")]
    dataset: Option<String>,
    #[command(flatten)]
    place: DataPlace,
    /// Number of samples
    #[arg(short = 'n', long = "samples", value_name = "N", default_value_t = 3, value_parser = at_least::<1, u64>)]
    count: u64,
    /// First sample
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = at_least::<0, u64>)]
    index: u64,
    /// Which part of the data the samples are for
    #[arg(long, value_enum, default_value_t)]
    split: SplitName,
    /// Print the task's settings as a settings file has them, and no samples
    #[arg(long, conflicts_with_all = ["dataset", "count", "index", "split", "data_dir", "offline", "seed"])]
    config: bool,
}

/// One sample as it is printed.
#[derive(Debug, Serialize)]
pub struct Shown {
    task: &'static str,
    split: Split,
    seed: u64,
    index: u64,
    prompt: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    media: Vec<BlobReference>,
    answer: String,
    chance: f32,
    scoring: &'static str,
    truth: Value,
}

impl Shown {
    /// Sample `index` of a task's questions of `seed`.
    pub fn of(task: &dyn DynTask, split: Split, seed: u64, index: u64, sample: &DynSample) -> anyhow::Result<Self> {
        let oracle = task.oracle(&sample.truth)?;
        Ok(Self {
            task: task.name(),
            split,
            seed,
            index,
            prompt: prompt_text(&sample.prompt),
            media: blob_references(&sample.prompt),
            answer: protocol::answer(&oracle).unwrap_or(&oracle).to_owned(),
            chance: sample.chance,
            scoring: task.scoring(),
            truth: sample.truth.clone(),
        })
    }
}

pub(super) fn run(arguments: &ShowArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let config = configured(registry, &arguments.name, &arguments.settings)?;
    let task = registry.build(&arguments.name, Some(config)).usage()?;
    if arguments.config {
        show_config(&*task, &registry.knobs(&arguments.name).usage()?, printer)?;
        return Ok(ExitStatus::Success);
    }
    let modality = registry.modality_of(task.name())?;
    let dataset = arguments.dataset.as_deref().or_else(|| modality.built_in().first().copied()).unwrap_or_default();
    let input = arguments.place.input(modality, dataset, printer)?;
    task.check_input(&*input).usage()?;
    let end = arguments.index.checked_add(arguments.count);
    let end = end.ok_or_else(|| usage("`--index` and `--samples` together are more than samples have numbers"))?;
    if !printer.is_json() {
        let summary = registry.tasks().find(|(name, _)| *name == task.name()).map_or("", |(_, summary)| summary);
        printer.line(&format!("{}: {summary}\nScoring: {}\n", task.name(), task.scoring()))?;
        printer.note(&format!("`ssl4rl tasks show {} --config` lists its settings", task.name()));
    }
    for index in arguments.index..end {
        let split = arguments.split.into();
        let sample = task.sample(&*input, &mut TaskRng::new(arguments.place.seed, task.name(), split, index), index)?;
        print_sample(&Shown::of(&*task, split, arguments.place.seed, index, &sample)?, printer)?;
    }
    Ok(ExitStatus::Success)
}

fn print_sample(shown: &Shown, printer: &mut Printer) -> anyhow::Result<()> {
    if printer.is_json() {
        printer.json(shown)?;
        return Ok(());
    }
    printer.line(&format!("--- {} {} {}, seed {}", shown.task, shown.split.name(), shown.index, shown.seed))?;
    printer.line(&shown.prompt)?;
    for (at, BlobReference { mime, length, blake3, source }) in shown.media.iter().enumerate() {
        let source = source.as_ref().map(|source| format!(" made from {source},")).unwrap_or_default();
        printer.line(&format!("--- medium {}: {mime},{source} {length} bytes, blake3 {}", at + 1, &blake3[..16]))?;
    }
    printer.line(&format!("--- right answer: {}, chance {:.3}", shown.answer, shown.chance))?;
    printer.line("")?;
    Ok(())
}

/// Prints the settings: JSON, or the table a settings file would hold, with what each knob means.
fn show_config(task: &dyn DynTask, knobs: &[Knob], printer: &mut Printer) -> anyhow::Result<()> {
    if printer.is_json() {
        printer.json(task.config())?;
        return Ok(());
    }
    printer.line(&format!("[task.{:?}]", task.name()))?;
    for Knob { path, default, about } in knobs {
        let value = path.split('.').try_fold(task.config(), |place, part| place.get(part)).unwrap_or(default);
        if !about.is_empty() {
            printer.line(&format!("# {about}"))?;
        }
        // A knob without a value has no form in TOML; leaving it out says the same.
        match value {
            Value::Null => printer.line(&format!("# {path} is not set"))?,
            value => printer.line(&format!("{path} = {}", toml::Value::try_from(value)?))?,
        }
    }
    Ok(())
}
