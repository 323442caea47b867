//! Keys and values of running sequences: a prompt's once for its whole group, each completion's own in a slot.
//!
//! Prompts and completions lie in two slabs of equal rows. A prompt is computed by [`SlotCache::prefill`], which appends it to
//! the prompt slab; from then on [`SlotCache::decode`] feeds one token of every running completion. What a completion sees is
//! then scored in two parts, the prompt of its group, where all queries of the group share one product, and its own tokens, and
//! both parts go through one softmax. Rows whose sequence has ended are overwritten by the last rows, so that the running ones
//! are always the first.

use tch::{Device, IndexOp, Kind, Tensor};

use super::ModelConfig;
use super::attend::{Attend, widened};
use super::flash::{self, Found, Sequences};
use crate::kernels::{self, Family, Heads, Siblings};

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
    prompts: Slab,
    completions: Slab,
}

/// Keys and values, `[layers, 2, rows, key_value_heads, capacity, head_dim]`.
#[derive(Debug)]
struct Slab(Tensor);

impl Slab {
    fn new(config: &ModelConfig, rows: i64, capacity: i64, options: (Kind, Device)) -> Self {
        let shape = [config.num_hidden_layers, 2, rows, config.num_key_value_heads, capacity, config.head_dim];
        // Zeros, since what is masked out is still multiplied by 0, and 0 x NaN is NaN.
        Self(Tensor::zeros(shape, options))
    }

    /// Keys and values of the first `rows` rows and `width` tokens, `[rows, key_value_heads, width, head_dim]`.
    fn layer(&self, layer: usize, rows: i64, width: i64) -> (Tensor, Tensor) {
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
        let device = self.prompts.0.device();
        let sequences = device.is_cuda().then(|| Sequences::of(lengths, device));
        let prompts = Family::alone(lengths);
        Prefill { slab: &self.prompts, first, padding: Padding::of(lengths, device), prompts, sequences }
    }

    /// Attention of one new token of every running completion; `batch` tells where each belongs.
    pub fn decode<'cache>(&'cache mut self, batch: &'cache DecodeBatch) -> Decode<'cache> {
        let width = batch.width();
        let own_mask = (!batch.equally_long).then(|| batch.own_mask(width));
        Decode { cache: self, batch, own_mask, width, row: batch.row_numbers() }
    }

