//! What a run leaves in its folder: a line of metrics and the completions of every step, evaluations, and the same numbers
//! for TensorBoard.

use std::collections::BTreeMap;

use super::answers::Answer;
use super::contrast::Contrast;
use super::learner::UpdateStatistics;
use super::questions::Question;
use super::sample::Rollouts;
use super::{Run, TrainError, evaluate};
use crate::config::{Config, RolloutCorrection};
use crate::report::{
    EvalPhase, EvalRecord, EventLog, JsonLines, LogLengths, Position, RolloutRecord, StepMetrics, TaskMetrics,
    peak_memory_bytes, plateaued,
};
use crate::rl::advantage::group::all_equal;
use crate::tasks::{Measured, Mixture, RewardTerms, Split};

/// The logs of a run, open for appending.
pub(super) struct Records<'run> {
    run: &'run Run<'run>,
    metrics_log: JsonLines<StepMetrics>,
    eval_log: JsonLines<EvalRecord>,
    event_log: EventLog,
    evaluations: Vec<EvalRecord>,
    told_of_skipped: bool,
    contrast: Contrast,
}

impl<'run> Records<'run> {
    /// Opens the logs of a run that stands at `position`.
    pub(super) fn open(run: &'run Run<'run>, position: Position) -> Result<Self, TrainError> {
        let folder = run.folder;
        Ok(Self {
            run,
            metrics_log: folder.metrics_log()?,
            eval_log: folder.eval_log()?,
            event_log: folder.event_log(run.resumed.map(|_| position.step + 1))?,
            evaluations: folder.evaluations()?.records,
            told_of_skipped: position.skipped_prompts > 0,
            contrast: Contrast::default(),
        })
    }

    /// Evaluates where the settings ask for it at this step: before the first, and every `eval.every` steps.
    pub(super) fn evaluation_is_due(&self, step: u64) -> bool {
        let (every, steps) = (self.run.config.eval.every, self.run.config.grpo.steps);
        step == 0 || (every > 0 && step.is_multiple_of(every) && step < steps)
    }

    /// Scores the policy and records it.
    pub(super) fn evaluate(&mut self, phase: EvalPhase, step: u64) -> Result<(), TrainError> {
        let known =
            self.evaluations.iter().rev().find(|earlier| earlier.benchmark.is_none()).filter(|last| last.step == step);
        let tasks = match known {
            // The policy has not moved since.
            Some(last) => last.tasks.clone(),
            None => evaluate::evaluate(self.run.mixture, self.run.policy, self.run.config, self.run.progress)?,
        };
        let record = EvalRecord::of_tasks(phase, step, tasks);
        self.eval_log.write(&record)?;
        self.event_log.scalars(step, &record.scalars())?;
        self.evaluations.push(record);
        Ok(())
    }

    /// Whether the held-out score has stopped rising, by the settings.
    pub(super) fn plateaued(&self) -> bool {
        let settings = &self.run.config.eval;
        plateaued(&self.evaluations, settings.patience, settings.min_delta)
    }

    /// Records a step.
    pub(super) fn step(&mut self, metrics: &StepMetrics, rollouts: &Rollouts) -> Result<(), TrainError> {
        if metrics.skipped_prompts > 0 && !self.told_of_skipped {
            self.told_of_skipped = true;
            let (step, skipped) = (metrics.step, metrics.skipped_prompts);
            self.run.progress.message(&format!(
                "step {step}: {skipped} questions were left out, their prompts do not fit the model's context; \
                 `skipped_prompts` in metrics.jsonl counts them"
            ));
        }
        // Groups without contrast are asked anew under dynamic sampling.
        if self.run.config.grpo.dynamic_sampling == 0 {
            let (groups, without) = (rollouts.questions.len() as u64, metrics.zero_std_groups);
            if let Some(told) = self.contrast.observe(metrics.step, groups, without, metrics.reward_mean) {
                self.run.progress.message(&told);
            }
        }
        self.metrics_log.write(metrics)?;
        self.event_log.scalars(metrics.step, &metrics.scalars())?;
        let records = rollout_records(self.run, metrics.step, rollouts);
        Ok(self.run.folder.write_rollouts(metrics.step, &records)?)
    }

    /// All evaluations so far.
    pub(super) fn evaluations(&self) -> &[EvalRecord] {
        &self.evaluations
    }

    /// Flushes all logs to the disk and tells how long they are.
    pub(super) fn sync(&self) -> Result<LogLengths, TrainError> {
        let events = self.run.folder.sync_events(&self.event_log)?;
        Ok(LogLengths { metrics: self.metrics_log.sync()?, eval: self.eval_log.sync()?, events })
    }
}

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
    let generated = generated_tokens(answers);
    let mut metrics = StepMetrics {
        step,
        reward_mean,
        reward_std: mean(rewards.iter().map(|reward| (reward - reward_mean).powi(2))).sqrt(),
        tasks: by_task(run, questions, answers),
        parse_rate: share(|answer| answer.verdict.parsed.is_some()),
        truncated_rate: share(|answer| answer.completion.truncated),
        zero_std_groups: rewards.chunks(run.config.rollout.group_size as usize).filter(|group| all_equal(group)).count()
            as u64,
        skipped_prompts: rollouts.skipped_prompts,
        kl: (run.config.grpo.kl_coefficient > 0.0).then_some(update.kl),
        skipped_updates: update.skipped.len() as u64,
        learning: learning(run.config, rollouts, learned_from, update),
        clip_fraction: update.tokens.clip_fraction(),
        entropy: update.entropy,
        grad_norm: update.grad_norm,
        loss: update.loss,
        ask_seconds: rollouts.ask_seconds,
        rollout_seconds: rollouts.rollout_seconds,
        verify_seconds: rollouts.verify_seconds,
        tokens_per_second: generated / rollouts.rollout_seconds,
        completion_len_mean: generated / all.len().max(1) as f64,
        logprob_gap: update.logprob_gap,
        memory_peak_bytes: peak_memory_bytes(),
        ..StepMetrics::default()
    };
    let terms: Vec<RewardTerms> = all.iter().map(|answer| answer.terms).collect();
    metrics.set_reward_terms(&run.config.reward.weights, &terms);
    metrics
}

/// Adds what the curriculum measured of the step, by the tasks' positions in the mixture.
pub(super) fn add_measured(metrics: &mut StepMetrics, mixture: &Mixture, measured: &BTreeMap<usize, Measured>) {
    for (&position, measured) in measured {
        if let Some(task) = metrics.tasks.get_mut(mixture.tasks()[position].name()) {
            task.level = Some(measured.level);
            task.solve_rate = Some(measured.solve_rate);
        }
    }
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
                ..TaskMetrics::default()
            };
            Some((task.name().to_owned(), metrics))
        })
        .collect()
}

/// Every completion of the step with its verdict, enough to score it again.
fn rollout_records(run: &Run<'_>, step: u64, rollouts: &Rollouts) -> Vec<RolloutRecord> {
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
                media: question.media.clone(),
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
