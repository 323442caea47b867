//! One new token of every completion over the keys of its prompt and its own, through one softmax.
//!
//! Keys and values of prompts and of completions lie in slabs `[layers, 2, rows, key_value_heads, capacity, head_dim]`. A thread
//! takes some completions of one prompt and one head of keys, with all the queries that look at it. Scores are laid out
//! `[keys, queries]`: keys are multiplied where they lie, and the softmax of many queries runs down the columns at once.

use tch::Tensor;

use super::dots::{OTHERS, dot_products};
use super::exponential::exponential;
use super::matrix::{COLUMNS, Matrix, Part, Place, Size, add_product};
use super::numbers::{Target, blank, numbers};
use super::threads;

/// Keys of a completion that are scored at once, with as many queries as [`dot_products`] takes.
const KEYS: usize = 3;

/// Completions of one prompt that are computed together.
#[derive(Debug, Clone)]
pub(crate) struct Siblings {
    /// The prompt's row.
    pub(crate) prompt: usize,
    /// Tokens of the prompt.
    pub(crate) prompt_length: usize,
    /// Their rows.
    pub(crate) rows: Vec<usize>,
}

/// Whether heads of this width can be attended to.
pub(crate) fn suits_heads(head_dim: i64) -> bool {
    head_dim % COLUMNS as i64 == 0
}

/// Attention of `queries` `[completions, heads, head_dim]`, of layer `layer`, where each completion has `lengths` tokens, the new
/// one included: gives `[completions, heads * head_dim]`.
pub(crate) fn attend(
    layer: usize,
    queries: &Tensor,
    prompts: &Tensor,
    completions: &Tensor,
    siblings: &[Siblings],
    lengths: &[i64],
) -> Tensor {
    let size = queries.size();
    let (heads, head_dim) = (size[1] as usize, size[2] as usize);
    let (prompts, completions) = (Slab::of(prompts, layer), Slab::of(completions, layer));
    let all_queries = numbers(queries);
    let mut result = blank(&[size[0], size[1] * size[2]]);
    let target = Target::of(&mut result);
    threads::for_each(siblings.len() * prompts.heads, |part| {
        let (siblings, head) = (&siblings[part / prompts.heads], part % prompts.heads);
        let looks = Looks {
            rows: &siblings.rows,
            of_prompt: prompts.head(siblings.prompt, head, siblings.prompt_length),
            own: siblings.rows.iter().map(|&row| completions.head(row, head, lengths[row] as usize)).collect(),
            share: heads / prompts.heads,
            head_dim,
            step: heads * head_dim,
            first: head * (heads / prompts.heads) * head_dim,
        };
        #[expect(unsafe_code, reason = "threads write into one tensor, with instructions that the processor has")]
        // SAFETY: these heads of these rows are one thread's, and `suits` has found the instructions.
        unsafe {
            looks.mix(all_queries, &target);
        }
    });
    result
}

/// The queries of some completions of one prompt to one head of keys.
struct Looks<'numbers> {
    rows: &'numbers [usize],
    of_prompt: Seen<'numbers>,
    own: Vec<Seen<'numbers>>,
    /// Queries of a completion.
    share: usize,
    head_dim: usize,
    /// From one completion's queries to the next one's, and where the first of this head are.
    step: usize,
    first: usize,
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

