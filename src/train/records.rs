//! What a step leaves in the run folder.

use std::collections::BTreeMap;

use super::Run;
use super::answers::Answer;
use super::learner::UpdateStatistics;
use super::questions::Question;
use super::sample::Rollouts;
use crate::config::{Config, RolloutCorrection};
use crate::report::{RolloutRecord, StepMetrics, TaskMetrics, peak_memory_bytes};
use crate::rl::advantage::group::all_equal;
use crate::tasks::{RewardTerms, Split};

/// The step's statistics over all that was asked, of which `learned_from` groups were learned from; the learning rate and
/// the times of learning are the caller's to fill in.
pub(super) fn step_metrics(
    run: &Run<'_>,
    step: u64,
    rollouts: &Rollouts,
    learned_from: usize,
    update: &UpdateStatistics,
) -> StepMetrics {
    let Rollouts { questions, answers, .. } = rollouts;
    let all: Vec<&Answer> = answers.iter().flatten().collect();
    let share = |holds: fn(&Answer) -> bool| mean(all.iter().map(|answer| f64::from(u8::from(holds(answer)))));
    let rewards: Vec<f64> = all.iter().map(|answer| f64::from(answer.reward)).collect();
    let reward_mean = mean(rewards.iter().copied());
    let mut metrics = StepMetrics {
        step,
        reward_mean,
        reward_std: mean(rewards.iter().map(|reward| (reward - reward_mean).powi(2))).sqrt(),
        tasks: by_task(run, questions, answers),
        parse_rate: share(|answer| answer.verdict.parsed.is_some()),
        truncated_rate: share(|answer| answer.completion.truncated),
        zero_std_groups: rewards.chunks(run.config.rollout.group_size as usize).filter(|group| all_equal(group)).count()
            as u64,
        kl: (run.config.grpo.kl_coefficient > 0.0).then_some(update.kl),
        skipped_updates: update.skipped.len() as u64,
        learning: learning(run.config, rollouts, learned_from, update),
        clip_fraction: update.tokens.clip_fraction(),
        entropy: update.entropy,
        grad_norm: update.grad_norm,
        loss: update.loss,
        rollout_seconds: rollouts.rollout_seconds,
        verify_seconds: rollouts.verify_seconds,
        tokens_per_second: generated_tokens(answers) / rollouts.rollout_seconds,
        completion_len_mean: generated_tokens(answers) / all.len().max(1) as f64,
        logprob_gap: update.logprob_gap,
        memory_peak_bytes: peak_memory_bytes(),
        ..StepMetrics::default()
    };
    let terms: Vec<RewardTerms> = all.iter().map(|answer| answer.terms).collect();
    metrics.set_reward_terms(&run.config.reward.weights, &terms);
    metrics
}

/// What the techniques in use did, by name.
fn learning(
    config: &Config,
    rollouts: &Rollouts,
    learned_from: usize,
    update: &UpdateStatistics,
) -> BTreeMap<&'static str, f64> {
    let tokens = &update.tokens;
    let mut learning = BTreeMap::new();
    if config.grpo.dynamic_sampling > 0 {
        learning.insert("dynamic_sampling/batches", rollouts.batches as f64);
        learning.insert("dynamic_sampling/left_out", (rollouts.questions.len() - learned_from) as f64);
    }
    if config.grpo.rollout_correction != RolloutCorrection::None {
        learning.insert("rollout_correction/mean", tokens.mean(tokens.correction_sum));
        learning.insert("rollout_correction/max", tokens.correction_max);
        learning.insert("rollout_correction/bounded", tokens.mean(tokens.correction_bounded));
    }
    if config.grpo.dual_clip > 0.0 {
        learning.insert("dual_clip_fraction", tokens.mean(tokens.clipped_dual));
    }
    learning
}

/// Reward, accuracy and chance of every task drawn in the step.
fn by_task(run: &Run<'_>, questions: &[Question], answers: &[Vec<Answer>]) -> BTreeMap<String, TaskMetrics> {
    let tasks = run.mixture.tasks().iter().enumerate();
    tasks
        .filter_map(|(position, task)| {
            let drawn = || questions.iter().zip(answers).filter(|(question, _)| question.task == position);
            let answered = || drawn().flat_map(|(_, group)| group);
            drawn().next()?;
            let metrics = TaskMetrics {
                reward: mean(answered().map(|answer| f64::from(answer.reward))),
                chance: mean(drawn().map(|(question, _)| f64::from(question.chance))),
                accuracy: mean(answered().map(|answer| f64::from(u8::from(answer.verdict.exact)))),
            };
            Some((task.name().to_owned(), metrics))
        })
        .collect()
}

/// Every completion of the step with its verdict, enough to score it again.
pub(super) fn rollouts(run: &Run<'_>, step: u64, rollouts: &Rollouts) -> Vec<RolloutRecord> {
    let groups = rollouts.questions.iter().zip(&rollouts.answers).enumerate();
    groups
        .flat_map(|(group, (question, answers))| {
            answers.iter().map(move |answer| RolloutRecord {
                step,
                task: run.mixture.tasks()[question.task].name().to_owned(),
                seed: run.config.seed,
                split: Split::Train,
                index: question.index,
                group: group as u64,
                prompt: question.prompt.clone(),
                completion: answer.text.clone(),
                truth: question.truth.clone(),
                verdict: answer.verdict.clone(),
                reward: answer.reward,
                tokens: answer.completion.ids.len() as u64,
                truncated: answer.completion.truncated,
            })
        })
        .collect()
}

/// Tokens the policy wrote in the step.
fn generated_tokens(answers: &[Vec<Answer>]) -> f64 {
    answers.iter().flatten().map(|answer| answer.completion.ids.len()).sum::<usize>() as f64
}

/// The step in a few words, for the progress bar.
pub(super) fn summary(metrics: &StepMetrics) -> String {
    let tasks = || metrics.tasks.values();
    let accuracy = mean(tasks().map(|task| task.accuracy));
    let chance = mean(tasks().map(|task| task.chance));
    format!("reward {:.2}, accuracy {accuracy:.2} (chance {chance:.2})", metrics.reward_mean)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_u64), |(sum, count), value| (sum + value, count + 1));
    sum / count.max(1) as f64
}
