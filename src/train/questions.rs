//! Questions ready to be asked: samples of a mixture with their prompt as the policy will read it.

use std::ops::Range;

use rayon::prelude::*;
use serde_json::Value;

use super::TrainError;
use crate::model::media::Prompt;
use crate::model::{EncodedPrompt, Tokenizer};
use crate::tasks::{BlobReference, DynSample, Mixture, Split, blob_references, prompt_text};

/// One question, its truth and its prompt's token ids.
#[derive(Debug, Clone)]
pub struct Question {
    /// Position of the task in the mixture.
    pub task: usize,
    /// Index of the sample in its task's stream.
    pub index: u64,
    /// Text shown to the policy.
    pub prompt: String,
    /// The media in it, in order.
    pub media: Vec<BlobReference>,
    /// The same as the policy is given it.
    pub encoded: EncodedPrompt,
    /// What the answer is compared with.
    pub truth: Value,
    /// Expected score of blind guessing.
    pub chance: f32,
}

impl Question {
    /// Tokens of the prompt.
    pub fn prompt_tokens(&self) -> usize {
        self.encoded.ids.len()
    }
}

impl<'prompt> From<&'prompt Question> for Prompt<'prompt> {
    fn from(question: &'prompt Question) -> Self {
        (&question.encoded).into()
    }
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
    let encoded = tokenizer.encode_parts(&sample.prompt).map_err(|source| TrainError::Prompt {
        task: mixture.tasks()[task].name(),
        index,
        source: Box::new(source),
    })?;
    let (prompt, media) = (prompt_text(&sample.prompt), blob_references(&sample.prompt));
    Ok(Question { task, index, prompt, media, encoded, truth: sample.truth, chance: sample.chance })
}
