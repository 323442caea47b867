//! Packed prompts and completions: every prompt is computed once for its whole group, and no token is padding.
//!
//! The packed order is the tokens of all prompts, prompt after prompt, then those of all completions. A prompt's token sees
//! the prompt before it; a completion's token sees its whole prompt and its own completion before it.
//!
//! This is the attention of Prefix Grouper (arXiv 2506.05433): the same values and gradients as if every completion came
//! with a copy of its prompt. It is computed in one of three ways:
//!
//! - by the kernels of the processor, range by range
//! - by flash attention on a GPU, sequence by sequence (`shared_flash.rs`)
//! - by libtorch elsewhere, in padded tiles (`shared_tiles.rs`)

use std::cell::OnceCell;

use tch::{Device, Kind, Tensor};

use super::attend::{Attend, widened};
use super::flash::{self, Found};
use super::shared_flash::SharedFlash;
use super::shared_tiles::SharedTiles;
use crate::kernels::{self, Family, Heads};

/// Attention of completions that share their prompts.
#[derive(Debug)]
pub struct SharedPrefix {
    prompts: Vec<i64>,
    /// Prompt and length of the completions that have tokens of their own.
    completions: Vec<(usize, i64)>,
    device: Device,
    /// The same as ranges of tokens.
    families: Vec<Family>,
    /// The same as sequences on a GPU.
    flash: Option<SharedFlash>,
    /// The same as tiles, laid out when they are first needed.
    tiles: OnceCell<SharedTiles>,
}

impl SharedPrefix {
    /// The layout of `prompts` and `completions`: lengths in tokens, and for each completion its prompt's position.
    /// Completions of length 0 take part in nothing.
    pub fn new(prompts: &[i64], completions: &[(usize, i64)], device: Device) -> Self {
        let completions: Vec<(usize, i64)> = completions.iter().copied().filter(|&(_, length)| length > 0).collect();
        Self {
            prompts: prompts.to_vec(),
            device,
            families: families(prompts, &completions),
            flash: SharedFlash::of(prompts, &completions, device),
            tiles: OnceCell::new(),
            completions,
        }
    }

    fn tiles(&self) -> &SharedTiles {
        self.tiles.get_or_init(|| SharedTiles::new(&self.prompts, &self.completions, self.device))
    }

    /// Flash attention, where it takes `queries`.
    fn flash(&self, queries: &Tensor) -> Option<&SharedFlash> {
        self.flash.as_ref().filter(|_| flash::suits(queries))
    }
}

/// Every prompt with its completions, as ranges of packed tokens.
fn families(prompts: &[i64], completions: &[(usize, i64)]) -> Vec<Family> {
    let mut start = 0;
    let mut next = |length: i64| {
        start += length as usize;
        start - length as usize..start
    };
    let mut families: Vec<Family> =
        prompts.iter().map(|&length| Family { prompt: next(length), completions: Vec::new() }).collect();
    for &(prompt, length) in completions {
        families[prompt].completions.push(next(length));
    }
    families
}

impl Attend for &SharedPrefix {
    fn attend(&mut self, layer: usize, queries: &Tensor, keys: &Tensor, values: &Tensor) -> Tensor {
        self.attend_traced(layer, queries, keys, values).0
    }

    fn attend_traced(
        &mut self,
        _layer: usize,
        queries: &Tensor,
        keys: &Tensor,
        values: &Tensor,
    ) -> (Tensor, Option<Tensor>) {
        match self.flash(queries) {
            Some(flash) => {
                let Found { output, log_sums } = flash.forward([queries, keys, values]);
                (output.flatten(1, 2), Some(log_sums))
            }
            None => (self.forward(queries, keys, values), None),
        }
    }
}

impl SharedPrefix {
    /// What [`Attend::attend`] gives, without flash attention.
    fn forward(&self, queries: &Tensor, keys: &Tensor, values: &Tensor) -> Tensor {
        let heads = Heads { queries, keys, values };
        if heads.suit() {
            return kernels::attend_grouped(&self.families, heads);
        }
        if let Some([wide_queries, wide_keys, wide_values]) = widened([queries, keys, values]) {
            return self.forward(&wide_queries, &wide_keys, &wide_values).to_kind(queries.kind());
        }
        self.tiles().forward(queries, keys, values)
    }

    /// The gradients of queries, keys and values, given that of what [`Attend::attend_traced`] made of them: the output and what
    /// came beside it.
    pub(super) fn backward(
        &self,
        heads: [&Tensor; 3],
        (output, log_sums): (&Tensor, Option<&Tensor>),
        gradient: &Tensor,
    ) -> [Tensor; 3] {
        let [queries, keys, values] = heads;
        if let (Some(flash), Some(log_sums)) = (&self.flash, log_sums) {
            let found = Found { output: output.view_as(queries), log_sums: log_sums.shallow_clone() };
            return flash.backward(heads, &found, &gradient.view_as(queries));
        }
        let grouped = Heads { queries, keys, values };
        if grouped.suit() && kernels::suits(&[gradient]) {
            return kernels::attend_grouped_backward(&self.families, grouped, gradient);
        }
        if let Some(wide) = widened(heads) {
            let gradient = gradient.to_kind(Kind::Float);
            let back = self.backward(wide.each_ref(), (output, None), &gradient);
            return back.map(|gradient| gradient.to_kind(queries.kind()));
        }
        let leaves = heads.map(|tensor| tensor.detach().set_requires_grad(true));
        tch::with_grad(|| {
            let [queries, keys, values] = &leaves;
            let mixed = self.forward(queries, keys, values);
            (mixed * gradient).sum(gradient.kind()).backward();
        });
        leaves.map(|leaf| leaf.grad())
    }
}
