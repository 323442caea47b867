//! Questions ready to be asked: samples of a mixture with their prompt as the policy will read it.

use std::ops::Range;

use rayon::prelude::*;
use serde_json::Value;

use super::TrainError;
use crate::model::Tokenizer;
use crate::tasks::{DynSample, Mixture, Part, Split, prompt_text};

/// One question, its truth and its prompt's token ids.
#[derive(Debug, Clone)]
pub struct Question {
    /// Position of the task in the mixture.
    pub task: usize,
    /// Index of the sample in its task's stream.
    pub index: u64,
    /// Text shown to the policy.
    pub prompt: String,
    /// The text's ids, chat turn included.
    pub prompt_ids: Vec<i64>,
    /// What the answer is compared with.
    pub truth: Value,
    /// Expected score of blind guessing.
    pub chance: f32,
}

/// Samples `indices` of the mixture.
pub fn draw(
    mixture: &Mixture,
    tokenizer: &Tokenizer,
    split: Split,
    indices: Range<u64>,
) -> Result<Vec<Question>, TrainError> {
    indices
        .into_par_iter()
        .map(|index| {
            let drawn = mixture.draw(split, index)?;
            prepare(mixture, tokenizer, drawn.task, index, drawn.sample)
        })
        .collect()
}

/// Sample `index` of one task of the mixture.
pub fn draw_one(
    mixture: &Mixture,
    task: usize,
    tokenizer: &Tokenizer,
    split: Split,
    index: u64,
) -> Result<Question, TrainError> {
    prepare(mixture, tokenizer, task, index, mixture.draw_from(task, split, index)?)
}

/// Samples `indices` of one task of the mixture.
pub fn draw_from(
    mixture: &Mixture,
    task: usize,
    tokenizer: &Tokenizer,
    split: Split,
    indices: Range<u64>,
) -> Result<Vec<Question>, TrainError> {
    indices.into_par_iter().map(|index| draw_one(mixture, task, tokenizer, split, index)).collect()
}

fn prepare(
    mixture: &Mixture,
    tokenizer: &Tokenizer,
    task: usize,
    index: u64,
    sample: DynSample,
) -> Result<Question, TrainError> {
    let blob = sample.prompt.iter().find_map(|part| match part {
        Part::Blob { mime, .. } => Some(mime.clone()),
        Part::Text(_) => None,
    });
    if let Some(mime) = blob {
        return Err(TrainError::Media { task: mixture.tasks()[task].name(), mime });
    }
    let prompt = prompt_text(&sample.prompt);
    let prompt_ids = tokenizer.encode_prompt(&prompt)?;
    Ok(Question { task, index, prompt, prompt_ids, truth: sample.truth, chance: sample.chance })
}
