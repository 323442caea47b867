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

use tch::Tensor;

use super::exponential::{largest, powers};
use super::matrix::{COLUMNS, Matrix, Part, Place, Size, add_product};
use super::norm::dot;
use super::numbers::{Target, blank, numbers};
use super::{suits, threads};

/// Most queries, those of all heads that look at one head of keys together, whose scores exist at once.
const QUERIES: usize = 192;

/// A prompt and the completions that grow from it, as ranges of packed tokens. Every token belongs to one family.
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
    let mut result = blank(&[shape.tokens as i64, (shape.heads * shape.head_dim) as i64]);
    let target = Target::of(&mut result);
    let [queries, keys, values] = heads.numbers();
    shape.for_each(families, |family, head| {
        let queries = Packed { numbers: queries, heads: shape.queries(head) };
        let mut keys = Columns::new(family, shape.keys(head), keys);
        let mut values = Rows::new(family, shape.keys(head), values);
        let (mut asked, mut scores, mut found) = (Vec::new(), Vec::new(), Vec::new());
        for sequence in family.sequences() {
            keys.hold(&sequence);
            values.hold(&sequence);
            for tokens in sequence.blocks(shape.share()) {
                let block = Block::new(&sequence, tokens, shape, keys.padded_prompt);
                queries.gather(&block.tokens, &mut asked);
                block.weights(&asked, &keys, &mut scores);
                block.mix(&values, &scores, &mut found);
                queries.heads.scatter(&block.tokens, &found, &target);
            }
        }
    });
    result
}

/// The gradients of queries, keys and values, given that of what [`attend_grouped`] gave.
pub(crate) fn attend_grouped_backward(families: &[Family], heads: Heads<'_>, gradient: &Tensor) -> [Tensor; 3] {
    let shape = Shape::of(heads);
    let mut results = [heads.queries, heads.keys, heads.values].map(|heads| blank(&heads.size()));
    let [of_queries, of_keys, of_values] = results.each_mut().map(Target::of);
    let ([queries, all_keys, all_values], gradients) = (heads.numbers(), numbers(gradient));
    shape.for_each(families, |family, head| {
        let (queries, gradients) = (
            Packed { numbers: queries, heads: shape.queries(head) },
            Packed { numbers: gradients, heads: shape.queries(head) },
        );
        let (keys, values) = (shape.keys(head), shape.keys(head));
        let mut key_columns = Columns::new(family, keys, all_keys);
        let mut key_rows = Rows::new(family, keys, all_keys);
        let mut value_columns = Columns::new(family, values, all_values);
        let (mut key_sums, mut value_sums) = (Rows::zeros(family, keys), Rows::zeros(family, values));
        let (mut asked, mut given, mut found) = (Vec::new(), Vec::new(), Vec::new());
        let (mut weights, mut of_scores) = (Vec::new(), Vec::new());
        for sequence in family.sequences() {
            key_columns.hold(&sequence);
            key_rows.hold(&sequence);
            value_columns.hold(&sequence);
            for tokens in sequence.blocks(shape.share()) {
                let block = Block::new(&sequence, tokens, shape, key_columns.padded_prompt);
                queries.gather(&block.tokens, &mut asked);
                gradients.gather(&block.tokens, &mut given);
                block.weights(&asked, &key_columns, &mut weights);
                block.add_transposed(&weights, &given, &mut value_sums);
                block.of_scores(&given, &value_columns, &weights, &mut of_scores);
                block.mix(&key_rows, &of_scores, &mut found);
                queries.heads.scatter(&block.tokens, &found, &of_queries);
                block.add_transposed(&of_scores, &asked, &mut key_sums);
            }
            key_sums.give_own(&sequence, &of_keys);
            value_sums.give_own(&sequence, &of_values);
        }
        key_sums.give_prompt(family, &of_keys);
        value_sums.give_prompt(family, &of_values);
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

    /// Heads of queries that look at one head of keys.
    fn share(self) -> usize {
        self.heads / self.key_value_heads
    }

    /// Those that look at head `head` of the keys.
    fn queries(self, head: usize) -> Adjacent {
        let width = self.share() * self.head_dim;
        Adjacent { first: head * width, width, step: self.heads * self.head_dim }
    }

    /// Head `head` of the keys.
    fn keys(self, head: usize) -> Adjacent {
        Adjacent { first: head * self.head_dim, width: self.head_dim, step: self.key_value_heads * self.head_dim }
    }
}

/// Adjacent heads of every token, in a tensor `[tokens, heads, head_dim]`.
#[derive(Debug, Clone, Copy)]
struct Adjacent {
    /// Where those of the first token begin.
    first: usize,
    /// Numbers of a token.
    width: usize,
    /// From one token's to the next one's.
    step: usize,
}

impl Adjacent {
    fn of_token(self, token: usize) -> Range<usize> {
        let start = token * self.step + self.first;
        start..start + self.width
    }

    /// Writes the numbers of `tokens`, `[tokens, width]`.
    fn scatter(self, tokens: &Range<usize>, from: &[f32], target: &Target<'_>) {
        for (token, numbers) in tokens.clone().zip(from.chunks_exact(self.width)) {
            #[expect(unsafe_code, reason = "threads write into one tensor")]
            // SAFETY: these heads of this family's tokens are one thread's.
            unsafe { target.part(self.of_token(token)) }.copy_from_slice(numbers);
        }
    }
}

/// Adjacent heads of a tensor's tokens.
struct Packed<'numbers> {
    numbers: &'numbers [f32],
    heads: Adjacent,
}

impl Packed<'_> {
    /// Copies those of `tokens`, `[tokens, width]`.
    fn gather(&self, tokens: &Range<usize>, into: &mut Vec<f32>) {
        into.clear();
        for token in tokens.clone() {
            into.extend_from_slice(&self.numbers[self.heads.of_token(token)]);
        }
    }
}

