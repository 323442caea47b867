//! The metrics of one step: one line of `metrics.jsonl`, under names that never change.
//!
//! A task's name always holds a slash (`graph/edge-prediction`), a statistic's or a reward term's never does, so that
//! `reward/mean`, `reward/format` and `reward/graph/edge-prediction` cannot collide.
//!
//! With equal seeds on the same machine all values are equal but for those [`MetricsRow::depends_on_the_clock`] names.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

use crate::tasks::{RewardTerms, RewardWeights};

/// One training step. Means are over the completions of the step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StepMetrics {
    /// Step, from 1.
    pub step: u64,
    /// Mean reward.
    pub reward_mean: f64,
    /// Standard deviation of the reward over all completions.
    pub reward_std: f64,
    /// By task name, the tasks drawn in this step.
    pub tasks: BTreeMap<String, TaskMetrics>,
    /// Mean of each reward term that has a weight, unweighted, by name: `format`, `length`, `repetition`,
    /// `repeated_lines`, `overlong`.
    pub reward_terms: BTreeMap<&'static str, f64>,
    /// Share of completions from which an answer could be read.
    pub parse_rate: f64,
    /// Share of completions cut off at the token limit.
    pub truncated_rate: f64,
    /// Groups whose rewards are all equal: they teach nothing.
    pub zero_std_groups: u64,
    /// Questions of the step left out because their prompt does not fit the context; others took their place.
    pub skipped_prompts: u64,
    /// Updates not made because a number was not finite.
    pub skipped_updates: u64,
    /// Mean KL to the reference policy by the estimator in use, in nats a token; absent without a reference.
    pub kl: Option<f64>,
    /// What the techniques in use did, by name: `rollout_correction/mean`, `dynamic_sampling/batches` and the like.
    pub learning: BTreeMap<&'static str, f64>,
    /// Share of tokens whose ratio was clipped.
    pub clip_fraction: f64,
    /// Mean entropy of the policy, in nats a token.
    pub entropy: f64,
    /// Norm of the gradient before clipping.
    pub grad_norm: f64,
    /// Learning rate of the step.
    pub lr: f64,
    /// Loss before the update.
    pub loss: f64,
    /// Mean completion length, in tokens.
    pub completion_len_mean: f64,
    /// Largest absolute difference between the sampler's and the trainer's log-probability of a token.
    pub logprob_gap: f64,
    /// Seconds that the step waited for its questions, a part of those spent generating.
    pub ask_seconds: f64,
    /// Seconds spent generating.
    pub rollout_seconds: f64,
    /// Seconds spent verifying.
    pub verify_seconds: f64,
    /// Seconds spent in loss, gradient and update.
    pub train_seconds: f64,
    /// Seconds of the whole step.
    pub step_seconds: f64,
    /// Generated tokens a second of generation.
    pub tokens_per_second: f64,
    /// Largest resident memory of the process so far; absent where the system does not tell.
    pub memory_peak_bytes: Option<u64>,
}

/// One task's share of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TaskMetrics {
    /// Mean reward.
    pub reward: f64,
    /// Expected score of blind guessing on the questions drawn.
    pub chance: f64,
    /// Share of exact answers.
    pub accuracy: f64,
    /// Level at which a curriculum asked, 0 the easiest; absent where the task does not move.
    pub level: Option<u64>,
    /// Share of exact answers over the curriculum's window so far.
    pub solve_rate: Option<f64>,
}

impl StepMetrics {
    /// Sets [`reward_terms`](Self::reward_terms) to the mean of every optional term that `weights` pays for.
    pub fn set_reward_terms(&mut self, weights: &RewardWeights, terms: &[RewardTerms]) {
        let mean = |value: fn(&RewardTerms) -> f32| {
            terms.iter().map(|terms| f64::from(value(terms))).sum::<f64>() / terms.len().max(1) as f64
        };
        let optional: [(&'static str, f32, f64); 5] = [
            ("format", weights.format, mean(|terms| terms.format)),
            ("length", weights.length, mean(|terms| terms.length)),
            ("repetition", weights.repetition, mean(|terms| terms.repetition)),
            ("repeated_lines", weights.repeated_lines, mean(|terms| terms.repeated_lines)),
            ("overlong", weights.overlong, mean(|terms| terms.overlong)),
        ];
        self.reward_terms =
            optional.into_iter().filter(|(_, weight, _)| *weight != 0.0).map(|(name, _, mean)| (name, mean)).collect();
    }
}

impl Serialize for StepMetrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("step", &self.step)?;
        map.serialize_entry("reward/mean", &self.reward_mean)?;
        map.serialize_entry("reward/std", &self.reward_std)?;
        for (term, mean) in &self.reward_terms {
            map.serialize_entry(&format!("reward/{term}"), mean)?;
        }
        for (task, metrics) in &self.tasks {
            map.serialize_entry(&format!("reward/{task}"), &metrics.reward)?;
            map.serialize_entry(&format!("chance/{task}"), &metrics.chance)?;
            map.serialize_entry(&format!("accuracy/{task}"), &metrics.accuracy)?;
            if let Some(level) = &metrics.level {
                map.serialize_entry(&format!("level/{task}"), level)?;
            }
            if let Some(rate) = &metrics.solve_rate {
                map.serialize_entry(&format!("solve_rate/{task}"), rate)?;
            }
        }
        map.serialize_entry("parse_rate", &self.parse_rate)?;
        map.serialize_entry("truncated_rate", &self.truncated_rate)?;
        map.serialize_entry("zero_std_groups", &self.zero_std_groups)?;
        map.serialize_entry("skipped_prompts", &self.skipped_prompts)?;
        map.serialize_entry("skipped_updates", &self.skipped_updates)?;
        if let Some(kl) = &self.kl {
            map.serialize_entry("kl", kl)?;
        }
        for (name, value) in &self.learning {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("clip_fraction", &self.clip_fraction)?;
        map.serialize_entry("entropy", &self.entropy)?;
        map.serialize_entry("grad_norm", &self.grad_norm)?;
        map.serialize_entry("lr", &self.lr)?;
        map.serialize_entry("loss", &self.loss)?;
        map.serialize_entry("completion_len/mean", &self.completion_len_mean)?;
        map.serialize_entry("logprob_gap", &self.logprob_gap)?;
        map.serialize_entry("time/ask_s", &self.ask_seconds)?;
        map.serialize_entry("time/rollout_s", &self.rollout_seconds)?;
        map.serialize_entry("time/verify_s", &self.verify_seconds)?;
        map.serialize_entry("time/train_s", &self.train_seconds)?;
        map.serialize_entry("time/step_s", &self.step_seconds)?;
        map.serialize_entry("tokens_per_s", &self.tokens_per_second)?;
        if let Some(bytes) = &self.memory_peak_bytes {
            map.serialize_entry("memory/peak_bytes", bytes)?;
        }
        map.end()
    }
}

