//! `ssl4rl data list`: the known and the imported datasets, and what of them is on this machine.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::super::{AsUsage, ExitStatus, Printer};
use super::grouped;
use crate::data::{Dataset, Imported, Manifest, Places, Presence};
use crate::tasks::noun;

/// A dataset and where it lies.
#[derive(Debug, Serialize)]
pub(super) struct Listed<'manifest> {
    pub(super) name: &'manifest str,
    title: String,
    source: String,
    licence: &'manifest str,
    nodes: u64,
    edges: u64,
    relations: Option<u64>,
    /// Whether it can be loaded without a download.
    present: bool,
    folder: Option<PathBuf>,
    missing: Vec<String>,
}

impl<'manifest> Listed<'manifest> {
    pub(super) fn new(dataset: &'manifest Dataset, places: &Places) -> Self {
        let presence = places.find_best(dataset).filter(|presence| !presence.found.is_empty());
        let missing = |presence: &Presence| presence.missing.iter().map(|file| file.path.clone()).collect();
        Self {
            name: &dataset.name,
            title: dataset.title.clone(),
            source: dataset.source.clone(),
            licence: &dataset.licence,
            nodes: dataset.nodes,
            edges: dataset.edges,
            relations: dataset.relations,
            present: presence.as_ref().is_some_and(Presence::is_complete),
            missing: presence.as_ref().map_or_else(Vec::new, missing),
            folder: presence.map(|presence| presence.folder),
        }
    }

    fn imported(imported: &'manifest Imported) -> Self {
        let missing = imported.files.iter().filter(|file| !file.path.is_file());
        let missing: Vec<String> = missing.map(|file| file.path.display().to_string()).collect();
        Self {
            name: &imported.name,
            title: format!("imported from {}", imported.source.path.display()),
            source: imported.source.path.display().to_string(),
            licence: "your own",
            nodes: imported.nodes,
            edges: imported.edges,
            relations: Some(imported.relations).filter(|&relations| relations > 0),
            present: missing.is_empty(),
            missing,
            folder: imported.source.path.parent().map(Path::to_owned),
        }
    }

    pub(super) fn state(&self) -> String {
        match &self.folder {
            None => "not on this machine".into(),
            Some(folder) if self.missing.is_empty() => format!("complete in {}", folder.display()),
            Some(folder) => {
                let usable = if self.present { "usable" } else { "incomplete" };
                format!("{usable} in {}, without {}", folder.display(), self.missing.join(", "))
            }
        }
    }
}

/// Lists them.
pub(super) fn run(manifest: &Manifest, places: &Places, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let imported = Imported::all(places).usage()?;
    let public = manifest.datasets.iter().map(|dataset| Listed::new(dataset, places));
    let listed: Vec<Listed<'_>> = public.chain(imported.iter().map(Listed::imported)).collect();
    if printer.is_json() {
        printer.json(&listed)?;
        return Ok(ExitStatus::Success);
    }
    for dataset in &listed {
        let relations = dataset
            .relations
            .map(|count| format!(", {}", with_noun(count, "relation", "relations")))
            .unwrap_or_default();
        let (nodes, edges) = (with_noun(dataset.nodes, "node", "nodes"), with_noun(dataset.edges, "edge", "edges"));
        printer.line(&format!("{:<15} {}", dataset.name, dataset.title))?;
        printer.line(&format!("{:<15} {nodes}, {edges}{relations}; {}", "", dataset.state()))?;
        printer.line(&format!("{:<15} licence: {}", "", dataset.licence))?;
    }
    printer.note("generated graphs (`synthetic`, `sbm:n=500,k=5`, …) need no files");
    Ok(ExitStatus::Success)
}

fn with_noun(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), noun(count, one, many))
}
