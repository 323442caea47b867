//! Products over the rows of two matrices, `left^T right`: the gradient of weights, summed over tokens.
//!
//! Both matrices are laid out anew, [`DEPTH`] tokens at a time: the left one in strips of six columns, the right one in panels of
//! sixteen, each from front to back as the product reads it. What a panel and its strips add up to then lies in the caches, and
//! the result is visited once for so many tokens.

use std::ops::Range;

use tch::Tensor;

use super::matrix::{COLUMNS, Matrix, Part, Place, ROWS, Size, add_product};
use super::numbers::{Target, blank, numbers};
use super::threads;

/// Tokens that are added up at once: a panel of them takes half of the first cache.
const DEPTH: usize = 256;
/// Strips that one part of the product reads for every panel: with [`DEPTH`] tokens, half of the second cache.
const STRIPS: usize = 48;
/// Parts of a product for each thread, at the least, where it can be cut into so many.
const PARTS: usize = 8;
/// Tokens that are laid out at once, so that what is read and what is written stay in the first cache.
const TILE: usize = 16;

/// Whether [`transposed_product`] can compute a product with so many columns.
pub(crate) fn fills_panels(columns: i64) -> bool {
    columns % COLUMNS as i64 == 0
}

/// `[tokens, rows]` and `[tokens, columns]`, which [fill panels](fills_panels), give `[rows, columns]`.
pub(crate) fn transposed_product(left: &Tensor, right: &Tensor) -> Tensor {
    let tokens = left.size()[0] as usize;
    let (rows, columns) = (left.size()[1] as usize, right.size()[1] as usize);
    let (strips, panels) = (laid_out::<ROWS>(left, tokens, rows), laid_out::<COLUMNS>(right, tokens, columns));
    let strips = LaidOut::<ROWS>::new(&strips, tokens, rows);
    let panels = LaidOut::<COLUMNS>::new(&panels, tokens, columns);
    let mut result = Tensor::zeros([rows as i64, columns as i64], (left.kind(), left.device()));
    let target = Target::of(&mut result);
    let high = strips.groups.div_ceil(STRIPS);
    let together = (high * panels.groups / (PARTS * threads::count())).clamp(1, panels.groups);
    let wide = panels.groups.div_ceil(together);
    threads::for_each(high * wide, |part| {
        let (first_strip, first_panel) = (part / wide * STRIPS, part % wide * together);
        let of_strips = first_strip..strips.groups.min(first_strip + STRIPS);
        let of_panels = first_panel..panels.groups.min(first_panel + together);
        add_part(&strips, of_strips, &panels, of_panels, Place { target: &target, start: 0, step: columns });
    });
    result
}

/// Adds the products of some strips with some panels.
fn add_part(
    strips: &LaidOut<'_, ROWS>,
    of_strips: Range<usize>,
    panels: &LaidOut<'_, COLUMNS>,
    of_panels: Range<usize>,
    place: Place<'_>,
) {
    for block in 0..strips.tokens.div_ceil(DEPTH) {
        for panel in of_panels.clone() {
            let right = Matrix::rows(panels.group(block, panel), COLUMNS);
            for strip in of_strips.clone() {
                let left = Matrix::columns(strips.group(block, strip), ROWS);
                let rows = ROWS.min(strips.width - strip * ROWS);
                let inner = block_of(strips.tokens, block).len();
                let start = place.start + strip * ROWS * place.step + panel * COLUMNS;
                #[expect(unsafe_code, reason = "threads write into one tensor")]
                // SAFETY: every strip of a panel belongs to one part, a part to one thread, and `suits` has found the instructions.
                unsafe {
                    let size = Size { rows, inner, columns: COLUMNS, part: Part::All };
                    add_product(left, right, size, Place { start, ..place });
                }
            }
        }
    }
}

