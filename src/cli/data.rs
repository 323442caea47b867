//! `ssl4rl data`: what datasets there are, where they lie, and whether they are intact.

mod contents;
mod fetch;
mod import;
mod list;
mod verify;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{AsUsage, ExitStatus, Printer, unread};
use crate::data::{DataOptions, Dataset, Imported, Manifest, Places};
use crate::tasks::Registry;
use import::ImportArgs;

/// List, download, check and try out datasets
#[derive(Debug, Args)]
pub struct DataArgs {
    #[command(subcommand)]
    action: Action,
    /// Folder of datasets, searched before `$SSL4RL_DATA` and the cache; downloads go there
    #[arg(long, value_name = "DIR", global = true)]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the known datasets, their licences, and where they lie on this machine
    List,
    /// Download datasets, with checksums; goes on where an earlier download stopped
    Fetch {
        /// Datasets by name
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        /// Say what would be downloaded, and from where
        #[arg(long)]
        dry_run: bool,
    },
    /// Compare the files on this machine with their checksums
    Verify {
        /// Datasets by name; without any, all that are on this machine
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Read a dataset of your own, say what is in it, and keep it under a name for `--dataset`; nothing is copied
    Import(ImportArgs),
}

/// Runs the verb.
pub fn run(arguments: DataArgs, _registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let manifest = Manifest::embedded()?;
    let places = Places::new(&DataOptions { data_dir: arguments.data_dir.clone(), ..DataOptions::default() });
    if matches!(arguments.action, Action::List | Action::Verify { .. }) {
        unread::tell_of_absent(arguments.data_dir.as_deref(), printer);
    }
    match arguments.action {
        Action::List => list::run(manifest, &places, printer),
        Action::Fetch { names, dry_run } => fetch::run(manifest, &named(manifest, &names)?, &places, dry_run, printer),
        Action::Verify { names } => {
            let (imported, names_left) = imported_and_others(&names, &places)?;
            let must_be_there = !names.is_empty();
            let public =
                if must_be_there && names_left.is_empty() { Vec::new() } else { named(manifest, &names_left)? };
            verify::run(&public, &imported, must_be_there, &places, printer)
        }
        Action::Import(arguments) => import::run(&arguments, &places, printer),
    }
}

/// Datasets by name; all where none is named.
fn named<'manifest>(manifest: &'manifest Manifest, names: &[String]) -> anyhow::Result<Vec<&'manifest Dataset>> {
    if names.is_empty() {
        return Ok(manifest.datasets.iter().collect());
    }
    names.iter().map(|name| manifest.find(name)).collect::<Result<_, _>>().usage()
}

/// The imported datasets among the names, and the other names; all imported ones where none is named.
fn imported_and_others(names: &[String], places: &Places) -> anyhow::Result<(Vec<Imported>, Vec<String>)> {
    let all = Imported::all(places).usage()?;
    if names.is_empty() {
        return Ok((all, Vec::new()));
    }
    let (imported, others) =
        names.iter().cloned().partition::<Vec<String>, _>(|name| all.iter().any(|one| one.name == *name));
    Ok((all.into_iter().filter(|one| imported.contains(&one.name)).collect(), others))
}

/// `272,115`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
