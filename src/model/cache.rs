//! Keys and values of running sequences: a prompt's once for its whole group, each completion's own in a slot.
//!
//! Prompts and completions lie in two slabs of equal rows. A prompt is computed by [`SlotCache::prefill`], which appends it to
//! the prompt slab; from then on [`SlotCache::decode`] feeds one token of every running completion. What a completion sees is
//! then scored in two parts, the prompt of its group, where all queries of the group share one product, and its own tokens, and
//! both parts go through one softmax. Rows whose sequence has ended are overwritten by the last rows, so that the running ones
//! are always the first.

use tch::{Device, Kind, Tensor};

use super::ModelConfig;
use super::decode::Decode;
use super::decode_batch::DecodeBatch;
use super::prefill::Prefill;
use crate::kernels;

/// How much a cache holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Prompts.
    pub prompts: i64,
    /// Tokens a prompt.
    pub prompt_tokens: i64,
    /// Completions.
    pub completions: i64,
    /// Tokens a completion.
    pub completion_tokens: i64,
}

/// The cache.
#[derive(Debug)]
pub struct SlotCache {
    pub(super) prompts: Slab,
    pub(super) completions: Slab,
}

/// Keys and values, `[layers, 2, rows, key_value_heads, capacity, head_dim]`.
#[derive(Debug)]
pub(super) struct Slab(pub(super) Tensor);

impl Slab {
    fn new(config: &ModelConfig, rows: i64, capacity: i64, options: (Kind, Device)) -> Self {
        let shape = [config.num_hidden_layers, 2, rows, config.num_key_value_heads, capacity, config.head_dim];
        // Zeros, since what is masked out is still multiplied by 0, and 0 x NaN is NaN.
        Self(Tensor::zeros(shape, options))
    }

    /// Keys and values of the first `rows` rows and `width` tokens, `[rows, key_value_heads, width, head_dim]`.
    pub(super) fn layer(&self, layer: usize, rows: i64, width: i64) -> (Tensor, Tensor) {
        let both = self.0.get(layer as i64).narrow(1, 0, rows).narrow(3, 0, width);
        (both.get(0), both.get(1))
    }

    /// Copies rows onto others.
    fn move_rows(&mut self, moves: &[(i64, i64)]) {
        let (from, to): (Vec<i64>, Vec<i64>) = moves.iter().copied().unzip();
        let index = |rows: &[i64]| Tensor::from_slice(rows).to_device(self.0.device());
        let copied = self.0.index_select(2, &index(&from));
        let _ = self.0.index_copy_(2, &index(&to), &copied);
    }
}

impl SlotCache {
    /// An empty cache for a policy that computes in the number format and on the device of `options`.
    pub fn new(config: &ModelConfig, capacity: Capacity, options: (Kind, Device)) -> Self {
        let options = (kernels::widened(options.0, options.1), options.1);
        Self {
            prompts: Slab::new(config, capacity.prompts, capacity.prompt_tokens, options),
            completions: Slab::new(config, capacity.completions, capacity.completion_tokens, options),
        }
    }

    /// Bytes that one token takes, for a policy that computes in the number format and on the device of `options`.
    pub fn bytes_per_token(config: &ModelConfig, (kind, device): (Kind, Device)) -> i64 {
        let kind = kernels::widened(kind, device);
        2 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim * kind.elt_size_in_bytes() as i64
    }

    /// Attention among the tokens of new prompts, packed one after another; their keys and values are stored from row `first` on.
    pub fn prefill(&mut self, first: i64, lengths: &[i64]) -> Prefill<'_> {
        Prefill::new(&self.prompts, first, lengths)
    }

    /// Attention of one new token of every running completion; `batch` tells where each belongs.
    pub fn decode<'cache>(&'cache mut self, batch: &'cache DecodeBatch) -> Decode<'cache> {
        Decode::exactly(self, batch)
    }

    /// The same for work that is recorded: completions as long as they may become within `width` tokens are looked at, whatever
    /// their length is now.
    pub(crate) fn decode_within<'cache>(&'cache mut self, batch: &'cache DecodeBatch, width: i64) -> Decode<'cache> {
        Decode::within(self, batch, width)
    }

    /// Copies completions onto others, `(from, to)`; no row is in both columns.
    pub fn move_completions(&mut self, moves: &[(i64, i64)]) {
        self.completions.move_rows(moves);
    }

    /// Copies prompts onto others, `(from, to)`; no row is in both columns.
    pub fn move_prompts(&mut self, moves: &[(i64, i64)]) {
        self.prompts.move_rows(moves);
    }
}
