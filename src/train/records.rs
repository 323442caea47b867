//! What a step leaves in the run folder.

use std::collections::BTreeMap;

use super::answers::Answer;
use super::learner::UpdateStatistics;
use super::questions::Question;
use super::{Run, TrainError};
use crate::report::{RolloutRecord, StepMetrics, TaskMetrics, peak_memory_bytes};
use crate::rl::advantage;
use crate::tasks::{RewardTerms, Split};

/// The step's statistics; times and the learning rate are the caller's to fill in.
pub(super) fn step_metrics(
    run: &Run<'_>,
    step: u64,
    questions: &[Question],
    answers: &[Vec<Answer>],
    update: &UpdateStatistics,
) -> Result<StepMetrics, TrainError> {
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
        zero_std_groups: advantage::zero_std_groups(&rewards, run.config.rollout.group_size as usize)? as u64,
        kl: (run.config.grpo.kl_coefficient > 0.0).then_some(update.kl),
        clip_fraction: update.clip_fraction,
        entropy: update.entropy,
        grad_norm: update.grad_norm,
        loss: update.loss,
        completion_len_mean: generated_tokens(answers) / all.len().max(1) as f64,
        logprob_gap: update.logprob_gap,
        memory_peak_bytes: peak_memory_bytes(),
        ..StepMetrics::default()
    };
    let terms: Vec<RewardTerms> = all.iter().map(|answer| answer.terms).collect();
    metrics.set_reward_terms(&run.config.reward.weights, &terms);
    Ok(metrics)
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
pub(super) fn rollouts(
    run: &Run<'_>,
    step: u64,
    questions: &[Question],
    answers: &[Vec<Answer>],
) -> Vec<RolloutRecord> {
    let groups = questions.iter().zip(answers).enumerate();
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
pub(super) fn generated_tokens(answers: &[Vec<Answer>]) -> f64 {
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