/// A prompt, or a completion after its prompt: who sees whom.
#[derive(Clone)]
struct Sequence {
    /// The prompt that all of its tokens see; empty for the prompt itself.
    before: Range<usize>,
    /// Its tokens, each of which sees those up to itself.
    own: Range<usize>,
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

    fn sequences(&self) -> impl Iterator<Item = Sequence> {
        let nothing = self.prompt.start..self.prompt.start;
        let of_prompt = Sequence { before: nothing, own: self.prompt.clone() };
        let of_completion = |own: &Range<usize>| Sequence { before: self.prompt.clone(), own: own.clone() };
        std::iter::once(of_prompt).chain(self.completions.iter().map(of_completion))
    }

    fn longest_completion(&self) -> usize {
        self.completions.iter().map(Range::len).max().unwrap_or(0)
    }
}

impl Sequence {
    fn is_prompt(&self) -> bool {
        self.before.is_empty()
    }

    /// Its tokens in blocks of as many as have [`QUERIES`] queries, `share` each.
    fn blocks(&self, share: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let (own, size) = (self.own.clone(), (QUERIES / share).max(1));
        own.clone().step_by(size).map(move |start| start..own.end.min(start + size))
    }
}

/// Keys or values of one head as columns, `[head_dim, width]`: those of the prompt, and after them those of one completion. The
/// prompt's part is padded to a multiple of [`COLUMNS`].
struct Columns<'numbers> {
    held: Vec<f32>,
    width: usize,
    padded_prompt: usize,
    numbers: &'numbers [f32],
    head: Adjacent,
}

impl<'numbers> Columns<'numbers> {
    fn new(family: &Family, head: Adjacent, numbers: &'numbers [f32]) -> Self {
        let padded_prompt = family.prompt.len().next_multiple_of(COLUMNS);
        let width = padded_prompt + family.longest_completion().next_multiple_of(COLUMNS);
        Self { held: vec![0.0; head.width * width], width, padded_prompt, numbers, head }
    }

    /// Puts the prompt in front, or a completion behind it.
    fn hold(&mut self, sequence: &Sequence) {
        let first = if sequence.is_prompt() { 0 } else { self.padded_prompt };
        for (column, token) in sequence.own.clone().enumerate() {
            let row = &self.numbers[self.head.of_token(token)];
            for (position, number) in row.iter().enumerate() {
                self.held[position * self.width + first + column] = *number;
            }
        }
    }
}

