//! Lessons: questions with their answers and what the advantage makes of them, and their values as tensors of a batch.

use tch::Tensor;

use super::TrainError;
use super::answers::Answer;
use super::batch::{Branches, PackedBatch};
use super::questions::Question;
use crate::rl::advantage::group::all_equal;

/// A question and the answers of its group.
#[derive(Debug, Clone, Copy)]
pub struct Group<'step> {
    /// What was asked.
    pub question: &'step Question,
    /// What the policy answered.
    pub answers: &'step [Answer],
}

impl Group<'_> {
    /// The row of tokens that a batch is made of.
    pub fn branches(&self) -> Branches<'_> {
        let completions = self.answers.iter().map(|answer| answer.completion.ids.as_slice()).collect();
        Branches { prompt: self.question.into(), completions }
    }

    /// Whether the rewards differ, so that there is something to compare.
    pub fn has_contrast(&self) -> bool {
        let rewards: Vec<f64> = self.answers.iter().map(|answer| f64::from(answer.reward)).collect();
        !all_equal(&rewards)
    }
}

/// A group and what is to be learned from it, for every token of every answer.
#[derive(Debug)]
pub(super) struct Lesson<'step> {
    pub(super) group: Group<'step>,
    /// `[answers][tokens]`.
    pub(super) advantages: Vec<Vec<f64>>,
    /// The trainer's log-probs before the first update of the step, `[answers][tokens]`; `None` where the sampler's stand
    /// for them.
    pub(super) before: Option<Vec<Vec<f32>>>,
}

impl Lesson<'_> {
    /// Whether any token has an advantage.
    pub(super) fn teaches(&self) -> bool {
        self.advantages.iter().flatten().any(|&advantage| advantage != 0.0)
    }

    pub(super) fn tokens(&self) -> u64 {
        self.group.answers.iter().map(|answer| answer.completion.ids.len() as u64).sum()
    }
}

/// Advantages of the lessons as `batch` lays them out, `[completions, longest]`.
pub(super) fn advantages(lessons: &[&Lesson<'_>], batch: &PackedBatch) -> Result<Tensor, TrainError> {
    let values = lessons.iter().flat_map(|lesson| lesson.advantages.iter().flatten()).map(|&value| value as f32);
    laid_out(&values.collect::<Vec<_>>(), batch)
}

/// The sampler's log-probs, `[completions, longest]`.
pub(super) fn sampled(lessons: &[&Lesson<'_>], batch: &PackedBatch) -> Result<Tensor, TrainError> {
    let answers = lessons.iter().flat_map(|lesson| lesson.group.answers);
    let values: Vec<f32> = answers.flat_map(|answer| answer.completion.log_probs.iter().copied()).collect();
    laid_out(&values, batch)
}

/// The trainer's log-probs before the step, `[completions, longest]`; `None` where they were not computed.
pub(super) fn before(lessons: &[&Lesson<'_>], batch: &PackedBatch) -> Result<Option<Tensor>, TrainError> {
    let rows: Option<Vec<&Vec<Vec<f32>>>> = lessons.iter().map(|lesson| lesson.before.as_ref()).collect();
    let Some(rows) = rows else { return Ok(None) };
    let values: Vec<f32> = rows.into_iter().flatten().flatten().copied().collect();
    laid_out(&values, batch).map(Some)
}

fn laid_out(values: &[f32], batch: &PackedBatch) -> Result<Tensor, TrainError> {
    Ok(batch.per_completion(&Tensor::from_slice(values).to_device(batch.mask().device()))?)
}
