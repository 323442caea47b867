//! What ends a completion: any of several tokens, or a text.

use tch::{Device, Tensor};

use super::Sampling;
use crate::model::{ModelError, Policy, Tokenizer};

/// The ends of a run's completions.
#[derive(Debug)]
pub(super) struct Stops<'run> {
    /// Tokens that end a completion.
    tokens: Vec<i64>,
    /// The same on the device, `[tokens]`.
    on_device: Tensor,
    strings: &'run [String],
    tokenizer: &'run Tokenizer,
}

impl<'run> Stops<'run> {
    pub(super) fn new(policy: &'run Policy, sampling: &'run Sampling, device: Device) -> Self {
        let mut tokens = policy.tokenizer.stop_tokens().to_vec();
        tokens.extend(&sampling.stop_tokens);
        tokens.sort_unstable();
        tokens.dedup();
        let on_device = Tensor::from_slice(&tokens).to_device(device);
        Self { tokens, on_device, strings: &sampling.stop_strings, tokenizer: &policy.tokenizer }
    }

    /// Whether texts end completions, so that they have to be read as they grow.
    pub(super) fn reads_text(&self) -> bool {
        !self.strings.is_empty()
    }

    /// The ending tokens, `[tokens]`.
    pub(super) fn on_device(&self) -> &Tensor {
        &self.on_device
    }

    /// Which of `drawn` `[rows]` end their completion, `[rows]`.
    pub(super) fn among(&self, drawn: &Tensor) -> Tensor {
        drawn.unsqueeze(1).eq_tensor(&self.on_device).any_dim(1, false)
    }

    /// Tokens up to the first one that ends the completion, that one included; `None` where there is none.
    pub(super) fn end(&self, ids: &[i64]) -> Option<usize> {
        ids.iter().position(|id| self.tokens.contains(id)).map(|last| last + 1)
    }

    /// Whether the text of `ids` ends the completion by what its last token adds.
    pub(super) fn text_ends(&self, ids: &[i64]) -> Result<bool, ModelError> {
        let Some(longest) = self.strings.iter().map(String::len).max() else { return Ok(false) };
        // A token is a byte at least; a few more decode a character that the cut splits.
        let tail = &ids[ids.len().saturating_sub(longest + 4)..];
        let text = self.tokenizer.decode(tail)?;
        Ok(self.strings.iter().any(|string| text.contains(string.as_str())))
    }
}
