//! The data and the tasks that settings name, for verbs that ask questions.

use std::any::Any;
use std::sync::Arc;

use super::data_args::DataArgs;
use super::{AsUsage, Printer, exit, unread};
use crate::config::Config;
use crate::graph::Graph;
use crate::tasks::{Mixture, Opened, Place, Registry};

/// Opens the data the settings name and passes their notes on.
pub(super) fn open(
    registry: &Registry,
    config: &Config,
    arguments: &DataArgs,
    printer: &mut Printer,
) -> anyhow::Result<Opened> {
    let place = place(arguments, config);
    let modality = registry.modality(&config.data.modality).usage()?;
    let opened = exit::opened(modality.open(&config.data.dataset, &place))?;
    for note in &opened.notes {
        printer.note(note);
    }
    // A download would have made it.
    unread::tell_of_absent(arguments.data_dir.as_deref(), printer);
    // The setting says which part of a graph is trained on; other data have no such parts.
    let input = match opened.input.downcast::<Graph>() {
        Ok(graph) => Arc::new(config.data.setting.training_graph(Arc::unwrap_or_clone(graph)).usage()?),
        Err(other) => other,
    };
    Ok(Opened { input, ..opened })
}

/// Tells what turned out about an input while it was used.
pub(super) fn tell_of_use(
    registry: &Registry,
    config: &Config,
    input: &(dyn Any + Send + Sync),
    printer: &mut Printer,
) {
    let modality = registry.modality(&config.data.modality);
    for note in modality.map(|modality| modality.found_in_use(input)).unwrap_or_default() {
        printer.note(&note);
    }
}

/// Where the data of a run are looked for.
pub(super) fn place(arguments: &DataArgs, config: &Config) -> Place {
    Place { data_dir: arguments.data_dir.clone(), offline: arguments.offline, seed: config.seed }
}

/// The tasks that the settings ask for, over `input`.
pub(super) fn mixture(
    registry: &Registry,
    config: &Config,
    input: Arc<dyn Any + Send + Sync>,
) -> anyhow::Result<Mixture> {
    Mixture::choose(registry, &config.data.modality, &config.tasks, &config.task, input, config.seed).usage()
}
