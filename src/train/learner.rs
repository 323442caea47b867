//! One step of learning: advantages, log-probs of the sampled tokens, the objective, its gradient, an update a mini-batch.

use std::ops::Range;

use tch::{Kind, Tensor};

use super::batch::{PackedBatch, by_token_budget};
use super::lesson::{self, Group, Lesson};
use super::tape::Tape;
use super::{TrainError, score};
use crate::config::{Config, KlPlace, OptimizerConfig, RolloutCorrection};
use crate::model::{Policy, Transformer};
use crate::rl::advantage::{self, Rewards};
use crate::rl::aggregate::Counts;
use crate::rl::gradients::Gradients;
use crate::rl::objective::{TokenBatch, objective};
use crate::rl::optimizer::AdamW;
use crate::rl::{RlError, Statistics};

/// The optimizer and, where the KL has weight, the frozen policy it is measured from.
#[derive(Debug)]
pub struct Learner {
    optimizer: AdamW,
    reference: Option<Transformer>,
    skipped_in_a_row: u64,
}

/// What a step did, over the completion tokens it learned from: without KL in the loss, those of groups that have an
/// advantage. Where all updates were skipped, or there was no such token, what cannot be known is not a number.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateStatistics {
    /// The loss, KL term included, mean over the updates.
    pub loss: f64,
    /// Norm of the gradient before clipping, mean over the updates.
    pub grad_norm: f64,
    /// Mean entropy of the policy where it wrote, in nats.
    pub entropy: f64,
    /// Mean KL to the reference: what is added to the loss or subtracted from the reward, before its coefficient; 0 without
    /// one.
    pub kl: f64,
    /// Largest absolute difference between the trainer's log-prob of a token and the sampler's, in the first update.
    pub logprob_gap: f64,
    /// What the objective counted, summed over the updates.
    pub tokens: Statistics,
    /// Updates that were not made, because a number was not finite.
    pub skipped: Vec<Skipped>,
}

/// An update that was not made.
#[derive(Debug, Clone, PartialEq)]
pub struct Skipped {
    /// Its questions, as positions in the step.
    pub questions: Range<usize>,
    /// What was not finite.
    pub what: &'static str,
}

/// An optimizer of what training moves, every weight or the adapters alone, which becomes trainable.
pub(super) fn optimizer_of(transformer: &Transformer, settings: &OptimizerConfig) -> Result<AdamW, TrainError> {
    let parameters = transformer.trainable_parameters();
    for (_, parameter) in &parameters {
        let _ = parameter.set_requires_grad(true);
    }
    Ok(AdamW::new(parameters, settings)?)
}

impl Learner {
    /// A learner for `policy`, whose weights, or adapters alone where it has any, become trainable.
    ///
    /// The KL is measured from the policy as it is now; with adapters from what they are added to, which takes no memory.
    pub fn new(policy: &Policy, config: &Config) -> Result<Self, TrainError> {
        let transformer = &policy.transformer;
        let reference = match transformer.lora() {
            _ if config.grpo.kl_coefficient <= 0.0 => None,
            Some(_) => Some(transformer.base()?),
            None => Some(transformer.frozen_copy()?),
        };
        let optimizer = optimizer_of(transformer, &config.optimizer)?;
        Ok(Self { optimizer, reference, skipped_in_a_row: 0 })
    }

    /// Whether [`Learner::new`] must be given the policy that the run began with, as opposed to the one it goes on from.
    pub fn needs_starting_policy(config: &Config) -> bool {
        config.grpo.kl_coefficient > 0.0 || config.lora.is_on()
    }

    /// What a checkpoint has to save beside the weights; see [`AdamW::state`].
    pub fn optimizer_state(&self) -> Vec<(String, Tensor)> {
        self.optimizer.state()
    }

    /// Takes over what a checkpoint saved.
    pub fn restore(&mut self, optimizer: Vec<(String, Tensor)>, skipped_in_a_row: u64) -> Result<(), TrainError> {
        self.skipped_in_a_row = skipped_in_a_row;
        Ok(self.optimizer.load_state(optimizer)?)
    }

