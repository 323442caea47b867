//! A whole step: completions, rewards, advantages, one update.

use std::time::Instant;

use serde::Serialize;

use super::measure::median;
use super::{Measurement, Repetitions, Report, Subject, rollout, train};
use crate::train::TrainError;
use crate::train::learner::Learner;

/// Seconds of the parts of a step, medians.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Parts {
    /// Generation.
    pub rollout_s: f64,
    /// Rewards, advantages and the update.
    pub train_s: f64,
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
    let work =
        subject.workload.generation(shape, transformer.kind()) + subject.workload.learning(shape, config.lora.is_on());
    let mut report = Report::new("grpo", subject, &work, &measured)?;
    report.memory_estimate = Some(subject.memory_estimate(&config)?);
    report.parts = Some(Parts { rollout_s: median(generating), train_s: median(&learning) });
    Ok(report)
}
