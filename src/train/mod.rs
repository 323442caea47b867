//! The training loop: ask, answer, verify, compare within the group, learn.
//!
//! What is learned from the comparison is a choice of settings (`[grpo]`, see `docs/algorithms.md`). The defaults are GRPO
//! (Shao et al. 2024, `DeepSeekMath`) with two departures:
//!
//! - the loss is averaged over all tokens of the batch (DAPO), so that a token weighs the same in short and long answers
//! - no KL to the policy before training
//!
//! In the first update of a step the old log-probs are the new ones, detached; in later ones they are the sampler's own or,
//! where a rollout correction or a KL in the reward needs the trainer's, those.

mod ahead;
pub mod answers;
pub mod ask;
mod base;
pub mod batch;
pub mod budget;
mod checkpoints;
mod contrast;
mod error;
pub mod evaluate;
pub mod examinee;
pub mod head;
pub mod learner;
pub mod lesson;
pub mod memory;
pub mod named;
pub mod origin;
pub mod policy;
pub mod questions;
mod records;
mod sample;
mod score;
mod skipped;
pub mod tape;
pub mod warm_start;

use std::thread;
use std::time::Instant;

pub use error::TrainError;

use ahead::Ahead;
use checkpoints::Checkpoints;
use learner::Learner;
use records::Records;
use sample::Rollouts;

use crate::config::Config;
use crate::model::Policy;
use crate::report::progress::Progress;
use crate::report::{Checkpoint, EvalPhase, RunFolder};
use crate::rl::schedule;
use crate::tasks::{Curriculum, Mixture};

/// Everything a run works with.
pub struct Run<'run> {
    /// Settings.
    pub config: &'run Config,
    /// Where questions come from.
    pub mixture: &'run Mixture,
    /// What learns. Of a run that goes on: the policy it began with where
    /// [`Learner::needs_starting_policy`](learner::Learner::needs_starting_policy), else the checkpoint's.
    pub policy: &'run Policy,
    /// Where results go; rewound to `resumed`.
    pub folder: &'run RunFolder,
    /// The checkpoint that the run goes on from.
    pub resumed: Option<&'run Checkpoint>,
    /// What the user sees on the way.
    pub progress: &'run Progress,
    /// Asked between steps: whether to stop here.
    pub interrupted: &'run dyn Fn() -> bool,
}

/// Why training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All steps are done.
    Complete,
    /// The held-out score has stopped rising.
    Plateau,
    /// The user asked for it.
    Interrupted,
}

/// How far training came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trained {
    /// Steps done.
    pub steps: u64,
    /// Why there are no more.
    pub ending: Ending,
}

/// Improves the policy for `config.grpo.steps` steps.
///
/// Held-out scores are recorded before the first step and after the last. Whenever and however the process ends, a run that
/// goes on from its newest checkpoint records the same as one that never stopped.
pub fn train(run: &Run<'_>) -> Result<Trained, TrainError> {
    thread::scope(|scope| steps(run, &mut Ahead::new(scope, run)))
}

fn steps(run: &Run<'_>, ahead: &mut Ahead<'_, '_>) -> Result<Trained, TrainError> {
    let Run { config, policy, .. } = run;
    let mut learner = Learner::new(policy, config)?;
    let (mut checkpoints, mut position) = Checkpoints::open(run, &mut learner)?;
    let standings = run.resumed.map(|checkpoint| checkpoint.state.standings.clone()).unwrap_or_default();
    let mut curriculum = Curriculum::new(&config.curriculum, run.mixture, standings);
    let mut records = Records::open(run, position)?;
    let bar = run.progress.bar("training", config.grpo.steps);
    bar.advance(position.step);

    let ending = loop {
        if (run.interrupted)() {
            break Ending::Interrupted;
        }
        // Evaluate.
        if records.evaluation_is_due(position.step) {
            if checkpoints.is_due_before_evaluation() {
                checkpoints.save(&learner, &records, position, &curriculum)?;
            }
            let phase = if position.step == 0 { EvalPhase::WarmStart } else { EvalPhase::Step };
            records.evaluate(phase, position.step)?;
        }
        if position.step >= config.grpo.steps {
            break Ending::Complete;
        }
        if records.plateaued() {
            break Ending::Plateau;
        }
        let started = Instant::now();

        // Ask fresh questions, answer each with a group of completions, verify.
        let last = position.step + 1 >= config.grpo.steps;
        let mixture = curriculum.mixture(run.mixture);
        let rollouts = Rollouts::sample(run, &mixture, ahead, position.next_question, last)?;

        // Compare every reward with the others, and learn.
        let groups = rollouts.learned_from(config);
        let learning_rate = schedule::learning_rate(&config.optimizer, position.step, config.grpo.steps);
        let update = learner.update(policy, config, &groups, learning_rate)?;
        let step_seconds = started.elapsed().as_secs_f64();

        // Record.
        position.step += 1;
        position.next_question = rollouts.next_question;
        position.skipped_prompts += rollouts.skipped_prompts;
        position.skipped_in_a_row = learner.skipped_in_a_row();
        let mut metrics = records::step_metrics(run, position.step, &rollouts, groups.len(), &update);
        metrics.lr = learning_rate;
        records::add_measured(&mut metrics, run.mixture, &curriculum.observe(&rollouts.answered()));
        metrics.train_seconds = step_seconds - rollouts.rollout_seconds - rollouts.verify_seconds;
        metrics.step_seconds = step_seconds;
        records.step(&metrics, &rollouts)?;
        if let Some(last) = update.skipped.last()
            && position.skipped_in_a_row >= config.grpo.max_skipped
        {
            return Err(skipped::stop(run, position.step, &groups, last, position.skipped_in_a_row)?);
        }
        bar.advance(1);
        bar.message(&records::summary(&metrics));

        // Checkpoint.
        if checkpoints.is_due(position.step) {
            checkpoints.save(&learner, &records, position, &curriculum)?;
        }
    };
    bar.finish();
    let steps = position.step;
    // Nothing is lost by starting again from nothing.
    if ending != Ending::Interrupted || steps > 0 {
        checkpoints.save(&learner, &records, position, &curriculum)?;
    }
    if ending != Ending::Interrupted {
        records.evaluate(EvalPhase::Final, steps)?;
    }
    Ok(Trained { steps, ending })
}
