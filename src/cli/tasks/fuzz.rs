//! `ssl4rl tasks fuzz`: random and mutated completions for every verifier.

use std::collections::BTreeMap;

use clap::Args;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::DataPlace;
use crate::cli::{AsUsage, ExitStatus, Printer, usage};
use crate::graph::Graph;
use crate::tasks::conformance::{FuzzReport, fuzz};
use crate::tasks::{DynTask, Registry, TaskError};

/// Arguments of `ssl4rl tasks fuzz`.
#[derive(Debug, Args)]
pub(super) struct FuzzArgs {
    /// Task name; all graph tasks when absent
    name: Option<String>,
    /// Completions a verifier, shared by the tasks that use it
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100_000)]
    completions: usize,
    /// Data to draw questions from; a task takes the first that can carry it
    #[arg(long, value_name = "NAME|PATH", default_values = ["synthetic", "knowledge"])]
    dataset: Vec<String>,
    #[command(flatten)]
    place: DataPlace,
}

pub(super) fn run(arguments: &FuzzArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let graphs: Vec<Graph> =
        arguments.dataset.iter().map(|dataset| arguments.place.graph(dataset, printer)).collect::<Result<_, _>>()?;
    let wanted = |name: &str| arguments.name.as_deref().map_or(name.starts_with("graph/"), |wanted| wanted == name);
    if let Some(name) = &arguments.name {
        registry.default_config(name).usage()?;
    }
    let mut subjects: Vec<(Box<dyn DynTask>, &Graph)> = Vec::new();
    for (name, _) in registry.tasks().filter(|(name, _)| wanted(name)) {
        let task = registry.build(name, None)?;
        match graphs.iter().find(|graph| task.check_input(*graph).is_ok()) {
            Some(graph) => subjects.push((task, graph)),
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
        .map(|(task, graph)| {
            let share = arguments.completions.div_ceil(users[task.verifier_name()]);
            fuzz(&**task, *graph, share, arguments.place.seed)
        })
        .collect();
    drop(std::panic::take_hook());
    let reports = reports?;
    print(&reports, printer)?;
    Ok(if reports.iter().all(|report| report.fault.is_none()) { ExitStatus::Success } else { ExitStatus::Failure })
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
