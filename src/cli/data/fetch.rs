//! `ssl4rl data fetch`: downloads with checksums, or what would be downloaded.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;

use super::super::{AsUsage, ExitStatus, Printer};
use super::list::Listed;
use crate::data::{self, Dataset, Fetcher, Manifest, PUBLIC_HOST, Places, Presence, Progress};
use crate::report::progress::Bar;
use crate::tasks::counted;

/// A file that is not on this machine.
#[derive(Debug, Serialize)]
struct Wanted {
    dataset: String,
    path: PathBuf,
    url: String,
    member: Option<String>,
    bytes: Option<u64>,
}

/// Downloads what is absent.
pub(super) fn run(
    manifest: &Manifest,
    datasets: &[&Dataset],
    places: &Places,
    dry_run: bool,
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    let folder =
        places.download.as_deref().context("no folder to download to is known\nhint: pass `--data-dir`").usage()?;
    if dry_run {
        return show_wanted(datasets, folder, printer);
    }
    let fetcher = Fetcher::new(manifest);
    let mut complete = Vec::new();
    for dataset in datasets {
        let mut bar = FileBar::new(printer);
        let count = data::fetch_dataset(dataset, folder, true, &fetcher, &mut |progress| bar.show(progress)).usage()?;
        drop(bar);
        let files = counted(count as u64, "file", "files");
        printer.note(&format!("{}: {files} fetched; licence: {}", dataset.name, dataset.licence));
        complete.push(Listed::new(dataset, places));
    }
    if printer.is_json() {
        printer.json(&complete)?;
    } else {
        for dataset in &complete {
            printer.line(&format!("{:<15} {}", dataset.name, dataset.state()))?;
        }
    }
    Ok(ExitStatus::Success)
}

fn show_wanted(datasets: &[&Dataset], folder: &Path, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let mut wanted = Vec::new();
    for dataset in datasets {
        wanted.extend(Presence::of(dataset, folder).missing.into_iter().map(|file| Wanted {
            dataset: dataset.name.clone(),
            path: folder.join(&file.path),
            url: file.address.url(PUBLIC_HOST),
            member: file.address.member,
            bytes: file.size,
        }));
    }
    if printer.is_json() {
        printer.json(&wanted)?;
        return Ok(ExitStatus::Success);
    }
    for file in &wanted {
        let member = file.member.as_ref().map(|member| format!(" (member `{member}`)")).unwrap_or_default();
        printer.line(&format!("{}  from  {}{member}", file.path.display(), file.url))?;
    }
    printer.note(&format!("{} would be fetched", counted(wanted.len() as u64, "file", "files")));
    Ok(ExitStatus::Success)
}

/// One bar at a time: that of the file in progress.
struct FileBar<'printer> {
    printer: &'printer Printer,
    current: Option<(String, Bar)>,
}

impl<'printer> FileBar<'printer> {
    fn new(printer: &'printer Printer) -> Self {
        Self { printer, current: None }
    }

    fn show(&mut self, progress: Progress<'_>) {
        if self.current.as_ref().is_none_or(|(path, _)| path != progress.path) {
            let bar = self.printer.progress().bytes(progress.path, progress.total.unwrap_or_default());
            self.current = Some((progress.path.to_owned(), bar));
        }
        if let Some((_, bar)) = &self.current {
            bar.set_position(progress.bytes);
        }
    }
}