/// The same as rows, `[tokens, head_dim]`, or sums of that shape: those of the prompt, and after them those of one completion.
struct Rows<'numbers> {
    held: Vec<f32>,
    prompt: usize,
    numbers: &'numbers [f32],
    head: Adjacent,
}

impl<'numbers> Rows<'numbers> {
    fn new(family: &Family, head: Adjacent, numbers: &'numbers [f32]) -> Self {
        let prompt = family.prompt.len() * head.width;
        Self { held: vec![0.0; prompt + family.longest_completion() * head.width], prompt, numbers, head }
    }

    fn zeros(family: &Family, head: Adjacent) -> Self {
        Self::new(family, head, &[])
    }

    /// Where the own tokens of a sequence begin.
    fn own(&self, sequence: &Sequence) -> usize {
        if sequence.is_prompt() { 0 } else { self.prompt }
    }

    /// Puts the prompt in front, or a completion behind it.
    fn hold(&mut self, sequence: &Sequence) {
        let own = self.own(sequence);
        for (token, row) in sequence.own.clone().zip(self.held[own..].chunks_exact_mut(self.head.width)) {
            row.copy_from_slice(&self.numbers[self.head.of_token(token)]);
        }
    }

    /// Writes the sums of a completion, and begins new ones.
    fn give_own(&mut self, sequence: &Sequence, target: &Target<'_>) {
        if !sequence.is_prompt() {
            let (prompt, sums) = (self.prompt, sequence.own.len() * self.head.width);
            let sums = &mut self.held[prompt..prompt + sums];
            self.head.scatter(&sequence.own, sums, target);
            sums.fill(0.0);
        }
    }

    /// Writes the sums of the prompt.
    fn give_prompt(&self, family: &Family, target: &Target<'_>) {
        self.head.scatter(&family.prompt, &self.held[..self.prompt], target);
    }
}

/// The queries of some tokens of a sequence to one head of keys, token after token.
struct Block<'family> {
    sequence: &'family Sequence,
    tokens: Range<usize>,
    /// Position of the first token in the sequence.
    first: usize,
    shape: Shape,
    /// The column of scores at which the sequence's own tokens begin, and the number of columns.
    own: usize,
    width: usize,
}

impl<'family> Block<'family> {
    fn new(sequence: &'family Sequence, tokens: Range<usize>, shape: Shape, padded_prompt: usize) -> Self {
        let own = if sequence.is_prompt() { 0 } else { padded_prompt };
        let width = own + (tokens.end - sequence.own.start).next_multiple_of(COLUMNS);
        Self { sequence, first: tokens.start - sequence.own.start, tokens, shape, own, width }
    }

    /// Number of queries.
    fn queries(&self) -> usize {
        self.tokens.len() * self.shape.share()
    }

    /// Position in the sequence after the last token.
    fn end(&self) -> usize {
        self.first + self.tokens.len()
    }

