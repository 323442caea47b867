//! Attention of prompts and of the completions that share them, forward and back, for learning.
//!
//! Tokens are packed, those of all prompts first (see [`SharedPrefix`](crate::model::SharedPrefix)). One thread takes a prompt
//! with all its completions and one head of keys with all its queries, so that nobody else adds to the gradients of those keys.
//! Scores exist for a block of queries at a time; the way back computes them again.
//!
//! With scores `s = q k / sqrt(head_dim)`, weights `p = softmax(s)`, outputs `o = p v`, and `g` the gradient of `o`:
//!
//! ```text
//! dL/dv += p^T g        dL/dp = g v^T        dL/ds = p (dL/dp - sum of p dL/dp)        dL/dq = dL/ds k        dL/dk += dL/ds^T q
//! ```

use std::ops::Range;

use tch::{Device, Kind, Tensor};

use super::exponential::{largest, powers};
use super::matrix::{COLUMNS, Matrix, Part, Place, Size, add_product};
use super::norm::dot;
use super::numbers::{Target, numbers};
use super::{suits, threads};

/// Queries whose scores exist at once.
const BLOCK: usize = 48;

/// A prompt and the completions that grow from it, as ranges of packed tokens.
#[derive(Debug, Clone)]
pub(crate) struct Family {
    pub(crate) prompt: Range<usize>,
    pub(crate) completions: Vec<Range<usize>>,
}

/// Queries, keys and values `[tokens, heads, head_dim]`, rotated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heads<'tensor> {
    pub(crate) queries: &'tensor Tensor,
    pub(crate) keys: &'tensor Tensor,
    pub(crate) values: &'tensor Tensor,
}

impl<'tensor> Heads<'tensor> {
    fn numbers(self) -> [&'tensor [f32]; 3] {
        [self.queries, self.keys, self.values].map(numbers)
    }

    /// Whether the kernels here may compute with them.
    pub(crate) fn suit(&self) -> bool {
        self.queries.size()[2] % COLUMNS as i64 == 0 && suits(&[self.queries, self.keys, self.values])
    }
}

/// What the tokens find, `[tokens, heads * head_dim]`.
pub(crate) fn attend_grouped(families: &[Family], heads: Heads<'_>) -> Tensor {
    let shape = Shape::of(heads);
    let mut result =
        Tensor::zeros([shape.tokens as i64, (shape.heads * shape.head_dim) as i64], (Kind::Float, Device::Cpu));
    let target = Target::of(&mut result);
    let [queries, keys, values] = heads.numbers();
    shape.for_each(families, |family, head| {
        let mut keys = Gathered::new(family, shape, keys, head);
        let mut scores = Vec::new();
        family.for_each_block(|sequence, block| {
            keys.hold(sequence);
            for query_head in shape.query_heads(head) {
                let block = Block::new(sequence, block.clone(), (query_head, head), keys.padded_prompt);
                block.weights(shape, queries, &keys, &mut scores);
                block.mix(shape, values, &scores, &target);
            }
        });
    });
    result
}

/// The gradients of queries, keys and values, given that of what [`attend_grouped`] gave.
pub(crate) fn attend_grouped_backward(families: &[Family], heads: Heads<'_>, gradient: &Tensor) -> [Tensor; 3] {
    let shape = Shape::of(heads);
    let mut results = [heads.queries, heads.keys, heads.values].map(Tensor::zeros_like);
    let [of_queries, of_keys, of_values] = results.each_mut().map(Target::of);
    let ([queries, all_keys, all_values], gradients) = (heads.numbers(), numbers(gradient));
    shape.for_each(families, |family, head| {
        let mut keys = Gathered::new(family, shape, all_keys, head);
        let mut values = Gathered::new(family, shape, all_values, head);
        let (mut weights, mut of_scores) = (Vec::new(), Vec::new());
        family.for_each_block(|sequence, block| {
            keys.hold(sequence);
            values.hold(sequence);
            for query_head in shape.query_heads(head) {
                let block = Block::new(sequence, block.clone(), (query_head, head), keys.padded_prompt);
                block.weights(shape, queries, &keys, &mut weights);
                block.add_transposed(shape, &weights, gradients, &of_values);
                block.of_scores(shape, gradients, &values, &weights, &mut of_scores);
                block.mix(shape, all_keys, &of_scores, &of_queries);
                block.add_transposed(shape, &of_scores, queries, &of_keys);
            }
        });
    });
    results
}

