//! What the verbs that train have in common: the policy made ready, the loop, and an end that leaves the folder in order.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use tch::Device;

use super::data_args::DataArgs;
use super::downstream::Downstream;
use super::interrupt::Interrupt;
use super::{AsUsage, ExitStatus, Printer, RunArgs, failure, unread, workspace};
use crate::config::{Config, Provenance};
use crate::model::{Policy, checkpoint};
use crate::report::{Checkpoint, RunFolder, RunState};
use crate::tasks::exam::metrics::fixed;
use crate::tasks::{Mixture, Registry, counted};
use crate::train::budget::PromptBudget;
use crate::train::learner::Learner;
use crate::train::named::{self, is_made_here, is_tiny};
use crate::train::origin::Origin;
use crate::train::policy::{self, Preparation, Prepared};
use crate::train::warm_start::{Skill, WarmStart};
use crate::train::{Ending, Run, Trained, train as train_policy};

/// Arguments of a verb that trains on the data of a modality.
#[derive(Debug, clap::Args)]
pub struct TrainArgs {
    /// Settings of the run
    #[command(flatten)]
    pub run: RunArgs,
    /// Where datasets are
    #[command(flatten)]
    pub data: DataArgs,
}

/// Trains on the data that the arguments name; `defaults` hold where neither they nor the settings file say otherwise, and name
/// the modality.
pub fn train(
    arguments: &TrainArgs,
    defaults: &Config,
    registry: &Registry,
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    let mut config = arguments.run.config_over(defaults).usage()?;
    let data = workspace::open_data(registry, &config, &arguments.data, printer)?;
    let checksums = workspace::checksums(&data.files);
    let mixture = workspace::mixture(registry, &config, Arc::clone(&data.input))?;
    for left_out in mixture.left_out() {
        printer.note(&format!("without {}: {}", left_out.task, left_out.reason));
    }
    unread::tell_of_training(&arguments.run.overrides.set, &config, &mixture, printer);
    let benchmark = Downstream::prepare(registry, &config, &workspace::place(&arguments.data, &config), printer)?;
    let device = workspace::device(arguments.run.threads());
    let origin = Origin::find(&config.policy, printer.progress()).usage()?;
    origin.check_room(&config).usage()?;
    let provenance = workspace::provenance(arguments.run.threads(), device, checksums);
    config.provenance = Some(Provenance { model_commit: origin.commit(), ..provenance });
    if let Some(memory) = origin.memory(&mixture, &config, device).usage()? {
        printer.note(&format!("memory {}", memory.summary()));
    }
    let folder = RunFolder::create(arguments.run.out.as_deref(), &config).usage()?;
    printer.note(&format!("run folder {}", folder.path().display()));
    let session = Session { mixture: &mixture, benchmark, folder, origin: Some(origin), resumed: None, device };
    let ended = session.run(printer);
    workspace::tell_of_use(registry, &config, &*data.input, printer);
    ended
}

/// A run about to start, or to go on from `resumed`.
pub(super) struct Session<'run> {
    pub(super) mixture: &'run Mixture,
    /// What the policy sits before and after, if anything.
    pub(super) benchmark: Option<Downstream>,
    pub(super) folder: RunFolder,
    /// What the policy is made from, where that is known already.
    pub(super) origin: Option<Origin>,
    pub(super) resumed: Option<Checkpoint>,
    pub(super) device: Device,
}

