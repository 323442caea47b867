//! A whole step: completions, rewards, advantages, one update.

use std::time::Instant;

use serde::Serialize;

use super::measure::median;
use super::{Measurement, Repetitions, Report, Subject, rollout, train};
use crate::train::TrainError;
use crate::train::learner::Learner;

/// The parts of a step: seconds, medians, and the work of each as [`work`](super::work) counts it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Parts {
    /// Generation.
    pub rollout_s: f64,
    /// Rewards, advantages and the update.
    pub train_s: f64,
    /// Arithmetic of generation.
    pub rollout_gflop: f64,
    /// Weights, keys and values that generation reads.
    pub rollout_gigabytes: f64,
    /// Arithmetic of the update.
    pub train_gflop: f64,
}

/// Measures whole steps of `subject`.
pub fn run(subject: &Subject, repetitions: Repetitions) -> Result<Report, TrainError> {
    let transformer = &subject.policy.transformer;
    let config = subject.config();
    let mut learner = Learner::new(&subject.policy, &config)?;
    let mut generating = Vec::new();
    let measured = Measurement::of(repetitions, transformer.device(), |step| {
        let started = Instant::now();
        let groups = rollout::completions(subject, step)?;
        generating.push(started.elapsed().as_secs_f64());
        train::update(subject, &config, &mut learner, &subject.prompts(step), groups)
    })?;
    let generating = &generating[repetitions.warmup as usize..];
    let learning: Vec<f64> = measured.steps.iter().zip(generating).map(|(step, rollout)| step - rollout).collect();
    let shape = transformer.config();
    let generation = subject.workload.generation(shape, transformer.kind());
    let update = subject.workload.learning(shape, config.lora.is_on());
    let mut report = Report::new("grpo", subject, &(generation + update), &measured)?;
    report.memory_estimate = Some(subject.memory_estimate(&config)?);
    report.parts = Some(Parts {
        rollout_s: median(generating),
        train_s: median(&learning),
        rollout_gflop: generation.flop / 1e9,
        rollout_gigabytes: generation.bytes_read.unwrap_or_default() / 1e9,
        train_gflop: update.flop / 1e9,
    });
    Ok(report)
}