    /// Updates skipped since the last one that was made.
    pub fn skipped_in_a_row(&self) -> u64 {
        self.skipped_in_a_row
    }

    /// Updates the policy once a mini-batch of `groups`, each of `config.rollout.group_size` answers.
    ///
    /// An update whose log-probs, loss or gradient are not finite is skipped and changes nothing.
    pub fn update(
        &mut self,
        policy: &Policy,
        config: &Config,
        groups: &[Group<'_>],
        learning_rate: f64,
    ) -> Result<UpdateStatistics, TrainError> {
        let mut sums = Sums::default();
        let Some(lessons) = self.lessons(policy, config, groups, &mut sums)? else {
            self.skip(0..groups.len(), "the KL in the reward", &mut sums);
            return Ok(sums.statistics());
        };
        let size = lessons.len().div_ceil(config.grpo.mini_batches as usize).max(1);
        for (update, mini_batch) in lessons.chunks(size).enumerate() {
            let mut gradients = self.optimizer.gradients();
            let piece = self.accumulate(policy, config, mini_batch, update == 0, &mut gradients)?;
            match self.step(&piece, &gradients, learning_rate)? {
                Ok(norm) => sums.add(&piece, norm),
                Err(what) => self.skip(update * size..update * size + mini_batch.len(), what, &mut sums),
            }
        }
        Ok(sums.statistics())
    }

    /// Advantages and what else must be known before the first update; `None` where the KL in the reward is not finite.
    fn lessons<'step>(
        &self,
        policy: &Policy,
        config: &Config,
        groups: &[Group<'step>],
        sums: &mut Sums,
    ) -> Result<Option<Vec<Lesson<'step>>>, TrainError> {
        let in_reward = self.reference.as_ref().filter(|_| config.grpo.kl_in == KlPlace::Reward);
        let corrects = config.grpo.rollout_correction != RolloutCorrection::None && config.grpo.mini_batches > 1;
        let mut before = None;
        if corrects || in_reward.is_some() {
            before = Some(score::log_probs(&policy.transformer, groups, config)?);
        }
        let mut divergence = Vec::new();
        if let (Some(reference), Some(before)) = (in_reward, &before) {
            let reference = score::log_probs(reference, groups, config)?;
            divergence = divergence_of(config, &before.concat(), &reference.concat())?;
        }
        if !divergence.iter().flatten().all(|value| value.is_finite()) {
            return Ok(None);
        }
        let tokens: usize = divergence.iter().map(Vec::len).sum();
        sums.kl_in_reward = divergence.iter().flatten().sum::<f64>() / tokens.max(1) as f64;
        let advantages = advantages(config, groups, &divergence)?;
        let mut before = before.into_iter().flatten();
        let with_group = |(&group, advantages): (&Group<'step>, &[Vec<f64>])| Lesson {
            group,
            advantages: advantages.to_vec(),
            before: before.next(),
        };
        let group_size = config.rollout.group_size as usize;
        Ok(Some(groups.iter().zip(advantages.chunks(group_size)).map(with_group).collect()))
    }

