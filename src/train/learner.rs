//! One step of learning: log-probs of the sampled tokens, the clipped policy term, optional KL, gradient, update.

use tch::{Kind, Tensor};

use super::answers::Answer;
use super::batch::{BranchedBatch, Branches, by_token_budget};
use super::questions::Question;
use super::warm_start::trainable;
use super::{MICRO_BATCH_TOKENS, TrainError};
use crate::config::Config;
use crate::model::{Policy, Transformer};
use crate::rl::optimizer::AdamW;
use crate::rl::policy_loss::{self, Clip};
use crate::rl::{aggregate, kl, log_prob};

/// The optimizer and, where the KL has weight, the frozen policy it is measured from.
#[derive(Debug)]
pub struct Learner {
    optimizer: AdamW,
    reference: Option<Transformer>,
}

/// What an update did, over the completion tokens it learned from: without KL, those of groups whose rewards differ.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UpdateStatistics {
    /// The loss, KL term included, mean over the updates.
    pub loss: f64,
    /// Norm of the gradient before clipping, mean over the updates.
    pub grad_norm: f64,
    /// Share of tokens whose gradient the clip removed.
    pub clip_fraction: f64,
    /// Mean entropy of the policy where it wrote, in nats.
    pub entropy: f64,
    /// Mean k3 KL to the reference; 0 without one.
    pub kl: f64,
    /// Largest absolute difference between the trainer's log-prob of a token and the sampler's, in the first update.
    pub logprob_gap: f64,
}

impl Learner {
    /// A learner for `policy`, whose weights become trainable.
    pub fn new(policy: &Policy, config: &Config) -> Result<Self, TrainError> {
        let reference =
            if Self::needs_starting_policy(config) { Some(policy.transformer.frozen_copy()?) } else { None };
        Ok(Self { optimizer: AdamW::new(trainable(&policy.transformer), &config.optimizer)?, reference })
    }

    /// Whether [`Learner::new`] must be given the policy that the run began with, as opposed to the one it goes on from.
    pub fn needs_starting_policy(config: &Config) -> bool {
        config.grpo.kl_coefficient > 0.0
    }

    /// What a checkpoint has to save.
    pub fn optimizer(&self) -> &AdamW {
        &self.optimizer
    }

    /// What a checkpoint has to restore.
    pub fn optimizer_mut(&mut self) -> &mut AdamW {
        &mut self.optimizer
    }

    /// Updates the policy once a mini-batch: `questions` with their groups of `answers` and `advantages`, one an answer.
    pub fn update(
        &mut self,
        policy: &Policy,
        config: &Config,
        questions: &[Question],
        answers: &[Vec<Answer>],
        advantages: &[f64],
        learning_rate: f64,
    ) -> Result<UpdateStatistics, TrainError> {
        let updates = config.grpo.mini_batches as usize;
        let size = questions.len().div_ceil(updates).max(1);
        let group_size = config.rollout.group_size as usize;
        let mut sums = Sums::default();
        let mini_batches = questions.chunks(size).zip(answers.chunks(size)).zip(advantages.chunks(size * group_size));
        for (update, ((questions, answers), advantages)) in mini_batches.enumerate() {
            let groups: Vec<Group<'_>> = questions
                .iter()
                .zip(answers)
                .zip(advantages.chunks(group_size))
                .map(|((question, answers), advantages)| Group { question, answers, advantages })
                .collect();
            self.optimizer.zero_grad();
            self.accumulate(policy, config, &groups, update == 0, &mut sums)?;
            sums.grad_norms.push(self.optimizer.step(learning_rate)?);
        }
        Ok(sums.statistics())
    }

