//! One new token of every completion over the keys of its prompt and its own, through one softmax.
//!
//! Keys and values of prompts and of completions lie in slabs `[layers, 2, rows, key_value_heads, capacity, head_dim]`. The
//! queries of a completion that share a head of keys are scored together; completions of one prompt follow each other, so that
//! its keys stay in the cache of the processor.

use tch::Tensor;

use super::exponential::{largest, powers};
use super::numbers::{Target, blank, numbers};
use super::product::{WEIGHTS, dot_products};
use super::{LANES, threads};

/// Queries that are scored at once.
const QUERIES: usize = WEIGHTS;
/// Keys that are scored at once.
const KEYS: usize = 3;
/// Numbers of a value that are summed at once.
const COLUMNS: usize = 2 * LANES;

/// Which prompt every completion grows from, and how many tokens there are to see.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sequences<'batch> {
    /// The prompt's row, of every completion.
    pub(crate) prompt_of: &'batch [i64],
    /// Tokens of every prompt, by row.
    pub(crate) prompt_lengths: &'batch [i64],
    /// Tokens of every completion, the new one included.
    pub(crate) lengths: &'batch [i64],
}

/// Whether heads of this width can be attended to.
pub(crate) fn suits_heads(head_dim: i64) -> bool {
    head_dim % COLUMNS as i64 == 0
}

/// Attention of `queries` `[completions, heads, head_dim]`, of layer `layer`: gives `[completions, heads * head_dim]`.
pub(crate) fn attend(
    layer: usize,
    queries: &Tensor,
    prompts: &Tensor,
    completions: &Tensor,
    sequences: Sequences<'_>,
) -> Tensor {
    let size = queries.size();
    let (rows, heads, head_dim) = (size[0] as usize, size[1] as usize, size[2] as usize);
    let (prompts, completions) = (Slab::of(prompts, layer), Slab::of(completions, layer));
    let share = heads / prompts.heads;
    let all_queries = numbers(queries);
    let mut result = blank(&[size[0], size[1] * size[2]]);
    let target = Target::of(&mut result);
    threads::for_each(rows * prompts.heads, |part| {
        let (row, head) = (part / prompts.heads, part % prompts.heads);
        let prompt = sequences.prompt_of[row] as usize;
        let seen = [
            prompts.head(prompt, head, sequences.prompt_lengths[prompt] as usize),
            completions.head(row, head, sequences.lengths[row] as usize),
        ];
        let own = part * share * head_dim..(part + 1) * share * head_dim;
        #[expect(unsafe_code, reason = "threads write into one tensor, with instructions that the processor has")]
        // SAFETY: every head of every row is one thread's, and `suits` has found the instructions.
        unsafe {
            attend_to(&all_queries[own.clone()], head_dim, seen, target.part(own));
        }
    });
    result
}

/// One layer of a slab.
struct Slab<'numbers> {
    keys: &'numbers [f32],
    values: &'numbers [f32],
    heads: usize,
    capacity: usize,
    head_dim: usize,
}

/// Keys and values of one head, `[tokens, head_dim]`.
#[derive(Clone, Copy)]
struct Seen<'numbers> {
    keys: &'numbers [f32],
    values: &'numbers [f32],
}

impl<'numbers> Slab<'numbers> {
    fn of(slab: &'numbers Tensor, layer: usize) -> Self {
        let size: Vec<usize> = slab.size().iter().map(|&size| size as usize).collect();
        let (heads, capacity, head_dim) = (size[3], size[4], size[5]);
        let half = size[2] * heads * capacity * head_dim;
        let (keys, values) = numbers(slab)[2 * layer * half..][..2 * half].split_at(half);
        Self { keys, values, heads, capacity, head_dim }
    }

    fn head(&self, row: usize, head: usize, tokens: usize) -> Seen<'numbers> {
        let start = (row * self.heads + head) * self.capacity * self.head_dim;
        let range = start..start + tokens * self.head_dim;
        Seen { keys: &self.keys[range.clone()], values: &self.values[range] }
    }
}

