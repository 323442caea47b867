//! `ssl4rl tasks fuzz`: random and mutated completions for every verifier.

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::Args;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::{DataPlace, Input, configured};
use crate::cli::{AsUsage, ExitStatus, Printer, at_least, usage};
use crate::tasks::conformance::{FuzzReport, fuzz};
use crate::tasks::{DynTask, Modality, Registry, TaskError};

/// Arguments of `ssl4rl tasks fuzz`.
#[derive(Debug, Args)]
pub(super) struct FuzzArgs {
    /// Task name; every task when absent
    name: Option<String>,
    /// Setting of the task, `KNOB=VALUE`, as for answers of another form; may be given more than once
    #[arg(long = "set", value_name = "KNOB=VALUE", requires = "name")]
    settings: Vec<String>,
    /// Completions a verifier, shared by the tasks that use it
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100_000, value_parser = at_least::<1, usize>)]
    completions: usize,
    /// Data to draw questions from; a task takes the first that can carry it. The built-in ones when absent
    #[arg(long, value_name = "NAME|PATH")]
    dataset: Vec<String>,
    #[command(flatten)]
    place: DataPlace,
}

pub(super) fn run(arguments: &FuzzArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let wanted = |name: &str| arguments.name.as_deref().is_none_or(|wanted| wanted == name);
    let config = match &arguments.name {
        Some(name) => Some(configured(registry, name, &arguments.settings)?),
        None => None,
    };
    let mut inputs: BTreeMap<&str, Vec<Input>> = BTreeMap::new();
    let mut subjects: Vec<(Box<dyn DynTask>, Input)> = Vec::new();
    for (name, _) in registry.tasks().filter(|(name, _)| wanted(name)) {
        let task = registry.build(name, config.clone()).usage()?;
        let modality = registry.modality_of(name)?;
        if !inputs.contains_key(modality.name()) {
            inputs.insert(modality.name(), arguments.inputs(modality, printer)?);
        }
        match inputs[modality.name()].iter().find(|input| task.check_input(&***input).is_ok()) {
            Some(input) => subjects.push((task, Arc::clone(input))),
            None if arguments.name.is_some() => return Err(usage(format!("{name} cannot be made from this data"))),
            None => printer.note(&format!("{name} cannot be made from this data")),
        }
    }
    let mut users: BTreeMap<&str, usize> = BTreeMap::new();
    for (task, _) in &subjects {
        *users.entry(task.verifier_name()).or_default() += 1;
    }
    // A panic is a finding, which the report tells; the message of every one would drown it.
    std::panic::set_hook(Box::new(|_| {}));
    let reports: Result<Vec<FuzzReport>, TaskError> = subjects
        .par_iter()
        .map(|(task, input)| {
            let share = arguments.completions.div_ceil(users[task.verifier_name()]);
            fuzz(&**task, &**input, share, arguments.place.seed)
        })
        .collect();
    drop(std::panic::take_hook());
    let reports = reports?;
    print(&reports, printer)?;
    Ok(if reports.iter().all(|report| report.fault.is_none()) { ExitStatus::Success } else { ExitStatus::Failure })
}

impl FuzzArgs {
    /// What questions of `modality` are drawn from.
    fn inputs(&self, modality: &dyn Modality, printer: &mut Printer) -> anyhow::Result<Vec<Input>> {
        let named: Vec<&str> = self.dataset.iter().map(String::as_str).collect();
        let datasets = if named.is_empty() { modality.built_in() } else { &named };
        datasets.iter().map(|dataset| self.place.input(modality, dataset, printer)).collect()
    }
}

fn print(reports: &[FuzzReport], printer: &mut Printer) -> anyhow::Result<()> {
    let width = reports.iter().map(|report| report.task.len()).max().unwrap_or_default();
    for report in reports {
        if printer.is_json() {
            printer.json(report)?;
            continue;
        }
        let state = report.fault.as_ref().map_or_else(|| "sound".to_owned(), |fault| format!("FAULT: {fault}"));
        printer.line(&format!(
            "{:<width$}  {:>9} completions, {:>7} right, slowest {:.2} ms, {state}",
            report.task,
            report.completions,
            report.right,
            report.slowest_s * 1e3
        ))?;
    }
    Ok(())
}
