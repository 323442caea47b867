//! The prompts' part of a [`SlotCache`](super::SlotCache): causal attention among the tokens of new prompts, whose keys and values are
//! stored in passing.
//!
//! Kernels of the processor and flash attention take packed prompts as they are; elsewhere they lie in padded rows meanwhile.

use tch::{Device, IndexOp, Tensor};

use super::attend::{Attend, widened};
use super::cache::Slab;
use super::flash::{self, Found, Sequences};
use crate::kernels::{self, Family, Heads};

/// Where packed tokens lie in rows of equal width.
#[derive(Debug)]
struct Padding {
    rows: i64,
    width: i64,
    /// None where all rows have that width: packed is then as good as padded.
    places: Option<Places>,
}

/// Where what is packed lies in a grid, and the other way round.
#[derive(Debug)]
pub(super) struct Places {
    /// The packed token at every place of the rows, any where padded, `[rows * width]`.
    pub(super) tokens: Tensor,
    /// The place of every packed token, `[tokens]`.
    pub(super) places: Tensor,
}

impl Padding {
    fn of(lengths: &[i64], device: Device) -> Self {
        let (rows, width) = (lengths.len() as i64, lengths.iter().copied().max().unwrap_or(0));
        if lengths.iter().all(|&length| length == width) {
            return Self { rows, width, places: None };
        }
        let mut tokens = vec![0_i64; (rows * width) as usize];
        let mut places = Vec::new();
        for (row, &length) in lengths.iter().enumerate() {
            for position in 0..length {
                let place = row as i64 * width + position;
                tokens[place as usize] = places.len() as i64;
                places.push(place);
            }
        }
        let tensor = |values: &[i64]| Tensor::from_slice(values).to_device(device);
        Self { rows, width, places: Some(Places { tokens: tensor(&tokens), places: tensor(&places) }) }
    }

    /// `[tokens, heads, head_dim]` to `[rows, heads, width, head_dim]`.
    fn pad(&self, packed: &Tensor) -> Tensor {
        let (heads, head_dim) = (packed.size()[1], packed.size()[2]);
        let padded = match &self.places {
            Some(Places { tokens, .. }) => packed.index_select(0, tokens),
            None => packed.shallow_clone(),
        };
        padded.view([self.rows, self.width, heads, head_dim]).transpose(1, 2)
    }

    /// `[rows, heads, width, head_dim]` to `[tokens, heads * head_dim]`.
    fn pack(&self, padded: &Tensor) -> Tensor {
        let flat = padded.transpose(1, 2).reshape([self.rows * self.width, -1]);
        match &self.places {
            Some(Places { places, .. }) => flat.index_select(0, places),
            None => flat,
        }
    }
}

/// Causal attention among the tokens of new prompts.
#[derive(Debug)]
pub struct Prefill<'cache> {
    slab: &'cache Slab,
    first: i64,
    padding: Padding,
    /// The same prompts as ranges of packed tokens, for the kernel of the processor.
    prompts: Vec<Family>,
    /// The same for flash attention on a GPU.
    sequences: Option<Sequences>,
}

impl Attend for Prefill<'_> {
    fn attend(&mut self, layer: usize, queries: &Tensor, keys: &Tensor, values: &Tensor) -> Tensor {
        if let Some([wide_queries, wide_keys, wide_values]) = widened([queries, keys, values]) {
            return self.attend(layer, &wide_queries, &wide_keys, &wide_values).to_kind(queries.kind());
        }
        let Padding { rows, width, .. } = self.padding;
        let mixed = self.mix_packed(queries, keys, values);
        let (queries, keys, values) = (self.padding.pad(queries), self.padding.pad(keys), self.padding.pad(values));
        let (stored_keys, stored_values) = self.slab.layer(layer, self.first + rows, width);
        stored_keys.i(self.first..).copy_(&keys);
        stored_values.i(self.first..).copy_(&values);
        if let Some(mixed) = mixed {
            return mixed;
        }
        // Padding stands on the right, where no token of the prompt looks.
        let share = queries.size()[1] / keys.size()[1];
        let (keys, values) = (repeat_heads(&keys, share), repeat_heads(&values, share));
        let mixed =
            Tensor::scaled_dot_product_attention(&queries, &keys, &values, None::<&Tensor>, 0.0, true, None, false);
        self.padding.pack(&mixed)
    }
}

impl<'cache> Prefill<'cache> {
    /// Prompts of `lengths`, stored from row `first` on.
    pub(super) fn new(slab: &'cache Slab, first: i64, lengths: &[i64]) -> Self {
        let device = slab.0.device();
        let sequences = device.is_cuda().then(|| Sequences::of(lengths, device));
        Self { slab, first, padding: Padding::of(lengths, device), prompts: Family::alone(lengths), sequences }
    }

    /// What the queries find, where that needs no padding.
    fn mix_packed(&self, queries: &Tensor, keys: &Tensor, values: &Tensor) -> Option<Tensor> {
        let packed = Heads { queries, keys, values };
        if packed.suit() {
            return Some(kernels::attend_grouped(&self.prompts, packed));
        }
        let prompts = self.sequences.as_ref().filter(|_| flash::suits(queries))?;
        Some(Found::among(queries, (keys, values), (prompts, prompts), true).output.flatten(1, 2))
    }
}

/// Every key or value head `share` times, as many as there are query heads: `[rows, heads, width, head_dim]`.
fn repeat_heads(heads: &Tensor, share: i64) -> Tensor {
    if share == 1 {
        return heads.shallow_clone();
    }
    let size = heads.size();
    let expanded = heads.unsqueeze(2).expand([size[0], size[1], share, size[2], size[3]], false);
    expanded.reshape([size[0], size[1] * share, size[2], size[3]])
}