    /// The same for work that is recorded: completions as long as they may become within `width` tokens are looked at, whatever
    /// their length is now.
    pub(crate) fn decode_within<'cache>(&'cache mut self, batch: &'cache DecodeBatch, width: i64) -> Decode<'cache> {
        Decode { cache: self, batch, own_mask: Some(batch.own_mask(width)), width, row: batch.row_numbers() }
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

/// Where packed tokens lie in rows of equal width.
#[derive(Debug)]
struct Padding {
    rows: i64,
    width: i64,
    /// None where all rows have that width: packed is then as good as padded.
    places: Option<Places>,
}

#[derive(Debug)]
struct Places {
    /// The packed token at every place of the rows, any where padded, `[rows * width]`.
    tokens: Tensor,
    /// The place of every packed token, `[tokens]`.
    places: Tensor,
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

impl Prefill<'_> {
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

/// Which prompt each running completion grows from, and how many tokens of it are stored.
///
/// It lives as long as the same completions run; [`DecodeBatch::advance`] counts the token that was fed.
#[derive(Debug)]
pub struct DecodeBatch {
    rows: i64,
    prompts: i64,
    prompt_width: i64,
    /// Additive, `[prompts, 1, 1, prompt_width]`; none where all prompts have that length.
    prompt_mask: Option<Tensor>,
    grid: Grid,
    /// The position after every completion's prompt, `[rows]`.
    following: Tensor,
    /// Stored tokens of every completion, `[rows]`.
    lengths: Tensor,
    longest: i64,
    equally_long: bool,
    /// The same on the host, for the kernel of the processor.
    here: Here,
}

#[derive(Debug)]
struct Here {
    siblings: Vec<Siblings>,
    /// Tokens of every completion, the new one included.
    seen: Vec<i64>,
}

impl Here {
    fn new(prompt_of: &[i64], lengths: &[i64], prompt_lengths: &[i64]) -> Self {
        /// Completions of a prompt whose scores exist at once.
        const TOGETHER: usize = 8;
        let mut siblings = Vec::new();
        for (prompt, &length) in prompt_lengths.iter().enumerate() {
            let rows: Vec<usize> = (0..prompt_of.len()).filter(|&row| prompt_of[row] == prompt as i64).collect();
            let some = |rows: &[usize]| Siblings { prompt, prompt_length: length as usize, rows: rows.to_vec() };
            siblings.extend(rows.chunks(TOGETHER).map(some));
        }
        Self { siblings, seen: lengths.iter().map(|length| length + 1).collect() }
    }
}

/// Rows of completions as a grid of prompts and members, so that all queries to one prompt stand together.
#[derive(Debug)]
struct Grid {
    members: i64,
    /// None where the rows are that grid already.
    places: Option<Places>,
}

impl DecodeBatch {
    /// `prompt_of` and `lengths` have one entry a completion, `prompt_lengths` one a prompt, and `following`, the position after
    /// each prompt: its length, unless media stand in it.
    pub fn new(prompt_of: &[i64], lengths: &[i64], prompt_lengths: &[i64], following: &[i64], device: Device) -> Self {
        let prompt_width = prompt_lengths.iter().copied().max().unwrap_or(0);
        let ragged = prompt_lengths.iter().any(|&length| length != prompt_width);
        let prompt_mask = ragged.then(|| {
            let lengths = Tensor::from_slice(prompt_lengths).to_device(device);
            beyond(&lengths, prompt_width).view([-1, 1, 1, prompt_width])
        });
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let of_rows: Vec<i64> = prompt_of.iter().map(|&prompt| following[prompt as usize]).collect();
        Self {
            rows: prompt_of.len() as i64,
            prompts: prompt_lengths.len() as i64,
            prompt_width,
            prompt_mask,
            grid: Grid::of(prompt_of, prompt_lengths.len(), device),
            following: Tensor::from_slice(&of_rows).to_device(device),
            lengths: Tensor::from_slice(lengths).to_device(device),
            longest,
            equally_long: lengths.iter().all(|&length| length == longest),
            here: Here::new(prompt_of, lengths, prompt_lengths),
        }
    }

    /// Tokens stored of every completion, `[rows]`.
    pub fn lengths(&self) -> &Tensor {
        &self.lengths
    }

    /// Position of the token that is fed next, of every completion, `[rows]`.
    pub fn positions(&self) -> Tensor {
        &self.following + &self.lengths
    }

    /// Counts one more token of every completion.
    pub fn advance(&mut self) {
        self.advance_on_device();
        self.advance_here();
    }

    /// The device's part of it.
    pub(crate) fn advance_on_device(&mut self) {
        self.lengths += 1;
    }

    /// The host's part of it.
    pub(crate) fn advance_here(&mut self) {
        self.longest += 1;
        for seen in &mut self.here.seen {
            *seen += 1;
        }
    }

    /// Places of the longest completion, the new token's included.
    pub(crate) fn width(&self) -> i64 {
        self.longest + 1
    }

    /// Additive, `[rows, 1, 1, width]`.
    fn own_mask(&self, width: i64) -> Tensor {
        beyond(&(&self.lengths + 1), width).view([-1, 1, 1, width])
    }

    /// `[rows]`
    fn row_numbers(&self) -> Tensor {
        Tensor::arange(self.rows, (Kind::Int64, self.lengths.device()))
    }
}

/// 0 at the first `lengths` `[rows]` of `width` places, minus infinity beyond, float32 `[rows, width]`.
fn beyond(lengths: &Tensor, width: i64) -> Tensor {
    let outside = Tensor::arange(width, (Kind::Int64, lengths.device())).ge_tensor(&lengths.unsqueeze(-1));
    outside.zeros_like().to_kind(Kind::Float).masked_fill(&outside, f64::NEG_INFINITY)
}

impl Grid {
    fn of(prompt_of: &[i64], prompts: usize, device: Device) -> Self {
        let mut members: Vec<Vec<i64>> = vec![Vec::new(); prompts];
        for (row, &prompt) in prompt_of.iter().enumerate() {
            members[prompt as usize].push(row as i64);
        }
        let most = members.iter().map(Vec::len).max().unwrap_or(0);
        let in_order = members.iter().flatten().copied().eq(0..prompt_of.len() as i64);
        if in_order && members.iter().all(|rows| rows.len() == most) {
            return Self { members: most as i64, places: None };
        }
        let mut tokens = vec![0_i64; prompts * most];
        let mut places = vec![0_i64; prompt_of.len()];
        for (prompt, rows) in members.iter().enumerate() {
            for (member, &row) in rows.iter().enumerate() {
                let place = prompt * most + member;
                tokens[place] = row;
                places[row as usize] = place as i64;
            }
        }
        let tensor = |values: &[i64]| Tensor::from_slice(values).to_device(device);
        Self { members: most as i64, places: Some(Places { tokens: tensor(&tokens), places: tensor(&places) }) }
    }

    /// `[rows, key_value_heads, share, width]` to `[prompts * key_value_heads, members * share, width]`.
    fn gather(&self, rows: &Tensor) -> Tensor {
        let size = rows.size();
        let grid = match &self.places {
            Some(Places { tokens, .. }) => rows.index_select(0, tokens),
            None => rows.shallow_clone(),
        };
        let by_prompt = grid.reshape([-1, self.members, size[1], size[2], size[3]]).transpose(1, 2);
        by_prompt.reshape([-1, self.members * size[2], size[3]])
    }

    /// The way back: `[prompts * key_value_heads, members * share, width]` to `[rows, key_value_heads, share, width]`.
    fn scatter(&self, grid: &Tensor, key_value_heads: i64, share: i64) -> Tensor {
        let width = grid.size()[2];
        let rows = grid.view([-1, key_value_heads, self.members, share, width]).transpose(1, 2);
        match &self.places {
            Some(Places { places, .. }) => rows.reshape([-1, key_value_heads, share, width]).index_select(0, places),
            None => rows.reshape([-1, key_value_heads, share, width]),
        }
    }
}

/// Attention of one new token of every running completion.
#[derive(Debug)]
pub struct Decode<'cache> {
    cache: &'cache mut SlotCache,
    batch: &'cache DecodeBatch,
    /// Additive, `[rows, 1, 1, width]`; none where all completions are as long as they may be.
    own_mask: Option<Tensor>,
    width: i64,
    /// `[rows]`
    row: Tensor,
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
