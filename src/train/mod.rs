//! The training loop: ask, answer, verify, compare within the group, learn.
//!
//! GRPO (Shao et al. 2024, `DeepSeekMath`) as implemented here, and where it departs from the paper:
//!
//! - the loss is averaged over all tokens of the batch (DAPO), so that a token weighs the same in short and long answers
//! - the advantage is `(reward - group mean) / (group deviation + epsilon)`, deviation with `n - 1`
//! - the KL to the policy before training is off by default; where it is on, it is the k3 estimator, in the loss
//! - with one update a batch the old log-probs are the new ones, detached; with more, the sampler's own are used

pub mod answers;
pub mod ask;
pub mod batch;
mod checkpoints;
mod error;
pub mod evaluate;
pub mod learner;
pub mod policy;
pub mod questions;
mod records;
pub mod warm_start;

pub use error::TrainError;

use ask::ask;
use checkpoints::Checkpoints;
use learner::Learner;
use records::{Records, Times};

use crate::config::Config;
use crate::model::Policy;
use crate::report::progress::Progress;
use crate::report::{Checkpoint, EvalPhase, RunFolder};
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
    let Run { config, mixture, policy, .. } = run;
    let group_size = config.rollout.group_size;
    let sampling = Sampling::of(&config.rollout);
    let mut learner = Learner::new(policy, config)?;
    let (mut checkpoints, mut position) = Checkpoints::open(run, &mut learner)?;
    let mut records = Records::open(run, position)?;
    let bar = run.progress.bar("training", config.grpo.steps);
    bar.advance(position.step);

    let ending = loop {
        if (run.interrupted)() {
            break Ending::Interrupted;
        }
        // Evaluate.
        if records.evaluation_is_due(position.step) {
            checkpoints.save_before_evaluation(&learner, &records, position)?;
            let phase = if position.step == 0 { EvalPhase::WarmStart } else { EvalPhase::Step };
            records.evaluate(phase, position.step)?;
        }
        if position.step >= config.grpo.steps {
            break Ending::Complete;
        }
        if records.plateaued() {
            break Ending::Plateau;
        }
        let mut times = Times::start();

        // Ask: fresh questions every step.
        let asked = ask(mixture, policy, config, position.next_question)?;
        let questions = asked.questions.as_slice();

        // Answer: a group of completions for every question.
        let prompt_ids: Vec<Vec<i64>> = questions.iter().map(|question| question.prompt_ids.clone()).collect();
        let stream = |prompt: usize, member: i64| {
            let completion = questions[prompt].index * group_size + member as u64;
            TaskRng::new(config.seed, "rollout", Split::Train, completion)
        };
        let groups = generate(policy, &prompt_ids, group_size as i64, &sampling, stream)?;
        times.end_rollout();

        // Verify, and compare every reward with the others of its group.
        let answers =
            answers::verify(mixture, &policy.tokenizer, &config.reward, sampling.max_new_tokens, questions, groups)?;
        let rewards: Vec<f64> = answers.iter().flatten().map(|answer| f64::from(answer.reward)).collect();
        let advantages = advantage::group_std(&rewards, group_size as usize, config.grpo.advantage_epsilon)?;
        times.end_verify();

        // Learn.
        let learning_rate = schedule::learning_rate(&config.optimizer, position.step, config.grpo.steps);
        let update = learner.update(policy, config, questions, &answers, &advantages, learning_rate)?;
        times.end_train();

        // Record.
        position.step += 1;
        position.next_question = asked.next_question;
        position.skipped_prompts += asked.skipped;
        let metrics = records::step_metrics(run, position.step, &asked, &answers, &update, learning_rate, times)?;
        records.step(&metrics, questions, &answers)?;
        bar.advance(1);
        bar.message(&records::summary(&metrics));

        // Checkpoint.
        checkpoints.save_if_due(&learner, &records, position)?;
    };
    bar.finish();
    let steps = position.step;
    // Nothing is lost by starting again from nothing.
    if ending != Ending::Interrupted || steps > 0 {
        checkpoints.save(&learner, &records, position)?;
    }
    if ending != Ending::Interrupted {
        records.evaluate(EvalPhase::Final, steps)?;
    }
    Ok(Trained { steps, ending })
}
