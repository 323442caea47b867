//! `ssl4rl tasks gallery`: a page with a sample and the knobs of every graph task.

use std::sync::Arc;

use clap::Args;

use crate::cli::{ExitStatus, Printer};
use crate::data::{self, DataOptions};
use crate::tasks::Registry;
use crate::tasks::gallery::{Exhibit, page};

/// Graphs that need no file; a task is shown on the first that can carry it.
const BUILT_IN: [&str; 2] = ["synthetic", "knowledge"];

/// Arguments of `ssl4rl tasks gallery`.
#[derive(Debug, Args)]
pub(super) struct GalleryArgs {}

pub(super) fn run(_arguments: &GalleryArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let mut exhibits = Vec::new();
    for name in BUILT_IN {
        let graph = data::load(name, &DataOptions { offline: true, ..DataOptions::default() })?.graph;
        exhibits.push(Exhibit { name, input: Arc::new(graph) });
    }
    printer.line(page(registry, "graph", &exhibits)?.trim_end())?;
    Ok(ExitStatus::Success)
}