    /// Adds the gradient of one mini-batch, micro-batch by micro-batch; the denominators are the whole mini-batch's.
    fn accumulate(
        &self,
        policy: &Policy,
        config: &Config,
        lessons: &[Lesson<'_>],
        first_update: bool,
        gradients: &mut Gradients,
    ) -> Result<Piece, TrainError> {
        let counts = Counts {
            tokens: lessons.iter().map(Lesson::tokens).sum(),
            completions: lessons.iter().map(|lesson| lesson.group.answers.len() as u64).sum(),
            longest: config.rollout.max_new_tokens as u64,
        };
        let reference = self.reference.as_ref().filter(|_| config.grpo.kl_in == KlPlace::Loss);
        let pass = Pass { policy, config, reference, counts, first_update };
        // Without advantages a group has no gradient, unless the KL pulls on it: leave it out, but count its tokens.
        let teaching: Vec<&Lesson<'_>> =
            lessons.iter().filter(|lesson| reference.is_some() || lesson.teaches()).collect();
        let widths: Vec<usize> = teaching.iter().map(|lesson| lesson.group.branches().width()).collect();
        let mut sum = Piece::default();
        for micro_batch in by_token_budget(&widths, config.trainer.micro_batch_tokens as usize) {
            let lessons: Vec<&Lesson<'_>> = micro_batch.iter().map(|&lesson| teaching[lesson]).collect();
            sum.add(&pass.run(&lessons, gradients)?);
        }
        Ok(sum)
    }

    /// Moves the weights and returns the gradient's norm, or says what was not finite and leaves them as they are.
    fn step(
        &mut self,
        piece: &Piece,
        gradients: &Gradients,
        learning_rate: f64,
    ) -> Result<Result<f64, &'static str>, TrainError> {
        if !piece.statistics.log_prob_sum.is_finite() {
            return Ok(Err("a log-prob"));
        }
        if !piece.statistics.loss.is_finite() {
            return Ok(Err("the loss"));
        }
        match self.optimizer.step(gradients, learning_rate) {
            Ok(norm) => {
                self.skipped_in_a_row = 0;
                Ok(Ok(norm))
            }
            Err(RlError::Gradient { .. }) => Ok(Err("the gradient")),
            Err(error) => Err(error.into()),
        }
    }

    fn skip(&mut self, questions: Range<usize>, what: &'static str, sums: &mut Sums) {
        self.skipped_in_a_row += 1;
        sums.skipped.push(Skipped { questions, what });
    }
}

/// What the micro-batches of an update have in common.
struct Pass<'update> {
    policy: &'update Policy,
    config: &'update Config,
    /// What the KL in the loss is measured from, where there is one.
    reference: Option<&'update Transformer>,
    /// What the whole mini-batch holds.
    counts: Counts,
    first_update: bool,
}

impl Pass<'_> {
    /// Forward and backward of one micro-batch, whose gradient is added to `gradients`.
    fn run(&self, lessons: &[&Lesson<'_>], gradients: &mut Gradients) -> Result<Piece, TrainError> {
        let Self { policy, config, reference, counts, first_update } = *self;
        let rows: Vec<_> = lessons.iter().map(|lesson| lesson.group.branches()).collect();
        let batch = PackedBatch::new(&rows, policy.transformer.device());
        let (temperature, checkpointed) = (config.rollout.temperature, config.trainer.checkpointed_layers as usize);
        let tape = Tape::forward(&policy.transformer, &batch, temperature, checkpointed)?;
        // The loss is differentiated with respect to the log-probs, and the tape takes it from there.
        let log_probs = batch.per_completion(tape.log_probs())?.set_requires_grad(true); // [completions, longest]
        let sampled = lesson::sampled(lessons, &batch)?;
        // Before the first update the policy is the one that sampled: the ratio is 1, with gradient.
        let old = match lesson::before(lessons, &batch)? {
            _ if first_update => log_probs.detach(),
            Some(before) => before,
            None => sampled.shallow_clone(),
        };
        let reference = reference.map(|reference| reference_log_probs(reference, &batch, temperature)).transpose()?;
        let tokens = TokenBatch {
            log_probs: &log_probs,
            old: &old,
            sampled: &sampled,
            reference: reference.as_ref(),
            advantages: &lesson::advantages(lessons, &batch)?,
            mask: batch.mask(),
        };
        let outcome = objective(&config.grpo, &tokens, counts)?;
        outcome.loss.f_backward()?;

        let (statistics, entropy) = (outcome.statistics()?, f64::try_from(tape.entropy().f_sum(Kind::Double)?)?);
        let mut gap = 0.0;
        if first_update {
            gap = f64::try_from(((log_probs.detach() - sampled).abs() * batch.mask()).max())?;
        }
        tape.backward(&batch.per_token(&log_probs.f_grad()?)?, gradients)?;
        Ok(Piece { statistics, entropy, gap })
    }
}

