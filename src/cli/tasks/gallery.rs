//! `ssl4rl tasks gallery`: a page with a sample and the knobs of every task of a modality.

use clap::Args;
use serde_json::json;

use crate::cli::{AsUsage, ExitStatus, Printer};
use crate::tasks::gallery::{Exhibit, page};
use crate::tasks::{Place, Registry};

/// Arguments of `ssl4rl tasks gallery`.
#[derive(Debug, Args)]
pub(super) struct GalleryArgs {
    /// Kind of data whose tasks are shown
    #[arg(long, value_name = "NAME", default_value = "graph")]
    modality: String,
}

pub(super) fn run(arguments: &GalleryArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let mut exhibits = Vec::new();
    // A task is shown on the first of the data that need no file and can carry it.
    let modality = registry.modality(&arguments.modality).usage()?;
    for &name in modality.built_in() {
        let opened = modality.open(name, &Place { offline: true, ..Place::default() });
        exhibits.push(Exhibit { name, input: opened.map_err(anyhow::Error::from_boxed)?.input });
    }
    let page = page(registry, modality.name(), &exhibits)?;
    if printer.is_json() {
        printer.json(&json!({ "modality": modality.name(), "markdown": page }))?;
    } else {
        printer.line(page.trim_end())?;
    }
    Ok(ExitStatus::Success)
}
