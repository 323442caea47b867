//! `ssl4rl resume`: goes on with a run where it stopped, however it stopped.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;

use super::downstream::Downstream;
use super::training::Session;
use super::{AsUsage, ExitStatus, Printer, usage, workspace};
use crate::config::{Config, Overrides, Provenance, Schedule};
use crate::report::{Checkpoint, RunFolder, RunState};
use crate::tasks::{Registry, counted};
use crate::train::origin::Origin;

/// Go on with a run where it stopped: after Ctrl-C, a crash, a kill or a full disk
#[derive(Debug, clap::Args)]
pub(super) struct ResumeArgs {
    /// Run folder; its settings and seed are used
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Optimizer steps in all, to go further than the run was meant to
    #[arg(long, value_name = "N", value_parser = super::at_least::<0, u64>)]
    pub steps: Option<u64>,
    /// Processor threads; those the run began with when absent
    #[arg(long, value_name = "N", value_parser = super::within::<1, 1024, u16>)]
    pub threads: Option<u16>,
    /// Where datasets are
    #[command(flatten)]
    pub data: workspace::DataArgs,
}

/// Why the settings that a refusal names do not help here.
const TOO_LARGE: &str =
    "the run cannot go on: it keeps its settings, so free some memory, or start a new run with others";

#[expect(clippy::needless_pass_by_value, reason = "every verb takes its arguments")]
pub(super) fn run(arguments: ResumeArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let mut folder = RunFolder::open(&arguments.run).usage()?;
    if folder.state()? == RunState::Complete && arguments.steps.is_none() {
        printer.note("the run is complete; `--steps N` goes further");
        workspace::print_results(&folder.evaluations()?.records, folder.config(), folder.path(), printer)?;
        return Ok(ExitStatus::Success);
    }
    folder = RunFolder::reopen(&arguments.run)?;
    let checkpoint = folder.latest_checkpoint()?;
    let found = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.state.position.step);
    for step in folder.checkpoint_steps()?.into_iter().filter(|&step| step > found) {
        printer.note(&format!(
            "the checkpoint of step {step} is damaged and left out: files are missing or of another length than was written"
        ));
    }
    let config = settings(&arguments, &folder, checkpoint.as_ref(), printer)?;
    if let Some(checkpoint) = &checkpoint {
        checkpoint.check_content()?;
    }

    let dataset = workspace::open_data(registry, &config, &arguments.data, printer)?;
    let made_with = config.provenance.clone().unwrap_or_default();
    check_data(&made_with.dataset_sha256, &workspace::checksums(&dataset.files))?;
    let mixture = workspace::mixture(registry, &config, Arc::clone(&dataset.input))?;
    let benchmark = Downstream::prepare(registry, &config, &workspace::place(&arguments.data, &config), printer)?;
    let threads = arguments.threads.map_or(made_with.threads, usize::from).max(1);
    let device = workspace::device(threads);
    warn_of_changes(&made_with, &workspace::provenance(threads, device, BTreeMap::new()), printer);
    let origin = match &checkpoint {
        Some(checkpoint) => {
            Origin::Files(workspace::source_of_checkpoint(checkpoint, arguments.data.offline, printer)?)
        }
        None => Origin::find(&config.policy, printer.progress())?,
    };
    let ahead = what_is_ahead(&config, checkpoint.as_ref());
    if let Some(memory) = origin.memory(&mixture, &ahead, device).context(TOO_LARGE).usage()? {
        printer.note(&format!("memory {}", memory.summary()));
    }

    folder.rewind(checkpoint.as_ref())?;
    if config != *folder.config() {
        folder.change_config(config.clone())?;
    }
    printer.note(&match &checkpoint {
        Some(checkpoint) => format!("going on from step {}", checkpoint.state.position.step),
        None => "the run has no checkpoint yet and starts from its beginning".to_owned(),
    });
    let origin = checkpoint.is_none().then_some(origin);
    let ended = Session { mixture: &mixture, benchmark, folder, origin, resumed: checkpoint, device }.run(printer);
    workspace::tell_of_use(registry, &config, &*dataset.input, printer);
    ended
}

/// The settings without what a run that has a checkpoint has behind it.
fn what_is_ahead(config: &Config, checkpoint: Option<&Checkpoint>) -> Config {
    let mut ahead = config.clone();
    if checkpoint.is_some() {
        ahead.warm_start.max_batches = 0;
    }
    ahead
}

/// The run's settings, with more steps where asked, checked against those of the checkpoint.
fn settings(
    arguments: &ResumeArgs,
    folder: &RunFolder,
    checkpoint: Option<&Checkpoint>,
    printer: &mut Printer,
) -> anyhow::Result<Config> {
    let mut config = folder.config().clone();
    if let Some(checkpoint) = checkpoint {
        checkpoint.check_settings(&config)?;
    }
    let done = checkpoint.map_or(0, |checkpoint| checkpoint.state.position.step);
    if arguments.steps.is_some_and(|steps| steps < done) {
        let done = counted(done, "step", "steps");
        return Err(usage(format!("the run has {done} already\nhint: `--steps` counts all steps of the run")));
    }
    if arguments.steps.is_some() && config.optimizer.schedule != Schedule::Constant {
        printer.warning("the schedule of the learning rate depends on the number of steps; it changes from here on");
    }
    config.override_with(&Overrides { steps: arguments.steps, ..Overrides::default() })?;
    config.validate()?;
    Ok(config)
}

/// Refuses data other than what the run began with.
fn check_data(recorded: &BTreeMap<String, String>, found: &BTreeMap<String, String>) -> anyhow::Result<()> {
    let mut names: Vec<&String> = recorded.keys().chain(found.keys()).collect();
    names.sort();
    names.dedup();
    let differing: Vec<String> = names
        .into_iter()
        .filter(|name| recorded.get(*name) != found.get(*name))
        .map(|name| {
            let sum = |files: &BTreeMap<String, String>| files.get(name).map_or("absent", String::as_str).to_owned();
            format!("  {name}: SHA-256 is {}, was {}", sum(found), sum(recorded))
        })
        .collect();
    if differing.is_empty() {
        return Ok(());
    }
    Err(usage(format!(
        "the dataset is not the one that the run began with:\n{}\nhint: put the old files back or name their folder \
         with `--data-dir`, or start a new run",
        differing.join("\n")
    )))
}

/// Tells of everything that may make other bytes than an uninterrupted run.
fn warn_of_changes(recorded: &Provenance, present: &Provenance, printer: &mut Printer) {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".into());
    let differences = [
        ("version", recorded.version.clone(), present.version.clone()),
        ("git revision", text(&recorded.git_revision), text(&present.git_revision)),
        ("platform", recorded.platform.clone(), present.platform.clone()),
        ("device", text(&recorded.device), text(&present.device)),
        ("threads", recorded.threads.to_string(), present.threads.to_string()),
    ];
    for (what, was, is) in differences.into_iter().filter(|(_, was, is)| was != is) {
        printer.warning(&format!(
            "{what}: the run began with {was}, goes on with {is}; results may differ in their last digits"
        ));
    }
}