/// A matrix `[tokens, width]`, block after block of tokens, and in a block `LANES` columns after `LANES` columns.
struct LaidOut<'numbers, const LANES: usize> {
    numbers: &'numbers [f32],
    tokens: usize,
    width: usize,
    groups: usize,
}

impl<'numbers, const LANES: usize> LaidOut<'numbers, LANES> {
    fn new(laid_out: &'numbers Tensor, tokens: usize, width: usize) -> Self {
        Self { numbers: numbers(laid_out), tokens, width, groups: width.div_ceil(LANES) }
    }

    /// Some columns of a block, `[tokens of the block, LANES]`.
    fn group(&self, block: usize, group: usize) -> &[f32] {
        let own = block_of(self.tokens, block);
        let length = own.len() * LANES;
        &self.numbers[own.start * self.groups * LANES + group * length..][..length]
    }
}

/// The numbers of a [`LaidOut`].
fn laid_out<const LANES: usize>(matrix: &Tensor, tokens: usize, width: usize) -> Tensor {
    let stride = width.next_multiple_of(LANES);
    let mut laid_out = blank(&[(tokens * stride) as i64]);
    let (target, rows) = (Target::of(&mut laid_out), numbers(matrix));
    threads::for_each(tokens.div_ceil(DEPTH), |block| {
        let own = block_of(tokens, block);
        #[expect(unsafe_code, reason = "threads write into one tensor")]
        // SAFETY: every block is one thread's, and nobody reads before all are written.
        let written = unsafe { target.part(own.start * stride..own.end * stride) };
        lay_out::<LANES>(&rows[own.start * width..own.end * width], width, written);
    });
    laid_out
}

/// Tokens of a block.
fn block_of(tokens: usize, block: usize) -> Range<usize> {
    block * DEPTH..tokens.min((block + 1) * DEPTH)
}

/// Lays out the rows of one block; columns that are missing in the last group are 0.
fn lay_out<const LANES: usize>(rows: &[f32], width: usize, written: &mut [f32]) {
    let tokens = rows.len() / width;
    let chunks = written.as_chunks_mut::<LANES>().0;
    for first in (0..tokens).step_by(TILE) {
        for group in 0..width.div_ceil(LANES) {
            for token in first..tokens.min(first + TILE) {
                let row = &rows[token * width + group * LANES..(token + 1) * width];
                let chunk = &mut chunks[group * tokens + token];
                if let Some(whole) = row.first_chunk::<LANES>() {
                    *chunk = *whole;
                } else {
                    *chunk = [0.0; LANES];
                    chunk[..row.len()].copy_from_slice(row);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::suits;
    use tch::{Device, Kind};

    fn matrix(rows: i64, columns: i64, seed: f64) -> Tensor {
        let numbers = Tensor::arange(rows * columns, (Kind::Double, Device::Cpu)) * 1.7 + seed;
        numbers.sin().view([rows, columns]).to_kind(Kind::Float)
    }

    #[test]
    fn equals_the_product_in_float64_whatever_is_left_over() {
        for (tokens, rows, columns) in [(1, 1, 16), (5, 7, 32), (256, 6, 16), (257, 300, 48), (700, 293, 128)] {
            let (left, right) = (matrix(tokens, rows, 0.1), matrix(tokens, columns, 0.2));
            if !suits(&[&left, &right]) {
                return;
            }
            let (left, right) = (left.to_kind(Kind::Double), right.to_kind(Kind::Double));
            let product = transposed_product(&left.to_kind(Kind::Float), &right.to_kind(Kind::Float));
            let difference = (product.to_kind(Kind::Double) - left.tr().matmul(&right)).abs();
            // A sum of n products, each rounded once, is off by at most n units in the last place of the sum of their sizes.
            let bound = left.abs().tr().matmul(&right.abs()) * (tokens as f64 * f64::from(f32::EPSILON) / 2.0);
            assert!((difference - bound).max().double_value(&[]) < 0.0, "{tokens} {rows} {columns}");
        }
    }
}
