//! Checkpoints of a run on its way, and going on from one.
//!
//! A checkpoint holds weights, or adapters alone where those are trained, optimizer and position; see
//! [`crate::report::Checkpoint`] for the folder. Random streams have no state: every draw is a function of the seed and an
//! index.

use tch::{Device, no_grad};

use super::base;
use super::learner::Learner;
use super::records::Records;
use super::{Run, TrainError};
use crate::model::adapter::{self, BaseModel};
use crate::model::{Transformer, checkpoint, tensor_file};
use crate::report::{CheckpointState, OPTIMIZER_FILE, Position, best};
use crate::tasks::Curriculum;

/// Writes the checkpoints of a run.
pub(super) struct Checkpoints<'run> {
    run: &'run Run<'run>,
    /// Step of the newest one.
    saved: Option<u64>,
    /// Digest of the weights that the run began with, where they are still needed.
    starting_policy: Option<String>,
    /// What the adapters belong to, where adapters are trained.
    base: Option<BaseModel>,
}

impl<'run> Checkpoints<'run> {
    /// The checkpoints of a run that starts or goes on, and where it stands. Going on, `learner` and the policy get the
    /// state that was saved.
    pub(super) fn open(run: &'run Run<'run>, learner: &mut Learner) -> Result<(Self, Position), TrainError> {
        let needed = Learner::needs_starting_policy(run.config);
        let starting_policy = if needed { Some(digest(&run.policy.transformer)?) } else { None };
        let Some(checkpoint) = run.resumed else {
            let base = base::settle(run)?;
            return Ok((Self { run, saved: None, starting_policy, base }, Position::default()));
        };
        if checkpoint.state.starting_policy != starting_policy {
            let use_of_it = if run.config.lora.is_on() {
                "beside whose weights its adapters are trained"
            } else {
                "from which its KL is measured"
            };
            return Err(TrainError::OtherStart { model: run.config.policy.model.clone(), use_of_it });
        }
        let base = base::settle(run)?;
        if needed {
            let transformer = &run.policy.transformer;
            let saved = match base {
                Some(_) => adapter::load(&checkpoint.path, transformer)?,
                None => checkpoint::load_transformer_as(&checkpoint.path, transformer.kind(), transformer.device())?,
            };
            let pairs = transformer.trainable_parameters().into_iter().zip(saved.trainable_parameters());
            no_grad(|| pairs.into_iter().try_for_each(|((_, mut weight), (_, saved))| weight.f_copy_(&saved)))?;
        }
        let state = tensor_file::read(&checkpoint.path.join(OPTIMIZER_FILE))?;
        let position = checkpoint.state.position;
        learner.restore(state, position.skipped_in_a_row)?;
        Ok((Self { run, saved: Some(position.step), starting_policy, base }, position))
    }

    /// Whether the settings ask for one after `step` steps.
    pub(super) fn is_due(&self, step: u64) -> bool {
        let every = self.run.config.checkpoint.every;
        every > 0 && step.is_multiple_of(every)
    }

    /// Whether what is about to be evaluated needs one, because the best is to be kept.
    pub(super) fn is_due_before_evaluation(&self) -> bool {
        let config = self.run.config;
        config.checkpoint.keep_best && config.eval.every > 0
    }

    /// Writes a checkpoint unless there is one of this step, then removes those that need not be kept.
    pub(super) fn save(
        &mut self,
        learner: &Learner,
        records: &Records<'_>,
        position: Position,
        curriculum: &Curriculum,
    ) -> Result<(), TrainError> {
        if self.saved == Some(position.step) {
            return Ok(());
        }
        let Run { config, policy, folder, .. } = self.run;
        let state = CheckpointState {
            starting_policy: self.starting_policy.clone(),
            standings: curriculum.standings().clone(),
            ..CheckpointState::new(config, position, records.sync()?)
        };
        folder.checkpoint(&state, |target| -> Result<(), TrainError> {
            match &self.base {
                Some(base) => adapter::save(policy, base, target)?,
                None => checkpoint::save(policy, target)?,
            }
            Ok(tensor_file::write(&learner.optimizer_state(), &target.join(OPTIMIZER_FILE))?)
        })?;
        self.saved = Some(position.step);
        let best = best(records.evaluations()).filter(|_| config.checkpoint.keep_best).map(|record| record.step);
        Ok(folder.prune_checkpoints(config.checkpoint.keep_last, best)?)
    }
}

/// BLAKE3 of all weights with their names, adapters left out.
fn digest(transformer: &Transformer) -> Result<String, TrainError> {
    let mut hasher = blake3::Hasher::new();
    for (name, weight) in transformer.parameters() {
        let weight = weight.f_detach()?.f_to_device(Device::Cpu)?.f_contiguous()?;
        let count = weight.numel();
        let mut bytes = vec![0; count * weight.f_kind()?.elt_size_in_bytes()];
        weight.f_copy_data_u8(&mut bytes, count)?;
        hasher.update(name.as_bytes());
        hasher.update(&bytes);
    }
    Ok(hasher.finalize().to_hex().to_string())
}