/// Log-probs under the frozen reference, `[completions, longest]`.
fn reference_log_probs(reference: &Transformer, batch: &PackedBatch, temperature: f64) -> Result<Tensor, TrainError> {
    Ok(batch.per_completion(&batch.log_probs(reference, temperature)?.log_probs)?)
}

/// Advantages of every token of every answer, `[answers][tokens]`; `divergence`, of the same shape, is the KL that the reward is
/// lessened by, and empty where it is not.
fn advantages(config: &Config, groups: &[Group<'_>], divergence: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, TrainError> {
    let answers = || groups.iter().flat_map(|group| group.answers);
    let scores: Vec<f64> = answers().map(|answer| f64::from(answer.reward)).collect();
    let lengths: Vec<usize> = answers().map(|answer| answer.completion.ids.len()).collect();
    let weighted = |row: &Vec<f64>| row.iter().map(|value| value * config.grpo.kl_coefficient).collect();
    let penalties: Vec<Vec<f64>> = divergence.iter().map(weighted).collect();
    let group_size = config.rollout.group_size as usize;
    let rewards = Rewards { scores: &scores, lengths: &lengths, penalties: &penalties, group_size };
    let mut advantages = advantage::per_token(&config.grpo, &rewards)?;
    if config.grpo.advantage_per_task {
        let tasks = groups.iter().flat_map(|group| group.answers.iter().map(move |_| group.question.task));
        advantage::per_task::equalise(&mut advantages, &tasks.collect::<Vec<_>>());
    }
    Ok(advantages)
}

/// The KL estimate at every token, `[answers][tokens]`, from log-probs of the same shape.
fn divergence_of(config: &Config, before: &[Vec<f32>], reference: &[Vec<f32>]) -> Result<Vec<Vec<f64>>, TrainError> {
    let estimate = |(before, reference): (&Vec<f32>, &Vec<f32>)| {
        let row = |values: &[f32]| Tensor::from_slice(values).to_kind(Kind::Double);
        Ok(Vec::try_from(config.grpo.kl.of(&row(before), &row(reference))?)?)
    };
    before.iter().zip(reference).map(estimate).collect()
}

/// Sums over the tokens of a micro-batch or of several.
struct Piece {
    statistics: Statistics,
    /// In nats.
    entropy: f64,
    /// Largest difference between the trainer's and the sampler's log-prob of a token, in the first update.
    gap: f64,
}

impl Piece {
    fn add(&mut self, other: &Self) {
        self.statistics = self.statistics.merge(other.statistics);
        self.entropy += other.entropy;
        self.gap = self.gap.max(other.gap);
    }
}

impl Default for Piece {
    fn default() -> Self {
        Self { statistics: Statistics::EMPTY, entropy: 0.0, gap: 0.0 }
    }
}

/// Sums over the updates that were made.
#[derive(Default)]
struct Sums {
    made: Piece,
    grad_norms: Vec<f64>,
    kl_in_reward: f64,
    skipped: Vec<Skipped>,
}

impl Sums {
    fn add(&mut self, piece: &Piece, grad_norm: f64) {
        self.made.add(piece);
        self.grad_norms.push(grad_norm);
    }

    fn statistics(self) -> UpdateStatistics {
        let Piece { statistics: tokens, entropy, gap } = self.made;
        let updates = self.grad_norms.len() as f64;
        // A mean over no token is not 0.
        let known = if tokens.tokens == 0.0 { f64::NAN } else { 1.0 };
        UpdateStatistics {
            loss: tokens.loss / updates,
            grad_norm: self.grad_norms.iter().sum::<f64>() / updates,
            entropy: known * tokens.mean(entropy),
            kl: known * (tokens.mean(tokens.kl_sum) + self.kl_in_reward),
            logprob_gap: known * gap,
            tokens,
            skipped: self.skipped,
        }
    }
}