impl Looks<'_> {
    /// Writes what the queries find.
    ///
    /// # Safety
    ///
    /// Nobody else writes these heads of these rows, and the processor has the instructions.
    #[expect(unsafe_code, reason = "threads write into one tensor")]
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
    unsafe fn mix(&self, all_queries: &[f32], target: &Target<'_>) {
        let (head_dim, share) = (self.head_dim, self.share);
        let queries = self.scaled(all_queries);
        let count = queries.len() / head_dim;
        let width = count.next_multiple_of(COLUMNS);
        let prompt_length = self.of_prompt.keys.len() / head_dim;
        let mut weights = self.scores(&queries, width);
        let sums = softmax_columns(&mut weights, width);
        let mut mixed = vec![0.0_f32; queries.len()];
        let place = Target::of_numbers(&mut mixed);
        let size = Size { rows: count, inner: prompt_length, columns: head_dim, part: Part::All };
        let values = Matrix::rows(self.of_prompt.values, head_dim);
        let at = |start| Place { target: &place, start, step: head_dim };
        // SAFETY: what is mixed is this thread's own; the target is by the caller's promise.
        unsafe {
            add_product(Matrix::columns(&weights, width), values, size, at(0));
            for (index, own) in self.own.iter().enumerate() {
                let of_completion = Matrix::columns(&weights[prompt_length * width + index * share..], width);
                let size = Size { rows: share, inner: own.values.len() / head_dim, ..size };
                add_product(of_completion, Matrix::rows(own.values, head_dim), size, at(index * share * head_dim));
            }
            for (index, (mixed, sum)) in mixed.chunks_exact(head_dim).zip(&sums).enumerate() {
                let start = self.rows[index / share] * self.step + self.first + index % share * head_dim;
                let target = target.part(start..start + head_dim);
                target.iter_mut().zip(mixed).for_each(|(target, mixed)| *target = mixed / sum);
            }
        }
    }

    /// The queries divided by the root of their width, completion after completion, `[queries, head_dim]`.
    fn scaled(&self, all_queries: &[f32]) -> Vec<f32> {
        let scale = 1.0 / (self.head_dim as f32).sqrt();
        let width = self.share * self.head_dim;
        let mut queries = Vec::with_capacity(self.rows.len() * width);
        for row in self.rows {
            queries.extend(all_queries[row * self.step + self.first..][..width].iter().map(|number| number * scale));
        }
        queries
    }

    /// Scores `[prompt's and longest own tokens, width]`, minus infinity where a completion is shorter.
    #[inline(always)]
    fn scores(&self, queries: &[f32], width: usize) -> Vec<f32> {
        let head_dim = self.head_dim;
        let mut columns = vec![0.0_f32; head_dim * width];
        for (query, row) in queries.chunks_exact(head_dim).enumerate() {
            for (position, number) in row.iter().enumerate() {
                columns[position * width + query] = *number;
            }
        }
        let prompt_length = self.of_prompt.keys.len() / head_dim;
        let longest = self.own.iter().map(|own| own.keys.len() / head_dim).max().unwrap_or(0);
        let mut scores = vec![0.0_f32; prompt_length * width];
        scores.resize((prompt_length + longest) * width, f32::NEG_INFINITY);
        let target = Target::of_numbers(&mut scores);
        let size = Size { rows: prompt_length, inner: head_dim, columns: width, part: Part::All };
        let place = Place { target: &target, start: 0, step: width };
        #[expect(unsafe_code, reason = "the product's own promise")]
        // SAFETY: the scores are this thread's own, and `suits` has found the instructions.
        unsafe {
            add_product(Matrix::rows(self.of_prompt.keys, head_dim), Matrix::rows(&columns, width), size, place);
        }
        for (index, own) in self.own.iter().enumerate() {
            let queries = &queries[index * self.share * head_dim..][..self.share * head_dim];
            score_own(queries, own.keys, head_dim, &mut scores[prompt_length * width + index * self.share..], width);
        }
        scores
    }
}

/// Dot products of a completion's queries with its own keys, into the first columns of rows of `width`.
#[inline(always)]
fn score_own(queries: &[f32], keys: &[f32], head_dim: usize, scores: &mut [f32], width: usize) {
    let count = keys.len() / head_dim;
    for (group, queries) in queries.chunks(OTHERS * head_dim).enumerate() {
        let together = queries.len() / head_dim;
        let mut four = [&queries[..0]; OTHERS];
        for (index, query) in four.iter_mut().enumerate() {
            // Where fewer are left, the last one stands in, and is not stored; so with keys.
            *query = &queries[index.min(together - 1) * head_dim..][..head_dim];
        }
        for first in (0..count).step_by(KEYS) {
            let mut rows = [&keys[..0]; KEYS];
            for (index, row) in rows.iter_mut().enumerate() {
                *row = &keys[(first + index).min(count - 1) * head_dim..][..head_dim];
            }
            let products = dot_products(rows, four);
            for (index, products) in products.iter().enumerate().take(count - first) {
                let at = (first + index) * width + group * OTHERS;
                match scores[at..].first_chunk_mut::<OTHERS>() {
                    Some(scores) if together == OTHERS => *scores = *products,
                    _ => scores[at..at + together].copy_from_slice(&products[..together]),
                }
            }
        }
    }
}

/// Turns every column of scores into `e^(score - largest)`, and returns the sum of each.
#[inline(always)]
fn softmax_columns(scores: &mut [f32], width: usize) -> Vec<f32> {
    let mut largest = vec![f32::NEG_INFINITY; width];
    for row in scores.chunks_exact(width) {
        for (largest, score) in largest.iter_mut().zip(row) {
            *largest = if *score > *largest { *score } else { *largest };
        }
    }
    let mut sums = vec![0.0_f32; width];
    for row in scores.chunks_exact_mut(width) {
        for (score, largest) in row.iter_mut().zip(&largest) {
            *score = exponential(*score - largest);
        }
        for (sum, weight) in sums.iter_mut().zip(row.iter()) {
            *sum += weight;
        }
    }
    sums
}