#[derive(Debug, Clone, Copy)]
struct Shape {
    tokens: usize,
    heads: usize,
    key_value_heads: usize,
    head_dim: usize,
}

impl Shape {
    fn of(heads: Heads<'_>) -> Self {
        let (queries, keys) = (heads.queries.size(), heads.keys.size());
        let [tokens, query_heads, head_dim] = [queries[0], queries[1], queries[2]].map(|size| size as usize);
        Self { tokens, heads: query_heads, key_value_heads: keys[1] as usize, head_dim }
    }

    fn for_each(self, families: &[Family], body: impl Fn(&Family, usize) + Sync) {
        threads::for_each(families.len() * self.key_value_heads, |part| {
            body(&families[part / self.key_value_heads], part % self.key_value_heads);
        });
    }

    fn query_heads(self, head: usize) -> Range<usize> {
        let share = self.heads / self.key_value_heads;
        head * share..(head + 1) * share
    }

    fn scale(self) -> f32 {
        1.0 / (self.head_dim as f32).sqrt()
    }
}

/// A prompt, or a completion after its prompt: who sees whom.
#[derive(Clone, Copy)]
struct Sequence<'family> {
    /// The prompt that all of its tokens see; empty for the prompt itself.
    before: &'family Range<usize>,
    /// Its tokens, each of which sees those up to itself.
    own: &'family Range<usize>,
}

impl Family {
    /// Packed prompts without completions.
    pub(crate) fn alone(lengths: &[i64]) -> Vec<Self> {
        let mut end = 0;
        let mut next = |&length: &i64| {
            end += length as usize;
            Self { prompt: end - length as usize..end, completions: Vec::new() }
        };
        lengths.iter().map(&mut next).collect()
    }

    fn for_each_block(&self, mut body: impl FnMut(Sequence<'_>, Range<usize>)) {
        let nothing = self.prompt.start..self.prompt.start;
        let of_prompt = Sequence { before: &nothing, own: &self.prompt };
        let of_completions = self.completions.iter().map(|own| Sequence { before: &self.prompt, own });
        for sequence in std::iter::once(of_prompt).chain(of_completions) {
            for start in (0..sequence.own.len()).step_by(BLOCK) {
                body(sequence, start..sequence.own.len().min(start + BLOCK));
            }
        }
    }
}

/// Keys or values of one head as columns, `[head_dim, width]`: those of the prompt, and after them those of one sequence. The
/// prompt's part is padded to a multiple of [`COLUMNS`].
struct Gathered<'numbers> {
    columns: Vec<f32>,
    width: usize,
    padded_prompt: usize,
    numbers: &'numbers [f32],
    shape: Shape,
    head: usize,
    held: Range<usize>,
}

impl<'numbers> Gathered<'numbers> {
    fn new(family: &Family, shape: Shape, numbers: &'numbers [f32], head: usize) -> Self {
        let padded_prompt = family.prompt.len().next_multiple_of(COLUMNS);
        let longest = family.completions.iter().map(Range::len).max().unwrap_or(0);
        let width = padded_prompt + longest.next_multiple_of(COLUMNS);
        let columns = vec![0.0; shape.head_dim * width];
        let mut gathered = Self { columns, width, padded_prompt, numbers, shape, head, held: 0..0 };
        gathered.copy(family.prompt.clone(), 0);
        gathered
    }

