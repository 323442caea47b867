//! `ssl4rl tasks check`: the conformance kit over one task or all, and one dataset or several.

use std::any::Any;

use clap::Args;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde::Serialize;
use serde_json::Value;

use super::{DataPlace, configured};
use crate::cli::{AsUsage, ExitStatus, Printer, at_least, usage};
use crate::tasks::conformance::{Report, Settings, check};
use crate::tasks::{Modality, Registry, RegistryError, TaskError, counted, makes_any_sample};

/// Arguments of `ssl4rl tasks check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Task name, as `ssl4rl tasks` lists it; all tasks of the modality when absent
    name: Option<String>,
    /// Setting of the task, `KNOB=VALUE`; may be given more than once
    #[arg(long = "set", value_name = "KNOB=VALUE", requires = "name")]
    settings: Vec<String>,
    /// Kind of data whose tasks are checked where no task is named
    #[arg(long, value_name = "NAME", default_value = "graph", conflicts_with = "name")]
    modality: String,
    /// Dataset name, path, or generator such as `sbm:n=500,k=5`; may be given more than once. The first built-in one when absent
    #[arg(long, value_name = "NAME|PATH")]
    dataset: Vec<String>,
    /// Every dataset on this machine, and the built-in ones
    #[arg(long, conflicts_with = "dataset")]
    all_datasets: bool,
    #[command(flatten)]
    place: DataPlace,
    /// Training questions made; fewer make the statistical laws blunt
    #[arg(short = 'n', long = "samples", value_name = "N", default_value_t = 2000, value_parser = at_least::<1, usize>)]
    count: usize,
}

/// One task over one dataset.
#[derive(Serialize)]
struct Checked<'run> {
    dataset: &'run str,
    task: &'run str,
    /// Why the task cannot be made from the data, if so.
    unusable: Option<String>,
    report: Option<Report>,
}

impl Checked<'_> {
    fn holds(&self) -> bool {
        self.report.as_ref().is_none_or(Report::holds)
    }
}

pub(super) fn run(arguments: &CheckArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let tasks: Vec<(&str, Option<Value>)> = if let Some(name) = &arguments.name {
        vec![(name, Some(configured(registry, name, &arguments.settings)?))]
    } else {
        let prefix = format!("{}/", arguments.modality);
        registry.tasks().filter(|(name, _)| name.starts_with(&prefix)).map(|(name, _)| (name, None)).collect()
    };
    let modality = match &arguments.name {
        Some(name) => registry.modality_of(name),
        None => registry.modality(&arguments.modality),
    };
    let modality = modality.usage()?;
    for (name, config) in &tasks {
        registry.build(name, config.clone()).usage()?;
    }
    let datasets = arguments.datasets(modality)?;
    let settings = Settings { samples: arguments.count, seed: arguments.place.seed, ..Settings::default() };
    let of_dataset = datasets.iter().map(String::len).max().unwrap_or_default();
    let mut all_hold = true;
    for dataset in &datasets {
        let input = arguments.place.input(modality, dataset, printer)?;
        let checked: Result<Vec<Checked<'_>>, RegistryError> = tasks
            .par_iter()
            .map(|(name, config)| examine(registry, name, config.as_ref(), dataset, &*input, &settings))
            .collect();
        let checked = checked?;
        all_hold &= checked.iter().all(Checked::holds);
        match (&arguments.name, &checked[..]) {
            (Some(name), [Checked { unusable: Some(reason), .. }]) if datasets.len() == 1 => {
                return Err(usage(format!("{name} cannot be made from this data: {reason}")));
            }
            (Some(_), [Checked { report: Some(report), .. }]) if datasets.len() == 1 => print_one(report, printer)?,
            _ => print_all(&checked, of_dataset, printer)?,
        }
    }
    Ok(if all_hold { ExitStatus::Success } else { ExitStatus::Failure })
}

impl CheckArgs {
    /// What the tasks are checked on.
    fn datasets(&self, modality: &dyn Modality) -> anyhow::Result<Vec<String>> {
        let built_in = modality.built_in().iter().copied().map(String::from);
        if self.all_datasets {
            let present = modality.present(&self.place.place()).map_err(anyhow::Error::from_boxed)?;
            return Ok(built_in.chain(present).collect());
        }
        Ok(if self.dataset.is_empty() { built_in.take(1).collect() } else { self.dataset.clone() })
    }
}

fn examine<'run>(
    registry: &Registry,
    name: &'run str,
    config: Option<&Value>,
    dataset: &'run str,
    input: &(dyn Any + Send + Sync),
    settings: &Settings,
) -> Result<Checked<'run>, RegistryError> {
    let build = || registry.build(name, config.cloned());
    let unusable = |reason| Ok(Checked { dataset, task: name, unusable: Some(reason), report: None });
    let task = build()?;
    // Data that never makes a question of it breaks no law; data that only sometimes does is held to all of them.
    if task.check_input(input).is_ok() && !makes_any_sample(&*task, input, settings.seed) {
        return unusable("no draw made a question".into());
    }
    match check(build, input, settings) {
        Ok(report) => Ok(Checked { dataset, task: name, unusable: None, report: Some(report) }),
        Err(RegistryError::Task(TaskError::Unusable { reason, .. })) => unusable(reason),
        Err(error) => Err(error),
    }
}

fn print_one(report: &Report, printer: &mut Printer) -> anyhow::Result<()> {
    if printer.is_json() {
        printer.json(report)?;
    } else {
        printer.line(report.to_string().trim_end())?;
    }
    Ok(())
}

/// A line a task, and one for every broken law; `of_dataset` is the width of the data's column.
fn print_all(checked: &[Checked<'_>], of_dataset: usize, printer: &mut Printer) -> anyhow::Result<()> {
    let width = checked.iter().map(|one| one.task.len()).max().unwrap_or_default();
    for one in checked {
        if printer.is_json() {
            printer.json(one)?;
            continue;
        }
        let state = match (&one.unusable, &one.report) {
            (Some(reason), _) => format!("cannot be made: {reason}"),
            (None, Some(report)) if report.holds() => {
                format!("conforms ({})", counted(report.samples as u64, "question", "questions"))
            }
            (None, Some(report)) => format!("BREAKS {} of the laws", report.broken().count()),
            (None, None) => String::new(),
        };
        printer.line(&format!("{:<of_dataset$}  {:<width$}  {state}", one.dataset, one.task))?;
        for finding in one.report.iter().flat_map(Report::broken) {
            printer.line(&format!("{:<12} {:<width$}  {}: {}", "", "", finding.law, finding.evidence))?;
        }
    }
    Ok(())
}
