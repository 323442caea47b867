//! `ssl4rl vision tasks show NAME`: samples of a task as files to look at.

use std::path::PathBuf;

use serde::Serialize;
use ssl4rl::cli::tasks::{Shown, configured};
use ssl4rl::cli::{AsUsage, ExitStatus, Printer, at_least};
use ssl4rl_tasks::{Place, Registry, Split, TaskRng};

use crate::sheet;

/// Arguments of `ssl4rl vision tasks show`.
#[derive(Debug, clap::Args)]
pub(super) struct ShowImageArgs {
    /// Task name, as `ssl4rl vision tasks` lists it
    name: String,
    /// Setting of the task, `KNOB=VALUE`; may be given more than once
    #[arg(long = "set", value_name = "KNOB=VALUE")]
    settings: Vec<String>,
    /// Folder of images, a file of them, or `scenes:size=448` and the like
    #[arg(long, value_name = "DIR|NAME", default_value = "scenes:size=448")]
    images: String,
    /// Side of the shown pictures, in pixels
    #[arg(long, value_name = "N", default_value_t = 448)]
    size: usize,
    /// Number of samples
    #[arg(short = 'n', long = "samples", value_name = "N", default_value_t = 3, value_parser = at_least::<1, u64>)]
    count: u64,
    /// Seed of the questions, and of the scenes where these name none
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Folder that the files are written into
    #[arg(long, value_name = "DIR", default_value = "samples")]
    out: PathBuf,
}

/// A sample and the files that hold it.
#[derive(Serialize)]
struct Written {
    #[serde(flatten)]
    sample: Shown,
    files: Vec<PathBuf>,
}

pub(super) fn run(arguments: &ShowImageArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let size = format!("show.size={}", arguments.size);
    let settings: Vec<String> = std::iter::once(size).chain(arguments.settings.iter().cloned()).collect();
    let config = configured(registry, &arguments.name, &settings)?;
    let task = registry.build(&arguments.name, Some(config)).usage()?;
    let modality = registry.modality_of(task.name()).usage()?;
    let place = Place { seed: arguments.seed, ..Place::default() };
    let opened = modality.open(&arguments.images, &place).map_err(anyhow::Error::from_boxed).usage()?;
    for note in &opened.notes {
        printer.note(note);
    }
    task.check_input(&*opened.input).usage()?;
    let stem = task.name().rsplit('/').next().unwrap_or_default();
    for index in 0..arguments.count {
        let mut stream = TaskRng::new(arguments.seed, task.name(), Split::Train, index);
        let sample = task.sample(&*opened.input, &mut stream, index)?;
        let files = sheet::save(&sample, &arguments.out, &format!("{stem}-{index}"))?;
        if printer.is_json() {
            let sample = Shown::of(&*task, Split::Train, arguments.seed, index, &sample)?;
            printer.json(&Written { sample, files })?;
        } else {
            for path in files {
                printer.line(&path.display().to_string())?;
            }
        }
    }
    for note in modality.found_in_use(&*opened.input) {
        printer.note(&note);
    }
    Ok(ExitStatus::Success)
}
