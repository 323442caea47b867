//! One new token of every completion over the keys of its prompt and its own, through one softmax.
//!
//! Keys and values of prompts and of completions lie in slabs `[layers, 2, rows, key_value_heads, capacity, head_dim]`. The
//! queries of a completion that share a head of keys are scored together; completions of one prompt follow each other, so that
//! its keys stay in the cache of the processor.

use tch::Tensor;

use super::exponential::exponential;
use super::numbers::{Target, blank, numbers};
use super::product::dot_products;
use super::{LANES, threads};

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
    let (mut rest, mut results) = (queries, results);
    while !rest.is_empty() {
        let count = (rest.len() / head_dim).min(4);
        let (own, others) = rest.split_at(count * head_dim);
        let (result, other_results) = results.split_at_mut(count * head_dim);
        match count {
            4 => attend_together::<4>(own, head_dim, seen, result),
            3 => attend_together::<3>(own, head_dim, seen, result),
            2 => attend_together::<2>(own, head_dim, seen, result),
            _ => attend_together::<1>(own, head_dim, seen, result),
        }
        (rest, results) = (others, other_results);
    }
}

#[inline(always)]
fn attend_together<const QUERIES: usize>(queries: &[f32], head_dim: usize, seen: [Seen<'_>; 2], results: &mut [f32]) {
    let tokens: usize = seen.iter().map(|part| part.keys.len() / head_dim).sum();
    let mut scores = vec![0.0_f32; QUERIES * tokens];
    let queries: [&[f32]; QUERIES] = std::array::from_fn(|query| &queries[query * head_dim..(query + 1) * head_dim]);
    let mut first = 0;
    for part in seen {
        score(queries, part.keys, head_dim, first, tokens, &mut scores);
        first += part.keys.len() / head_dim;
    }
    let scale = 1.0 / (head_dim as f32).sqrt();
    let mut sums = [0.0_f32; QUERIES];
    for (scores, sum) in scores.chunks_exact_mut(tokens).zip(&mut sums) {
        *sum = powers(scores, scale);
    }
    for columns in (0..head_dim).step_by(COLUMNS) {
        let mut mixed = [[0.0_f32; COLUMNS]; QUERIES];
        let mut first = 0;
        for part in seen {
            let count = part.values.len() / head_dim;
            let weights: [&[f32]; QUERIES] =
                std::array::from_fn(|query| &scores[query * tokens + first..query * tokens + first + count]);
            mix(weights, part.values, head_dim, columns, &mut mixed);
            first += count;
        }
        for (query, (mixed, sum)) in mixed.iter().zip(sums).enumerate() {
            let target = &mut results[query * head_dim + columns..][..COLUMNS];
            target.iter_mut().zip(mixed).for_each(|(target, mixed)| *target = mixed / sum);
        }
    }
}

/// Dot products of the queries with every key, from column `first` of their `tokens` scores on.
#[inline(always)]
fn score<const QUERIES: usize>(
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
        // Where fewer keys are left, the last one stands in, and is not stored.
        let columns: [&[f32]; KEYS] =
            std::array::from_fn(|index| &keys[(key + index.min(together - 1)) * head_dim..][..head_dim]);
        for (query, sums) in dot_products(queries, columns).iter().enumerate() {
            let at = query * tokens + first + key;
            scores[at..at + together].copy_from_slice(&sums[..together]);
        }
        key += KEYS;
    }
}

/// Turns scores into `e^(scale (score - largest))`, and returns their sum.
#[inline(always)]
fn powers(scores: &mut [f32], scale: f32) -> f32 {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sums = [0.0_f32; LANES];
    let (chunks, rest) = scores.as_chunks_mut::<LANES>();
    for chunk in chunks {
        for (score, sum) in chunk.iter_mut().zip(&mut sums) {
            *score = exponential((*score - largest) * scale);
            *sum += *score;
        }
    }
    for (score, sum) in rest.iter_mut().zip(&mut sums) {
        *score = exponential((*score - largest) * scale);
        *sum += *score;
    }
    sums.iter().sum()
}

/// Adds the values, weighted, at some columns.
#[inline(always)]
fn mix<const QUERIES: usize>(
    weights: [&[f32]; QUERIES],
    values: &[f32],
    head_dim: usize,
    columns: usize,
    mixed: &mut [[f32; COLUMNS]; QUERIES],
) {
    let count = weights[0].len();
    let weights = weights.map(|weights| &weights[..count]);
    let mut sums = *mixed;
    for (token, value) in values.chunks_exact(head_dim).take(count).enumerate() {
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