    /// Adds the gradient of one mini-batch, micro-batch by micro-batch; the denominator is the whole mini-batch's.
    fn accumulate(
        &self,
        policy: &Policy,
        config: &Config,
        groups: &[Group<'_>],
        first_update: bool,
        sums: &mut Sums,
    ) -> Result<(), TrainError> {
        let tokens: u64 = groups.iter().map(Group::tokens).sum();
        // A group of equal rewards has no gradient, unless the KL pulls on it: leave it out, but count its tokens.
        let teaching: Vec<Group<'_>> =
            groups.iter().copied().filter(|group| self.reference.is_some() || group.teaches()).collect();
        let groups = teaching.as_slice();
        let widths: Vec<usize> = groups.iter().map(|group| group.branches().width()).collect();
        for micro_batch in by_token_budget(&widths, MICRO_BATCH_TOKENS) {
            let groups: Vec<Group<'_>> = micro_batch.iter().map(|&group| groups[group]).collect();
            let device = policy.transformer.device();
            let batch = BranchedBatch::new(&groups.iter().map(Group::branches).collect::<Vec<_>>(), device);
            let logits = batch.logits(&policy.transformer)?;
            let flat = log_prob::log_probs(&logits, batch.targets(), config.rollout.temperature)?;
            let log_probs = batch.per_completion(&flat)?; // [completions, longest]
            let sampled = batch.per_completion(&sampled_log_probs(&groups).to_device(device))?;
            // Before the first update the policy is the one that sampled: the ratio is 1, with gradient.
            let old = if first_update { log_probs.detach() } else { sampled.shallow_clone() };
            let advantages: Vec<f32> =
                groups.iter().flat_map(|group| group.advantages).map(|&advantage| advantage as f32).collect();
            let advantages = Tensor::from_slice(&advantages).to_device(device);
            let policy_term =
                policy_loss::clipped(&log_probs, &old, &advantages, batch.mask(), Clip::from(&config.grpo))?;
            let mut per_token = policy_term.per_token.shallow_clone();
            if let Some(reference) = &self.reference {
                let divergence = divergence(reference, &batch, &log_probs, config.rollout.temperature)?;
                sums.kl += masked_sum(&divergence, batch.mask())?;
                per_token = &per_token + divergence * config.grpo.kl_coefficient;
            }
            let loss = aggregate::token_mean(&per_token, batch.mask(), tokens)?;
            loss.f_backward()?;

            let clipped = policy_term.statistics()?;
            sums.loss += f64::try_from(&loss)?;
            sums.tokens += clipped.tokens;
            sums.clipped += clipped.clipped_low + clipped.clipped_high;
            sums.entropy +=
                f64::try_from(log_prob::entropy(&logits.detach(), config.rollout.temperature)?.sum(Kind::Double))?;
            if first_update {
                let gap = (log_probs.detach() - sampled).abs();
                sums.gap = sums.gap.max(f64::try_from((gap * batch.mask()).max())?);
            }
        }
        Ok(())
    }
}

/// k3 KL from the frozen reference, `[completions, longest]`, with gradient.
fn divergence(
    reference: &Transformer,
    batch: &BranchedBatch,
    log_probs: &Tensor,
    temperature: f64,
) -> Result<Tensor, TrainError> {
    let flat = tch::no_grad(|| -> Result<Tensor, TrainError> {
        Ok(log_prob::log_probs(&batch.logits(reference)?, batch.targets(), temperature)?)
    })?;
    Ok(kl::k3(log_probs, &batch.per_completion(&flat)?)?)
}

/// A question with its answers and their advantages.
#[derive(Clone, Copy)]
struct Group<'step> {
    question: &'step Question,
    answers: &'step [Answer],
    advantages: &'step [f64],
}

impl Group<'_> {
    fn branches(&self) -> Branches<'_> {
        let completions = self.answers.iter().map(|answer| answer.completion.ids.as_slice()).collect();
        Branches { prompt: &self.question.prompt_ids, completions }
    }

    fn teaches(&self) -> bool {
        self.advantages.iter().any(|&advantage| advantage != 0.0)
    }

    fn tokens(&self) -> u64 {
        self.answers.iter().map(|answer| answer.completion.ids.len() as u64).sum()
    }
}

/// The sampler's log-probs of all completion tokens, in the order of [`BranchedBatch::targets`].
fn sampled_log_probs(groups: &[Group<'_>]) -> Tensor {
    let log_probs: Vec<f32> = groups
        .iter()
        .flat_map(|group| group.answers)
        .flat_map(|answer| answer.completion.log_probs.iter().copied())
        .collect();
    Tensor::from_slice(&log_probs)
}

fn masked_sum(values: &Tensor, mask: &Tensor) -> Result<f64, TrainError> {
    Ok(f64::try_from((values.detach() * mask).sum(Kind::Double))?)
}

/// Sums over an update's tokens.
#[derive(Default)]
struct Sums {
    tokens: f64,
    loss: f64,
    clipped: f64,
    entropy: f64,
    kl: f64,
    gap: f64,
    grad_norms: Vec<f64>,
}

impl Sums {
    fn statistics(&self) -> UpdateStatistics {
        let tokens = self.tokens.max(1.0);
        UpdateStatistics {
            loss: self.loss / self.grad_norms.len().max(1) as f64,
            grad_norm: self.grad_norms.iter().sum::<f64>() / self.grad_norms.len().max(1) as f64,
            clip_fraction: self.clipped / tokens,
            entropy: self.entropy / tokens,
            kl: self.kl / tokens,
            logprob_gap: self.gap,
        }
    }
}
