//! What the verbs that train have in common: the policy made ready, the loop, and an end that leaves the folder in order.

use anyhow::Context;
use tch::Device;

use super::interrupt::Interrupt;
use super::{ExitStatus, Printer, failure, graph, workspace};
use crate::config::Config;
use crate::model::{Policy, checkpoint};
use crate::report::{Checkpoint, ResultTable, RunFolder, RunState};
use crate::tasks::Mixture;
use crate::train::learner::Learner;
use crate::train::policy;
use crate::train::{self, Ending, Run, Trained};

/// A run about to start, or to go on from `resumed`.
pub(super) struct Session<'run> {
    pub(super) mixture: &'run Mixture,
    pub(super) folder: RunFolder,
    pub(super) resumed: Option<Checkpoint>,
    pub(super) device: Device,
}

impl Session<'_> {
    /// Trains, and prints the result where all steps were done.
    pub(super) fn run(self, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
        let interrupt = Interrupt::install(printer.progress()).context("cannot listen to Ctrl-C")?;
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
                printer.note(&format!("once that is mended, `ssl4rl resume {}` goes on", path.display()));
                return Err(error);
            }
        };
        let evaluations = folder.evaluations();
        match trained.ending {
            Ending::Interrupted => {
                folder.finish(&RunState::Interrupted)?;
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
        workspace::print_results(&ResultTable::of(&evaluations?.records), &path, printer)?;
        Ok(ExitStatus::Success)
    }

    /// Makes the policy ready and trains it.
    fn learn(&self, interrupt: &Interrupt, printer: &Printer) -> anyhow::Result<Trained> {
        let config = self.folder.config();
        let progress = printer.progress();
        let interrupted = || interrupt.is_requested();
        let policy = match &self.resumed {
            Some(checkpoint) if !Learner::needs_starting_policy(config) => {
                progress.message(&format!("going on from step {}", checkpoint.state.position.step));
                checkpoint::load(&checkpoint.path, self.device)?
            }
            _ => self.starting_policy(config, &interrupted, printer)?,
        };
        if interrupted() && self.resumed.is_none() {
            // The warm start may have been cut short: what it made is not the policy that the run begins with.
            return Ok(Trained { steps: 0, ending: Ending::Interrupted });
        }
        let run = Run {
            config,
            mixture: self.mixture,
            policy: &policy,
            folder: &self.folder,
            resumed: self.resumed.as_ref(),
            progress,
            interrupted: &interrupted,
        };
        Ok(train::train(&run)?)
    }

    fn starting_policy(
        &self,
        config: &Config,
        interrupted: &dyn Fn() -> bool,
        printer: &Printer,
    ) -> anyhow::Result<Policy> {
        let cache = workspace::cache_folder()?;
        let progress = printer.progress();
        let prepared = policy::prepare(self.mixture, config, &cache, self.device, progress, interrupted)?;
        progress.message(&graph::describe(&prepared, config));
        Ok(prepared.policy)
    }
}
