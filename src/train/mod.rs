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

pub mod answers;
pub mod batch;
mod error;
pub mod evaluate;
pub mod head;
pub mod learner;
pub mod lesson;
pub mod policy;
pub mod questions;
mod records;
mod sample;
mod score;
mod skipped;
pub mod tape;
pub mod warm_start;

use std::time::Instant;

pub use error::TrainError;

use learner::Learner;
use sample::Rollouts;

use crate::config::Config;
use crate::model::{Policy, checkpoint};
use crate::report::progress::Progress;
use crate::report::{EvalPhase, EvalRecord, JsonLines, RunFolder};
use crate::rl::schedule;
use crate::tasks::Mixture;

/// Everything a run works with.
pub struct Run<'run> {
    /// Settings.
    pub config: &'run Config,
    /// Where questions come from.
    pub mixture: &'run Mixture,
    /// What learns.
    pub policy: &'run Policy,
    /// Where results go.
    pub folder: &'run RunFolder,
    /// What the user sees on the way.
    pub progress: &'run Progress,
    /// Asked between steps: whether to stop here.
    pub interrupted: &'run dyn Fn() -> bool,
}

/// Improves the policy for `config.grpo.steps` steps; returns the steps done, fewer when interrupted.
///
/// Held-out scores are recorded before the first step and after the last, and the final policy is a checkpoint.
pub fn train(run: &Run<'_>) -> Result<u64, TrainError> {
    let Run { config, policy, folder, .. } = run;
    let mut learner = Learner::new(policy, config)?;
    let mut metrics_log = folder.metrics_log()?;
    let mut eval_log = folder.eval_log()?;
    if !(run.interrupted)() {
        record_evaluation(run, &mut eval_log, EvalPhase::WarmStart, 0)?;
    }

    let bar = run.progress.bar("training", config.grpo.steps);
    let (mut done, mut next_question) = (0, 0);
    while done < config.grpo.steps && !(run.interrupted)() {
        let step = done + 1;
        let started = Instant::now();

        // Ask fresh questions, answer each with a group of completions, verify.
        let rollouts = Rollouts::sample(run, next_question)?;
        next_question = rollouts.next_question;

        // Compare every reward with the others, and learn.
        let groups = rollouts.learned_from(config);
        let learning_rate = schedule::learning_rate(&config.optimizer, done, config.grpo.steps);
        let update = learner.update(policy, config, &groups, learning_rate)?;
        let step_seconds = started.elapsed().as_secs_f64();

        // Record.
        let mut metrics = records::step_metrics(run, step, &rollouts, groups.len(), &update);
        metrics.lr = learning_rate;
        metrics.train_seconds = step_seconds - rollouts.rollout_seconds - rollouts.verify_seconds;
        metrics.step_seconds = step_seconds;
        metrics_log.write(&metrics)?;
        folder.write_rollouts(step, &records::rollouts(run, step, &rollouts))?;
        if let Some(last) = update.skipped.last()
            && learner.skipped_in_a_row() >= config.grpo.max_skipped
        {
            return Err(skipped::stop(run, step, &groups, last, learner.skipped_in_a_row())?);
        }
        bar.advance(1);
        bar.message(&records::summary(&metrics));
        done = step;
        if config.eval.every > 0 && done.is_multiple_of(config.eval.every) && done < config.grpo.steps {
            record_evaluation(run, &mut eval_log, EvalPhase::Step, done)?;
        }
    }
    bar.finish();

    folder.checkpoint(done, |target| checkpoint::save(policy, target).map_err(TrainError::from))?;
    if done == config.grpo.steps {
        record_evaluation(run, &mut eval_log, EvalPhase::Final, done)?;
    }
    Ok(done)
}

fn record_evaluation(
    run: &Run<'_>,
    log: &mut JsonLines<EvalRecord>,
    phase: EvalPhase,
    step: u64,
) -> Result<(), TrainError> {
    let tasks = evaluate::evaluate(run.mixture, run.policy, run.config, run.progress)?;
    Ok(log.write(&EvalRecord { phase, step, tasks })?)
}