    /// Rows `[queries, head_dim]`.
    fn rows<'numbers>(&self, queries: &'numbers [f32]) -> Matrix<'numbers> {
        Matrix::rows(queries, self.shape.head_dim)
    }

    /// `queries * columns` into `scores`, at what is seen.
    fn products(&self, queries: &[f32], columns: &Columns<'_>, scores: &mut Vec<f32>) {
        scores.clear();
        scores.resize(self.queries() * self.width, 0.0);
        let target = Target::of_numbers(scores);
        let size = Size { rows: self.queries(), inner: self.shape.head_dim, columns: 0, part: Part::All };
        #[expect(unsafe_code, reason = "the product's own promise")]
        // SAFETY: the scores are this thread's own, and `suits` has found the instructions.
        unsafe {
            if !self.sequence.is_prompt() {
                let size = Size { columns: self.own, ..size };
                let place = Place { target: &target, start: 0, step: self.width };
                add_product(self.rows(queries), Matrix::rows(&columns.held, columns.width), size, place);
            }
            let part = Part::ColumnsUpTo { first: self.first, share: self.shape.share() };
            let size = Size { columns: self.width - self.own, part, ..size };
            let place = Place { target: &target, start: self.own, step: self.width };
            add_product(self.rows(queries), Matrix::rows(&columns.held[self.own..], columns.width), size, place);
        }
    }

    /// The ranges of a row of scores that query `index` of the block sees.
    fn seen(&self, index: usize) -> [Range<usize>; 2] {
        let own = self.first + index / self.shape.share() + 1;
        [0..self.sequence.before.len(), self.own..self.own + own]
    }

    /// The weights of every query, 0 where it does not see.
    fn weights(&self, queries: &[f32], keys: &Columns<'_>, weights: &mut Vec<f32>) {
        self.products(queries, keys, weights);
        let scale = 1.0 / (self.shape.head_dim as f32).sqrt();
        for (index, row) in weights.chunks_exact_mut(self.width).enumerate() {
            #[expect(unsafe_code, reason = "made for processors that have these instructions")]
            // SAFETY: `suits` has found the instructions.
            unsafe {
                softmax(row, self.seen(index), scale);
            }
        }
    }

    /// The gradients of the scores, times their scale, 0 where a query does not see.
    fn of_scores(&self, gradients: &[f32], values: &Columns<'_>, weights: &[f32], of_scores: &mut Vec<f32>) {
        self.products(gradients, values, of_scores);
        let scale = 1.0 / (self.shape.head_dim as f32).sqrt();
        let rows = of_scores.chunks_exact_mut(self.width).zip(weights.chunks_exact(self.width));
        for (of_scores, weights) in rows {
            #[expect(unsafe_code, reason = "made for processors that have these instructions")]
            // SAFETY: `suits` has found the instructions.
            unsafe {
                softmax_backward(weights, of_scores, scale);
            }
        }
    }

    /// `weights * rows` into `found` `[queries, head_dim]`, of the rows that are seen.
    fn mix(&self, rows: &Rows<'_>, weights: &[f32], found: &mut Vec<f32>) {
        let head_dim = self.shape.head_dim;
        found.clear();
        found.resize(self.queries() * head_dim, 0.0);
        let target = Target::of_numbers(found);
        let place = Place { target: &target, start: 0, step: head_dim };
        let size = Size { rows: self.queries(), inner: 0, columns: head_dim, part: Part::All };
        let before = self.sequence.before.len();
        #[expect(unsafe_code, reason = "the product's own promise")]
        // SAFETY: what is found is this thread's own, and `suits` has found the instructions.
        unsafe {
            if before > 0 {
                let size = Size { inner: before, ..size };
                add_product(Matrix::rows(weights, self.width), Matrix::rows(&rows.held, head_dim), size, place);
            }
            let part = Part::InnerUpTo { first: self.first, share: self.shape.share() };
            let size = Size { inner: self.end(), part, ..size };
            let own = Matrix::rows(&rows.held[rows.own(self.sequence)..], head_dim);
            add_product(Matrix::rows(&weights[self.own..], self.width), own, size, place);
        }
    }

    /// Adds `weights^T * queries` to the sums of what is seen.
    fn add_transposed(&self, weights: &[f32], queries: &[f32], sums: &mut Rows<'_>) {
        let head_dim = self.shape.head_dim;
        let own = sums.own(self.sequence);
        let target = Target::of_numbers(&mut sums.held);
        let place = |start: usize| Place { target: &target, start, step: head_dim };
        let size = Size { rows: 0, inner: self.queries(), columns: head_dim, part: Part::All };
        let before = self.sequence.before.len();
        #[expect(unsafe_code, reason = "the product's own promise")]
        // SAFETY: the sums are this thread's own, and `suits` has found the instructions.
        unsafe {
            if before > 0 {
                let size = Size { rows: before, ..size };
                add_product(Matrix::columns(weights, self.width), self.rows(queries), size, place(0));
            }
            let part = Part::InnerFrom { first: self.first, share: self.shape.share() };
            let size = Size { rows: self.end(), part, ..size };
            let weights = Matrix::columns(&weights[self.own..], self.width);
            add_product(weights, self.rows(queries), size, place(own));
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
