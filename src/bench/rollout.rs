//! Generation alone.

use super::{Measurement, Repetitions, Report, Subject, Workload};
use crate::model::ModelError;
use crate::rollout::{Completion, Sampling, generate};

/// Measures the generation of `subject`'s completions.
pub fn run(subject: &Subject, repetitions: Repetitions) -> Result<Report, ModelError> {
    let transformer = &subject.policy.transformer;
    let measured = Measurement::of(repetitions, transformer.device(), |step| completions(subject, step).map(drop))?;
    let work = subject.workload.generation(transformer.config(), transformer.kind());
    Report::new("rollout", subject, &work, &measured)
}

/// The completions of step `step`, `[prompt][member]`, each of the exact length.
pub(super) fn completions(subject: &Subject, step: u64) -> Result<Vec<Vec<Completion>>, ModelError> {
    let Workload { group, new, .. } = subject.workload;
    let Sampling { cache_bytes, record_steps, .. } = Sampling::of(&subject.settings.rollout);
    let length = Sampling { min_new_tokens: new as i64, max_new_tokens: new as i64, ..Sampling::default() };
    let sampling = Sampling { cache_bytes, record_steps, ..length };
    let stream = |prompt: usize, member: i64| subject.stream(step, prompt, member);
    generate(&subject.policy, &subject.prompts(step), group as i64, &sampling, stream)
}
