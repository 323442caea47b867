//! `ssl4rl data verify`: files compared with their checksums.

use std::path::PathBuf;

use serde::Serialize;

use super::super::{ExitStatus, Printer};
use crate::data::{Dataset, Imported, Places, checksum};
use crate::tasks::counted;

/// A file and what is wrong with it.
#[derive(Debug, Serialize)]
struct VerifiedFile {
    dataset: String,
    path: PathBuf,
    sha256: Option<String>,
    /// Why the file is not the known one.
    problem: Option<String>,
    /// Whether it is not there at all.
    absent: bool,
}

/// Checks what is there, and tells which files of it are absent; of datasets that the caller named, all must be there.
pub(super) fn run(
    datasets: &[&Dataset],
    imported: &[Imported],
    must_be_there: bool,
    places: &Places,
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    let mut verified = Vec::new();
    for dataset in datasets {
        let Some(presence) = places.find_best(dataset) else { continue };
        let wanted = must_be_there || !presence.found.is_empty();
        let absent = presence.missing.iter().filter(|file| wanted && file.optional_without.is_none());
        verified.extend(absent.map(|file| VerifiedFile {
            dataset: dataset.name.clone(),
            path: presence.folder.join(&file.path),
            sha256: None,
            problem: Some(format!("absent; `ssl4rl data fetch {}` gets it", dataset.name)),
            absent: true,
        }));
        for (file, path) in presence.found {
            let (sha256, problem) = match checksum::check(&path, &file) {
                Ok(checked) => {
                    let problem = checked.mismatch.map(|(expected, got)| format!("expected {expected}, got {got}"));
                    (Some(checked.sha256), problem)
                }
                Err(error) => (None, Some(error.to_string())),
            };
            verified.push(VerifiedFile { dataset: dataset.name.clone(), path, sha256, problem, absent: false });
        }
    }
    verified.extend(imported.iter().flat_map(verify_imported));
    let absent = verified.iter().filter(|file| file.absent).count();
    let wrong = verified.iter().filter(|file| file.problem.is_some()).count() - absent;
    if printer.is_json() {
        printer.json(&verified)?;
    } else {
        for file in &verified {
            let verdict = file.problem.as_deref().unwrap_or("ok");
            printer.line(&format!("{}: {verdict}", file.path.display()))?;
        }
    }
    let checked = counted((verified.len() - absent) as u64, "file", "files");
    let not_there = if absent > 0 { format!(", {absent} absent") } else { String::new() };
    printer.note(&format!("{checked} checked, {wrong} wrong{not_there}"));
    if verified.is_empty() {
        printer.note("none of these datasets is on this machine; `ssl4rl data fetch NAME` gets one");
    }
    let holds = wrong == 0 && (absent == 0 || !must_be_there);
    Ok(if holds { ExitStatus::Success } else { ExitStatus::Failure })
}

fn verify_imported(imported: &Imported) -> impl Iterator<Item = VerifiedFile> + '_ {
    imported.files.iter().map(|file| {
        let (sha256, problem) = match checksum::sha256(&file.path) {
            Ok(got) if got == file.sha256 => (Some(got), None),
            Ok(got) => (Some(got.clone()), Some(format!("expected sha256 {}, got sha256 {got}", file.sha256))),
            Err(_) if !file.path.exists() => {
                (None, Some("absent: it is no longer where `ssl4rl data import` found it".into()))
            }
            Err(error) => (None, Some(error.to_string())),
        };
        let absent = !file.path.exists();
        VerifiedFile { dataset: imported.name.clone(), path: file.path.clone(), sha256, problem, absent }
    })
}
