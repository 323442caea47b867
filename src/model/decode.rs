//! The completions' part of a [`SlotCache`]: attention of one new token of every running completion.
//!
//! What a completion sees is scored in two parts, the prompt of its group, where all queries of the group share one product, and its
//! own tokens, and both parts go through one softmax.

use tch::{Kind, Tensor};

use super::SlotCache;
use super::attend::{Attend, widened};
use super::decode_batch::{DecodeBatch, Here};
use crate::kernels;

/// Attention of one new token of every running completion.
#[derive(Debug)]
pub struct Decode<'cache> {
    cache: &'cache mut SlotCache,
    batch: &'cache DecodeBatch,
    /// Additive, `[rows, 1, 1, width]`; none where every completion takes the whole width.
    own_mask: Option<Tensor>,
    width: i64,
    /// `[rows]`
    row: Tensor,
}

impl<'cache> Decode<'cache> {
    /// Completions looked at in the width that the longest takes.
    pub(super) fn exactly(cache: &'cache mut SlotCache, batch: &'cache DecodeBatch) -> Self {
        let width = batch.width();
        let own_mask = (!batch.equally_long).then(|| batch.own_mask(width));
        Self { cache, batch, own_mask, width, row: batch.row_numbers() }
    }

    /// Completions looked at in `width`, whatever their length is.
    pub(super) fn within(cache: &'cache mut SlotCache, batch: &'cache DecodeBatch, width: i64) -> Self {
        Self { cache, batch, own_mask: Some(batch.own_mask(width)), width, row: batch.row_numbers() }
    }
}

impl Attend for Decode<'_> {
    fn attend(&mut self, layer: usize, queries: &Tensor, keys: &Tensor, values: &Tensor) -> Tensor {
        if let Some([wide_queries, wide_keys, wide_values]) = widened([queries, keys, values]) {
            return self.attend(layer, &wide_queries, &wide_keys, &wide_values).to_kind(queries.kind());
        }
        let (rows, heads, head_dim) = (queries.size()[0], keys.size()[1], queries.size()[2]);
        if kernels::suits(&[queries, &self.cache.prompts.0, &self.cache.completions.0])
            && kernels::suits_heads(head_dim)
        {
            let _ = self.store(layer, keys, values);
            let (prompts, completions) = (&self.cache.prompts.0, &self.cache.completions.0);
            let Here { siblings, seen } = &self.batch.here;
            return kernels::attend(layer, queries, prompts, completions, siblings, seen);
        }
        let queries = (queries * (head_dim as f64).powf(-0.5)).view([rows, heads, -1, head_dim]);
        let share = queries.size()[2];
        let (own_keys, own_values) = self.store(layer, keys, values);
        let DecodeBatch { prompts, prompt_width, ref prompt_mask, ref grid, .. } = *self.batch;
        let (prompt_keys, prompt_values) = self.cache.prompts.layer(layer, prompts, prompt_width);

        let own = queries.view([rows * heads, share, head_dim]).bmm(&flat(&own_keys).transpose(1, 2));
        let own = masked(own.view([rows, heads, share, self.width]), self.own_mask.as_ref());
        let of_prompt = grid.gather(&queries).bmm(&flat(&prompt_keys).transpose(1, 2));
        let of_prompt = of_prompt.view([prompts, heads, -1, prompt_width]);
        let of_prompt = masked(of_prompt, prompt_mask.as_ref()).view([prompts * heads, -1, prompt_width]);

        // The prompt's part is the larger; as the grid has it, it is not copied again.
        let scores = Tensor::cat(&[of_prompt, grid.gather(&own)], -1); // [prompts * heads, members * share, both widths]
        let weights = scores.softmax(-1, Kind::Float).to_kind(queries.kind());
        let own = grid.scatter(&weights.narrow(-1, prompt_width, self.width), heads, share);
        let own = own.reshape([rows * heads, share, self.width]).bmm(&flat(&own_values));
        let of_prompt = weights.narrow(-1, 0, prompt_width).bmm(&flat(&prompt_values));
        (own.view([rows, heads, share, head_dim]) + grid.scatter(&of_prompt, heads, share)).reshape([rows, -1])
    }
}

/// Scores with an additive mask, in float32 where there is one.
fn masked(scores: Tensor, mask: Option<&Tensor>) -> Tensor {
    match mask {
        Some(mask) => scores.to_kind(Kind::Float) + mask,
        None => scores,
    }
}

impl Decode<'_> {
    /// Stores the new token's keys and values; returns all of the completions', `[rows, key_value_heads, width, head_dim]`.
    fn store(&self, layer: usize, keys: &Tensor, values: &Tensor) -> (Tensor, Tensor) {
        let rows = self.batch.rows;
        let (own_keys, own_values) = self.cache.completions.layer(layer, rows, self.width);
        for (own, new) in [(&own_keys, keys), (&own_values, values)] {
            if self.own_mask.is_none() {
                own.select(2, self.batch.longest).copy_(new);
            } else {
                let _ = own.transpose(1, 2).index_put_(&[Some(&self.row), Some(&self.batch.lengths)], new, false);
            }
        }
        (own_keys, own_values)
    }
}

/// `[rows, heads, width, head_dim]` to `[rows * heads, width, head_dim]`, a view.
fn flat(slab: &Tensor) -> Tensor {
    slab.flatten(0, 1)
}