impl Session<'_> {
    /// Trains, and prints the result where all steps were done.
    pub(super) fn run(self, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
        let progress = printer.progress().clone();
        let asked =
            move || progress.message("stopping after this step or evaluation; press Ctrl-C again to leave at once");
        let interrupt = Interrupt::install(asked).context("cannot listen to Ctrl-C")?;
        let outcome = self.learn(&interrupt, printer);
        let folder = self.folder;
        let (config, path) = (folder.config().clone(), folder.path().to_owned());
        let trained = match outcome {
            Ok(trained) => trained,
            Err(error) => {
                let state = RunState::Failed { error: failure::describe(&error) };
                if let Err(unwritten) = folder.finish(&state) {
                    printer.warning(&format!("the end of the run could not be recorded: {unwritten}"));
                }
                leave_page(&path, printer);
                printer.note(&format!(
                    "where the cause lies outside the run's settings, `ssl4rl resume {}` goes on once it is mended; other settings \
                     need a new run",
                    path.display()
                ));
                return Err(error);
            }
        };
        let evaluations = folder.evaluations();
        match trained.ending {
            Ending::Interrupted => {
                folder.finish(&RunState::Interrupted)?;
                leave_page(&path, printer);
                printer.note(&format!(
                    "stopped after step {} of {}; `ssl4rl resume {}` goes on",
                    trained.steps,
                    config.grpo.steps,
                    path.display()
                ));
                return Ok(ExitStatus::Interrupted);
            }
            Ending::Plateau => printer.note(&format!(
                "ended early, after step {} of {}: {} evaluations in a row without improvement",
                trained.steps, config.grpo.steps, config.eval.patience
            )),
            Ending::Complete => {}
        }
        folder.finish(&RunState::Complete)?;
        leave_page(&path, printer);
        workspace::print_results(&evaluations?.records, &config, &path, printer)?;
        Ok(ExitStatus::Success)
    }

    /// Makes the policy ready and trains it.
    fn learn(&self, interrupt: &Interrupt, printer: &mut Printer) -> anyhow::Result<Trained> {
        let config = self.folder.config();
        let interrupted = || interrupt.is_requested();
        let policy = match &self.resumed {
            Some(checkpoint) if !Learner::needs_starting_policy(config) => {
                let kind = named::kind(&config.policy, self.device);
                let mut policy = checkpoint::load_as(&checkpoint.path, kind, self.device)?;
                if config.policy.freeze_encoder {
                    policy.transformer.freeze_encoder();
                }
                policy
            }
            _ => self.starting_policy(config, &interrupted, printer)?,
        };
        if interrupted() && self.resumed.is_none() {
            // The warm start may have been cut short: what it made is not the policy that the run begins with.
            return Ok(Trained { steps: 0, ending: Ending::Interrupted });
        }
        if self.resumed.is_none() {
            let budget = PromptBudget::of(self.mixture, &policy, config)?;
            if budget.is_worth_telling() {
                printer.note(&budget.summary());
                self.folder.record_prompts(&budget)?;
            }
        }
        if let Some(benchmark) = self.benchmark.as_ref().filter(|_| self.resumed.is_none()) {
            benchmark.examine(&policy, &self.folder, 0, printer)?;
        }
        let run = Run {
            config,
            mixture: self.mixture,
            policy: &policy,
            folder: &self.folder,
            resumed: self.resumed.as_ref(),
            progress: printer.progress(),
            interrupted: &interrupted,
        };
        let trained = train_policy(&run)?;
        if let Some(benchmark) = self.benchmark.as_ref().filter(|_| trained.ending != Ending::Interrupted) {
            benchmark.examine(&policy, &self.folder, trained.steps, printer)?;
        }
        Ok(trained)
    }

    fn starting_policy(
        &self,
        config: &Config,
        interrupted: &dyn Fn() -> bool,
        printer: &mut Printer,
    ) -> anyhow::Result<Policy> {
        let base = self.folder.base();
        let goes_on = self.resumed.is_some();
        let prepared = if goes_on && base.is_dir() {
            policy::prepare_from_run(&base, config, self.device)?
        } else {
            let (cache, progress) = (workspace::cache_folder()?, printer.progress());
            let found = if self.origin.is_none() { Some(Origin::find(&config.policy, progress)?) } else { None };
            let origin = self.origin.as_ref().or(found.as_ref()).context("the policy has no origin")?;
            let (mixture, device) = (self.mixture, self.device);
            Preparation { mixture, config, cache: &cache, device, progress, goes_on, interrupted }.prepare(origin)?
        };
        printer.note(&describe(&prepared, config));
        Ok(prepared.policy)
    }
}

/// Writes the page of a run that has ended; without it the run is no less whole.
fn leave_page(run: &Path, printer: &mut Printer) {
    match RunFolder::open(run).and_then(|folder| folder.write_page()) {
        Ok(page) => printer.note(&format!("page {}", page.display())),
        Err(error) => printer.warning(&format!("the run has no page: {error}")),
    }
}

/// Where the policy came from, in a few words.
fn describe(prepared: &Prepared, config: &Config) -> String {
    let weights = prepared.policy.transformer.parameter_count() as f64 / 1e6;
    let model = &config.policy.model;
    let from = match (is_tiny(model), is_made_here(model)) {
        (true, _) if prepared.warm_start.is_some() => None,
        (true, _) => Some("kept by the run".to_owned()),
        (false, true) => Some("random".to_owned()),
        (false, false) => Some("from its folder".to_owned()),
    };
    let when = if prepared.cached { "warm-started earlier" } else { "warm-started" };
    let warmed = prepared.warm_start.as_ref().map(|report| format!("{when} {}", describe_warm_start(report, config)));
    let origin = [from, warmed].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let trained: usize =
        prepared.policy.transformer.adapter_parameters().iter().map(|(_, matrix)| matrix.numel()).sum();
    let adapters = match trained {
        0 => String::new(),
        trained => format!(
            "\n  adapters of rank {}: {:.3} million weights, alone trained",
            config.lora.rank,
            trained as f64 / 1e6
        ),
    };
    format!("policy {}: {weights:.2} million weights, {origin}{adapters}", config.policy.model)
}

/// How long it was, and what each task reached, where anything was measured.
fn describe_warm_start(report: &WarmStart, config: &Config) -> String {
    let describe = |(name, measured): (&String, &Skill)| {
        let target = config.warm_start.target_skill;
        let short = if measured.skill < target && target < 1.0 { ", short of its target" } else { "" };
        format!(
            "\n  {name}: skill {} after {} (0 chance, 1 perfect){short}",
            fixed(measured.skill, 2),
            counted(measured.batches, "batch", "batches")
        )
    };
    let skills: String = report.skills.iter().map(describe).collect();
    let skipped = match report.skipped_prompts {
        0 => String::new(),
        skipped => {
            format!(", without {} whose prompt is too long", counted(skipped, "question", "questions"))
        }
    };
    let batches = counted(report.batches, "batch", "batches");
    format!("with {batches}{skipped}, loss {:.3}{skills}", report.loss)
}