impl StepMetrics {
    /// Every number of the line but the step, under its name: what TensorBoard shows.
    pub fn scalars(&self) -> Vec<(String, f64)> {
        let line = serde_json::to_value(self).unwrap_or_default();
        let entries = line.as_object().into_iter().flatten();
        let scalar = |(name, value): (&String, &Value)| Some((name.clone(), value.as_f64()?));
        entries.filter(|(name, _)| *name != "step").filter_map(scalar).collect()
    }
}

/// A line of `metrics.jsonl` read back: values by name, whatever the version that wrote it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricsRow {
    /// Step, from 1.
    pub step: u64,
    /// Every other value by name, in the order of the file.
    #[serde(flatten)]
    pub values: Map<String, Value>,
}

impl MetricsRow {
    /// The value of `name`; `None` where it is absent or was not finite.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.values.get(name)?.as_f64()
    }

    /// Whether two runs with equal seeds may differ in `name`.
    pub fn depends_on_the_clock(name: &str) -> bool {
        name.starts_with("time/") || name.starts_with("memory/") || name == "tokens_per_s"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::Verdict;

    #[test]
    fn a_line_has_the_fixed_names_in_order() {
        let task = TaskMetrics { reward: 0.5, chance: 0.25, accuracy: 0.375, ..TaskMetrics::default() };
        let metrics = StepMetrics {
            step: 3,
            tasks: BTreeMap::from([("graph/motif".to_owned(), task)]),
            reward_terms: BTreeMap::from([("format", 1.0)]),
            kl: Some(0.125),
            learning: BTreeMap::from([("rollout_correction/mean", 0.5)]),
            memory_peak_bytes: Some(4096),
            ..StepMetrics::default()
        };
        let expected = concat!(
            r#"{"step":3,"reward/mean":0.0,"reward/std":0.0,"reward/format":1.0,"reward/graph/motif":0.5,"#,
            r#""chance/graph/motif":0.25,"accuracy/graph/motif":0.375,"parse_rate":0.0,"truncated_rate":0.0,"#,
            r#""zero_std_groups":0,"skipped_prompts":0,"skipped_updates":0,"kl":0.125,"rollout_correction/mean":0.5,"#,
            r#""clip_fraction":0.0,"entropy":0.0,"grad_norm":0.0,"lr":0.0,"loss":0.0,"#,
            r#""completion_len/mean":0.0,"logprob_gap":0.0,"time/ask_s":0.0,"time/rollout_s":0.0,"time/verify_s":0.0,"time/train_s":0.0,"#,
            r#""time/step_s":0.0,"tokens_per_s":0.0,"memory/peak_bytes":4096}"#,
        );
        assert_eq!(serde_json::to_string(&metrics).unwrap(), expected);
        let row: MetricsRow = serde_json::from_str(expected).unwrap();
        assert_eq!((row.step, row.get("kl"), row.get("memory/peak_bytes")), (3, Some(0.125), Some(4096.0)));
    }

    #[test]
    fn a_task_that_a_curriculum_moves_shows_where_it_stands() {
        let task = TaskMetrics { level: Some(2), solve_rate: Some(0.75), ..TaskMetrics::default() };
        let metrics =
            StepMetrics { tasks: BTreeMap::from([("graph/motif".to_owned(), task)]), ..StepMetrics::default() };
        let line = serde_json::to_string(&metrics).unwrap();
        assert!(
            line.contains(r#""accuracy/graph/motif":0.0,"level/graph/motif":2,"solve_rate/graph/motif":0.75,"#),
            "{line}"
        );
    }

    #[test]
    fn only_terms_with_a_weight_are_logged() {
        let weights = RewardWeights { format: 0.5, ..RewardWeights::default() };
        let verdict = Verdict::unreadable("nothing");
        let terms = [RewardTerms::of("<answer>b</answer>", 1, 4, &verdict), RewardTerms::of("b", 1, 4, &verdict)];
        let mut metrics = StepMetrics::default();
        metrics.set_reward_terms(&weights, &terms);
        assert_eq!(metrics.reward_terms, BTreeMap::from([("format", 0.5)]));
    }
}