/// All queries of one head of keys, `[share, head_dim]`.
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
fn attend_to(queries: &[f32], head_dim: usize, seen: [Seen<'_>; 2], results: &mut [f32]) {
    let groups = queries.chunks(QUERIES * head_dim).zip(results.chunks_mut(QUERIES * head_dim));
    for (queries, results) in groups {
        attend_together(queries, head_dim, seen, results);
    }
}

/// Up to four queries. Where they are fewer, the last one stands in, and is not stored.
#[inline(always)]
fn attend_together(queries: &[f32], head_dim: usize, seen: [Seen<'_>; 2], results: &mut [f32]) {
    let tokens: usize = seen.iter().map(|part| part.keys.len() / head_dim).sum();
    let mut scores = vec![0.0_f32; QUERIES * tokens];
    let last = queries.len() / head_dim - 1;
    let mut four = [&queries[..0]; QUERIES];
    for (index, query) in four.iter_mut().enumerate() {
        *query = &queries[index.min(last) * head_dim..][..head_dim];
    }
    let mut first = 0;
    for part in seen {
        score(four, part.keys, head_dim, first, tokens, &mut scores);
        first += part.keys.len() / head_dim;
    }
    let scale = 1.0 / (head_dim as f32).sqrt();
    let mut sums = [0.0_f32; QUERIES];
    for (scores, sum) in scores.chunks_exact_mut(tokens).zip(&mut sums) {
        *sum = powers(scores, largest(scores), scale);
    }
    for columns in (0..head_dim).step_by(COLUMNS) {
        let mut mixed = [[0.0_f32; COLUMNS]; QUERIES];
        let mut first = 0;
        for part in seen {
            let count = part.values.len() / head_dim;
            let mut weights = [&scores[..0]; QUERIES];
            for (query, weights) in weights.iter_mut().enumerate() {
                *weights = &scores[query * tokens + first..][..count];
            }
            mix(weights, part.values, head_dim, columns, &mut mixed);
            first += count;
        }
        let targets = results.chunks_exact_mut(head_dim);
        for (target, (mixed, sum)) in targets.zip(mixed.iter().zip(sums)) {
            for (target, mixed) in target[columns..][..COLUMNS].iter_mut().zip(mixed) {
                *target = mixed / sum;
            }
        }
    }
}

/// Dot products of the queries with every key, from column `first` of their `tokens` scores on.
#[inline(always)]
fn score(
    queries: [&[f32]; QUERIES],
    keys: &[f32],
    head_dim: usize,
    first: usize,
    tokens: usize,
    scores: &mut [f32],
) {
    let count = keys.len() / head_dim;
    let mut key = 0;
    while key < count {
        let together = KEYS.min(count - key);
        let mut rows = [&keys[..0]; KEYS];
        for (index, row) in rows.iter_mut().enumerate() {
            // Where fewer keys are left, the last one stands in, and is not stored.
            *row = &keys[(key + index.min(together - 1)) * head_dim..][..head_dim];
        }
        let products = dot_products(rows, queries);
        for (index, products) in products.iter().enumerate().take(together) {
            for (query, product) in products.iter().enumerate() {
                scores[query * tokens + first + key + index] = *product;
            }
        }
        key += KEYS;
    }
}

/// Adds the values, weighted, at some columns.
#[inline(always)]
fn mix(
    weights: [&[f32]; QUERIES],
    values: &[f32],
    head_dim: usize,
    columns: usize,
    mixed: &mut [[f32; COLUMNS]; QUERIES],
) {
    let count = weights[0].len();
    let mut sums = *mixed;
    for token in 0..count {
        let value = &values[token * head_dim..];
        let Some(value) = value[columns..].first_chunk::<COLUMNS>() else { return };
        for (sums, weights) in sums.iter_mut().zip(weights) {
            let weight = weights[token];
            for column in 0..COLUMNS {
                sums[column] = weight.mul_add(value[column], sums[column]);
            }
        }
    }
    *mixed = sums;
}
