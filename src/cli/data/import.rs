//! `ssl4rl data import`: a dataset of the user's, read, described and kept under a name.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::super::{AsUsage, ExitStatus, Printer};
use super::contents::Contents;
use crate::data::{ImportError, Imported, Places, UserGraph};

/// The files, and what they are to be called.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// Folder, or file with the edges; `--dataset PATH` takes the same
    path: PathBuf,
    /// What `--dataset` is to call it; without it, the file's or folder's own name
    #[arg(long)]
    name: Option<String>,
    /// Table of nodes: a first line with the names of columns, an id a line
    #[arg(long, value_name = "FILE")]
    nodes: Option<PathBuf>,
    /// Table of what is known of edges: source, target, and weight or relation
    #[arg(long, value_name = "FILE")]
    edges: Option<PathBuf>,
    /// Edges have a direction, whatever the files say
    #[arg(long, conflicts_with = "undirected")]
    directed: bool,
    /// Edges have no direction, whatever the files say
    #[arg(long)]
    undirected: bool,
    /// Let the name stand for these files from now on
    #[arg(long)]
    replace: bool,
}

/// Reads the files and keeps their name.
pub(super) fn run(arguments: &ImportArgs, places: &Places, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let directed = (arguments.directed || arguments.undirected).then_some(arguments.directed);
    let (nodes, edges) = (arguments.nodes.clone(), arguments.edges.clone());
    let source = UserGraph { path: arguments.path.clone(), nodes, edges, directed }.absolute().usage()?;
    let loaded = source.load().usage()?;
    let name = arguments.name.clone().unwrap_or_else(|| source.default_name());
    let imported = Imported::new(&name, source, &loaded).usage()?;
    let folder =
        places.download.as_deref().context("no folder to keep it in is known\nhint: pass `--data-dir`").usage()?;
    let manifest = match Imported::find(&name, places).usage()? {
        Some(other) if other.source.path != imported.source.path && !arguments.replace => {
            return Err(ImportError::Taken { name, path: other.source.path }).usage();
        }
        _ => imported.save(folder).usage()?,
    };
    let contents = Contents::of(&name, &imported.source.path, &loaded);
    if let Some(doubt) = contents.doubt() {
        printer.warning(&doubt);
    }
    if printer.is_json() {
        printer.json(&Report { manifest: &manifest, contents })?;
        return Ok(ExitStatus::Success);
    }
    for line in contents.lines() {
        printer.line(&line)?;
    }
    printer.note(&format!("use it with `--dataset {name}`; files and checksums are noted in {}", manifest.display()));
    printer.note("nothing was copied, so keep the files where they are");
    Ok(ExitStatus::Success)
}

/// What is printed for programs.
#[derive(Serialize)]
struct Report<'manifest> {
    manifest: &'manifest Path,
    #[serde(flatten)]
    contents: Contents,
}
