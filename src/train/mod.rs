//! The training loop: ask, answer, verify, compare within the group, learn.
//!
//! GRPO (Shao et al. 2024, `DeepSeekMath`) as implemented here, and where it departs from the paper:
//!
//! - the loss is averaged over all tokens of the batch (DAPO), so that a token weighs the same in short and long answers
//! - the advantage is `(reward - group mean) / (group deviation + epsilon)`, deviation with `n - 1`
//! - the KL to the policy before training is off by default; where it is on, it is the k3 estimator, in the loss
//! - with one update a batch the old log-probs are the new ones, detached; with more, the sampler's own are used

pub mod answers;
pub mod batch;
mod error;
pub mod evaluate;
pub mod head;
pub mod learner;
pub mod policy;
pub mod questions;
mod records;
pub mod tape;
pub mod warm_start;

use std::time::Instant;

pub use error::TrainError;

use learner::Learner;

use crate::config::Config;
use crate::model::{Policy, checkpoint};
use crate::report::progress::Progress;
use crate::report::{EvalPhase, EvalRecord, JsonLines, RunFolder};
use crate::rl::{advantage, schedule};
use crate::rollout::{Sampling, generate};
use crate::tasks::{Mixture, Split, TaskRng};

/// Most padded tokens computed with gradient at once.
pub(crate) const MICRO_BATCH_TOKENS: usize = 1 << 14;

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
    let Run { config, mixture, policy, folder, .. } = run;
    let (prompts, group_size) = (config.rollout.prompts, config.rollout.group_size);
    let sampling = Sampling::of(&config.rollout);
    let mut learner = Learner::new(policy, config)?;
    let mut metrics_log = folder.metrics_log()?;
    let mut eval_log = folder.eval_log()?;
    if !(run.interrupted)() {
        record_evaluation(run, &mut eval_log, EvalPhase::WarmStart, 0)?;
    }

    let bar = run.progress.bar("training", config.grpo.steps);
    let mut done = 0;
    while done < config.grpo.steps && !(run.interrupted)() {
        let step = done + 1;
        let started = Instant::now();

        // Ask: fresh questions every step.
        let first = done * prompts;
        let questions = questions::draw(mixture, &policy.tokenizer, Split::Train, first..first + prompts)?;

        // Answer: a group of completions for every question.
        let prompt_ids: Vec<Vec<i64>> = questions.iter().map(|question| question.prompt_ids.clone()).collect();
        let stream = |prompt: usize, member: i64| {
            let completion = (first + prompt as u64) * group_size + member as u64;
            TaskRng::new(config.seed, "rollout", Split::Train, completion)
        };
        let groups = generate(policy, &prompt_ids, group_size as i64, &sampling, stream)?;
        let rollout_seconds = started.elapsed().as_secs_f64();

        // Verify, and compare every reward with the others of its group.
        let answers =
            answers::verify(mixture, &policy.tokenizer, &config.reward, sampling.max_new_tokens, &questions, groups)?;
        let rewards: Vec<f64> = answers.iter().flatten().map(|answer| f64::from(answer.reward)).collect();
        let advantages = advantage::group_std(&rewards, group_size as usize, config.grpo.advantage_epsilon)?;
        let verify_seconds = started.elapsed().as_secs_f64() - rollout_seconds;

        // Learn.
        let learning_rate = schedule::learning_rate(&config.optimizer, done, config.grpo.steps);
        let update = learner.update(policy, config, &questions, &answers, &advantages, learning_rate)?;
        let step_seconds = started.elapsed().as_secs_f64();

        // Record.
        let mut metrics = records::step_metrics(run, step, &questions, &answers, &update)?;
        metrics.lr = learning_rate;
        metrics.rollout_seconds = rollout_seconds;
        metrics.verify_seconds = verify_seconds;
        metrics.train_seconds = step_seconds - rollout_seconds - verify_seconds;
        metrics.step_seconds = step_seconds;
        metrics.tokens_per_second = records::generated_tokens(&answers) / rollout_seconds;
        metrics_log.write(&metrics)?;
        folder.write_rollouts(step, &records::rollouts(run, step, &questions, &answers))?;
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