    /// Puts the tokens of a completion behind the prompt's.
    fn hold(&mut self, sequence: Sequence<'_>) {
        if !sequence.before.is_empty() && self.held != *sequence.own {
            self.copy(sequence.own.clone(), self.padded_prompt);
            self.held = sequence.own.clone();
        }
    }

    fn copy(&mut self, tokens: Range<usize>, first: usize) {
        let Shape { key_value_heads, head_dim, .. } = self.shape;
        for (column, token) in tokens.enumerate() {
            let row = &self.numbers[(token * key_value_heads + self.head) * head_dim..][..head_dim];
            for (position, number) in row.iter().enumerate() {
                self.columns[position * self.width + first + column] = *number;
            }
        }
    }
}

/// Some queries of a sequence, of one head.
struct Block<'family> {
    sequence: Sequence<'family>,
    /// Positions in the sequence.
    queries: Range<usize>,
    query_head: usize,
    head: usize,
    /// The column of scores at which its own tokens begin, and the number of columns.
    own: usize,
    width: usize,
}

impl<'family> Block<'family> {
    fn new(
        sequence: Sequence<'family>,
        queries: Range<usize>,
        (query_head, head): (usize, usize),
        padded_prompt: usize,
    ) -> Self {
        let own = if sequence.before.is_empty() { 0 } else { padded_prompt };
        let width = own + queries.end.next_multiple_of(COLUMNS);
        Self { sequence, queries, query_head, head, own, width }
    }

    /// Where the queries of this block begin in a tensor `[tokens, heads, head_dim]`, and from there the next token's.
    fn rows(&self, shape: Shape) -> (usize, usize) {
        let step = shape.heads * shape.head_dim;
        ((self.sequence.own.start + self.queries.start) * step + self.query_head * shape.head_dim, step)
    }

    /// `queries * columns` into `scores`, at what is seen.
    fn products(&self, shape: Shape, queries: &[f32], columns: &Gathered<'_>, scores: &mut Vec<f32>) {
        scores.clear();
        scores.resize(self.queries.len() * self.width, 0.0);
        let (start, step) = self.rows(shape);
        let left = Matrix::rows(&queries[start..], step);
        let target = Target::of_numbers(scores);
        let size = Size { rows: self.queries.len(), inner: shape.head_dim, columns: 0, part: Part::All };
        let before = self.sequence.before.len();
        #[expect(unsafe_code, reason = "the product's own promise")]
        // SAFETY: the scores are this thread's own, and `suits` has found the instructions.
        unsafe {
            if before > 0 {
                let size = Size { columns: self.own, ..size };
                let place = Place { target: &target, start: 0, step: self.width };
                add_product(left, Matrix::rows(&columns.columns, columns.width), size, place);
            }
            let part = Part::ColumnsUpTo(self.queries.start);
            let size = Size { columns: self.width - self.own, part, ..size };
            let place = Place { target: &target, start: self.own, step: self.width };
            add_product(left, Matrix::rows(&columns.columns[self.own..], columns.width), size, place);
        }
    }

    /// The ranges of a row of scores that query `index` of the block sees.
    fn seen(&self, index: usize) -> [Range<usize>; 2] {
        [0..self.sequence.before.len(), self.own..self.own + self.queries.start + index + 1]
    }

    /// The weights of every query, 0 where it does not see.
    fn weights(&self, shape: Shape, queries: &[f32], keys: &Gathered<'_>, weights: &mut Vec<f32>) {
        self.products(shape, queries, keys, weights);
        for (index, row) in weights.chunks_exact_mut(self.width).enumerate() {
            #[expect(unsafe_code, reason = "made for processors that have these instructions")]
            // SAFETY: `suits` has found the instructions.
            unsafe {
                softmax(row, self.seen(index), shape.scale());
            }
        }
    }

    /// The gradients of the scores, times their scale, 0 where a query does not see.
    fn of_scores(
        &self,
        shape: Shape,
        gradients: &[f32],
        values: &Gathered<'_>,
        weights: &[f32],
        of_scores: &mut Vec<f32>,
    ) {
        self.products(shape, gradients, values, of_scores);
        let rows = of_scores.chunks_exact_mut(self.width).zip(weights.chunks_exact(self.width));
        for (of_scores, weights) in rows {
            #[expect(unsafe_code, reason = "made for processors that have these instructions")]
            // SAFETY: `suits` has found the instructions.
            unsafe {
                softmax_backward(weights, of_scores, shape.scale());
            }
        }
    }

    /// Adds `weights * rows` to this block's rows of `target` `[tokens, heads, head_dim]`, with `rows` those of a tensor
    /// `[tokens, key_value_heads, head_dim]`.
    fn mix(&self, shape: Shape, rows: &[f32], weights: &[f32], target: &Target<'_>) {
        let (start, step) = self.rows(shape);
        let width = self.width;
        let of_head = |tokens: &Range<usize>| {
            let step = shape.key_value_heads * shape.head_dim;
            Matrix::rows(&rows[tokens.start * step + self.head * shape.head_dim..], step)
        };
        let place = Place { target, start, step };
        let size = Size { rows: self.queries.len(), inner: 0, columns: shape.head_dim, part: Part::All };
        let before = self.sequence.before;
        #[expect(unsafe_code, reason = "threads write into one tensor")]
        // SAFETY: the queries of this head of these tokens are this thread's alone, and `suits` has found the instructions.
        unsafe {
            if !before.is_empty() {
                add_product(Matrix::rows(weights, width), of_head(before), Size { inner: before.len(), ..size }, place);
            }
            let part = Part::InnerUpTo(self.queries.start);
            let size = Size { inner: self.queries.end, part, ..size };
            add_product(Matrix::rows(&weights[self.own..], width), of_head(self.sequence.own), size, place);
        }
    }

    /// Adds `weights^T * rows` to the rows of what is seen in `target` `[tokens, key_value_heads, head_dim]`, with `rows` this
    /// block's of a tensor `[tokens, heads, head_dim]`.
    fn add_transposed(&self, shape: Shape, weights: &[f32], rows: &[f32], target: &Target<'_>) {
        let (start, step) = self.rows(shape);
        let width = self.width;
        let right = Matrix::rows(&rows[start..], step);
        let place = |tokens: &Range<usize>| {
            let step = shape.key_value_heads * shape.head_dim;
            Place { target, start: tokens.start * step + self.head * shape.head_dim, step }
        };
        let size = Size { rows: 0, inner: self.queries.len(), columns: shape.head_dim, part: Part::All };
        let before = self.sequence.before;
        #[expect(unsafe_code, reason = "threads write into one tensor")]
        // SAFETY: this head of keys of these tokens is this thread's alone, and `suits` has found the instructions.
        unsafe {
            if !before.is_empty() {
                add_product(Matrix::columns(weights, width), right, Size { rows: before.len(), ..size }, place(before));
            }
            let size = Size { rows: self.queries.end, part: Part::InnerFrom(self.queries.start), ..size };
            add_product(Matrix::columns(&weights[self.own..], width), right, size, place(self.sequence.own));
        }
    }
}

/// Turns the scores that are seen into weights, and all others into 0.
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
fn softmax(scores: &mut [f32], seen: [Range<usize>; 2], scale: f32) {
    let largest = seen.iter().map(|range| largest(&scores[range.clone()])).fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for range in &seen {
        sum += powers(&mut scores[range.clone()], largest, scale);
    }
    let [before, own] = seen;
    scores[before.end..own.start].fill(0.0);
    scores[own.end..].fill(0.0);
    let factor = 1.0 / sum;
    for weight in scores.iter_mut() {
        *weight *= factor;
    }
}

/// Turns the gradients of weights into those of scores.
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
fn softmax_backward(weights: &[f32], gradients: &mut [f32], scale: f32) {
    let mean = dot(weights, gradients);
    for (gradient, weight) in gradients.iter_mut().zip(weights) {
        *gradient = weight * (*gradient - mean) * scale;
    }
}
