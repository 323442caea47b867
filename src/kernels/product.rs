//! A linear map `y = x W^T + b`, with the weights read where they lie.
//!
//! Rows of inputs and rows of weights both run along the summed dimension, so an entry of the result is a dot product of two
//! contiguous rows. Three rows of inputs times four of weights are summed at once, in twelve registers of eight partial sums.
//! Work is shared in blocks of inputs that stay in the second cache and blocks of weights that stay in the first.

use std::ops::Range;

use tch::Tensor;

use super::numbers::{Target, blank, numbers};
use super::{LANES, threads};

/// Rows of inputs that are multiplied at once.
const INPUTS: usize = 3;
/// Rows of weights that are multiplied at once.
pub(super) const WEIGHTS: usize = 4;
/// Most rows of inputs in a block, a multiple of [`INPUTS`].
const INPUT_BLOCK: usize = 96;
/// Numbers of the weights in a block, about: half of the first cache.
const WEIGHT_BLOCK: usize = 1 << 12;

/// `[.., in]` times weights `[out, in]`, plus `bias` `[out]`, plus `start` `[.., out]`: gives `[.., out]`.
pub(crate) fn product(input: &Tensor, weight: &Tensor, bias: Option<&Tensor>, start: Option<&Tensor>) -> Tensor {
    let mut size = input.size();
    let (out, width) = (weight.size()[0], weight.size()[1] as usize);
    if let Some(last) = size.last_mut() {
        *last = out;
    }
    let mut result = blank(&size);
    let map = Map {
        inputs: numbers(input),
        weights: numbers(weight),
        bias: bias.map(numbers),
        start: start.map(numbers),
        rows: input.numel() / width,
        out: out as usize,
        width,
        teammates: threads::count(),
    };
    map.write(&Target::of(&mut result));
    result
}

/// What is multiplied.
struct Map<'numbers> {
    inputs: &'numbers [f32],
    weights: &'numbers [f32],
    bias: Option<&'numbers [f32]>,
    start: Option<&'numbers [f32]>,
    rows: usize,
    out: usize,
    width: usize,
    /// Threads that share the work.
    teammates: usize,
}

impl Map<'_> {
    fn write(&self, result: &Target<'_>) {
        let (row_block, weight_block) = (self.row_block(), self.weight_block());
        let (row_blocks, weight_blocks) = (self.rows.div_ceil(row_block), self.out.div_ceil(weight_block));
        threads::for_each(row_blocks * weight_blocks, |part| {
            let (rows, weights) = (part / weight_blocks * row_block, part % weight_blocks * weight_block);
            let rows = rows..self.rows.min(rows + row_block);
            let weights = weights..self.out.min(weights + weight_block);
            #[expect(unsafe_code, reason = "made for processors that have these instructions")]
            // SAFETY: `suits` has found the instructions.
            unsafe {
                self.block(rows, weights, result);
            }
        });
    }

    /// Blocks of inputs of about equal size.
    fn row_block(&self) -> usize {
        let blocks = self.rows.div_ceil(INPUT_BLOCK);
        self.rows.div_ceil(blocks).next_multiple_of(INPUTS)
    }

    fn weight_block(&self) -> usize {
        (WEIGHT_BLOCK / self.width).next_multiple_of(WEIGHTS).min(8 * WEIGHTS)
    }

    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
    fn block(&self, rows: Range<usize>, weights: Range<usize>, result: &Target<'_>) {
        let strips = rows.len().div_ceil(INPUTS);
        let mut row = rows.start;
        while row + INPUTS <= rows.end {
            self.fetch(&weights, (row - rows.start) / INPUTS, strips);
            self.strip::<INPUTS>(row, &weights, result);
            row += INPUTS;
        }
        match rows.end - row {
            2 => self.strip::<2>(row, &weights, result),
            1 => self.strip::<1>(row, &weights, result),
            _ => {}
        }
    }

    /// Asks for a part of the weights that this thread will probably take next, which lie further away than the cores can wait
    /// for: `strips` parts in all.
    #[inline(always)]
    fn fetch(&self, weights: &Range<usize>, strip: usize, strips: usize) {
        let next = weights.end + (self.teammates - 1) * weights.len();
        let from = next * self.width + weights.len() * self.width * strip / strips;
        let to = next * self.width + weights.len() * self.width * (strip + 1) / strips;
        if to <= self.weights.len() {
            prefetch(&self.weights[from..to]);
        }
    }

    /// `ROWS` rows of inputs from `row` on, times all rows of a block of weights.
    #[inline(always)]
    fn strip<const ROWS: usize>(&self, row: usize, weights: &Range<usize>, result: &Target<'_>) {
        let mut inputs = [&self.inputs[..0]; ROWS];
        for (index, input) in inputs.iter_mut().enumerate() {
            *input = &self.inputs[(row + index) * self.width..][..self.width];
        }
        let mut first = weights.start;
        while first < weights.end {
            let count = WEIGHTS.min(weights.end - first);
            let mut factors = [&self.weights[..0]; WEIGHTS];
            for (index, factor) in factors.iter_mut().enumerate() {
                // Where fewer rows are left, the last one stands in, and is not stored.
                *factor = &self.weights[(first + index.min(count - 1)) * self.width..][..self.width];
            }
            let sums = dot_products(inputs, factors);
            for (index, sums) in sums.into_iter().enumerate() {
                self.store(row + index, first, count, sums, result);
            }
            first += WEIGHTS;
        }
    }

    #[inline(always)]
    fn store(&self, row: usize, first: usize, count: usize, mut sums: [f32; WEIGHTS], result: &Target<'_>) {
        let at = row * self.out + first;
        for (added, from) in [(self.bias, first), (self.start, at)] {
            let Some(added) = added else { continue };
            match added[from..].first_chunk::<WEIGHTS>() {
                Some(added) => (0..WEIGHTS).for_each(|column| sums[column] += added[column]),
                None => (0..count).for_each(|column| sums[column] += added[from + column]),
            }
        }
        #[expect(unsafe_code, reason = "threads write into one tensor")]
        // SAFETY: every entry belongs to one block, and a block to one thread.
        let target = unsafe { result.part(at..at + count) };
        match target.first_chunk_mut::<WEIGHTS>() {
            Some(target) => *target = sums,
            None => target.copy_from_slice(&sums[..count]),
        }
    }
}

/// `ROWS` rows, each times each of four others; all are equally long.
#[inline(always)]
pub(super) fn dot_products<const ROWS: usize>(
    rows: [&[f32]; ROWS],
    others: [&[f32]; WEIGHTS],
) -> [[f32; WEIGHTS]; ROWS] {
    let width = rows[0].len();
    let chunks = width / LANES;
    let none = &rows[0].as_chunks::<LANES>().0[..0];
    let (mut row_lanes, mut other_lanes) = ([none; ROWS], [none; WEIGHTS]);
    for (lanes, row) in row_lanes.iter_mut().zip(rows) {
        *lanes = &row.as_chunks::<LANES>().0[..chunks];
    }
    for (lanes, other) in other_lanes.iter_mut().zip(others) {
        *lanes = &other.as_chunks::<LANES>().0[..chunks];
    }
    let mut partial = [[[0.0_f32; LANES]; WEIGHTS]; ROWS];
    for chunk in 0..chunks {
        for other in 0..WEIGHTS {
            let factors = &other_lanes[other][chunk];
            for row in 0..ROWS {
                let numbers = &row_lanes[row][chunk];
                for lane in 0..LANES {
                    let sum = &mut partial[row][other][lane];
                    *sum = numbers[lane].mul_add(factors[lane], *sum);
                }
            }
        }
    }
    let mut sums = [[0.0_f32; WEIGHTS]; ROWS];
    for (sums, partial) in sums.iter_mut().zip(&partial) {
        *sums = sums_of_lanes(partial);
    }
    if chunks * LANES < width {
        add_rest(&mut sums, rows, others, chunks * LANES);
    }
    sums
}

/// Adds the products of what fills no register.
fn add_rest<const ROWS: usize>(
    sums: &mut [[f32; WEIGHTS]; ROWS],
    rows: [&[f32]; ROWS],
    others: [&[f32]; WEIGHTS],
    from: usize,
) {
    for (sums, row) in sums.iter_mut().zip(rows) {
        for (sum, other) in sums.iter_mut().zip(others) {
            *sum = row[from..].iter().zip(&other[from..]).fold(*sum, |sum, (number, factor)| sum + number * factor);
        }
    }
}

/// Asks for numbers to be brought into the second cache.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[expect(unsafe_code, reason = "named instructions")]
fn prefetch(numbers: &[f32]) {
    use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
    for line in numbers.chunks(16) {
        // SAFETY: nothing is read; the address is one of a slice.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast()) }
    }
}

/// Other processors are left to find out by themselves.
#[cfg(not(target_arch = "x86_64"))]
fn prefetch(_: &[f32]) {}

/// The sum of eight, neighbours first.
#[inline(always)]
pub(super) fn sum_of_lanes(lanes: &[f32; LANES]) -> f32 {
    ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
}

/// Four times [`sum_of_lanes`], in the instructions made for it, which the compiler does not find.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[expect(unsafe_code, reason = "named instructions")]
fn sums_of_lanes(lanes: &[[f32; LANES]; WEIGHTS]) -> [f32; WEIGHTS] {
    use std::arch::x86_64::{
        _mm_add_ps, _mm_storeu_ps, _mm256_castps256_ps128, _mm256_extractf128_ps, _mm256_hadd_ps, _mm256_loadu_ps,
    };
    let mut sums = [0.0_f32; WEIGHTS];
    // SAFETY: the arrays have the eight and four numbers that are loaded and stored, and `suits` has found the instructions.
    unsafe {
        let (first, second) = (_mm256_loadu_ps(lanes[0].as_ptr()), _mm256_loadu_ps(lanes[1].as_ptr()));
        let (third, fourth) = (_mm256_loadu_ps(lanes[2].as_ptr()), _mm256_loadu_ps(lanes[3].as_ptr()));
        let pairs = _mm256_hadd_ps(_mm256_hadd_ps(first, second), _mm256_hadd_ps(third, fourth));
        let halves = (_mm256_castps256_ps128(pairs), _mm256_extractf128_ps::<1>(pairs));
        _mm_storeu_ps(sums.as_mut_ptr(), _mm_add_ps(halves.0, halves.1));
    }
    sums
}

/// Four times [`sum_of_lanes`].
#[cfg(not(target_arch = "x86_64"))]
fn sums_of_lanes(lanes: &[[f32; LANES]; WEIGHTS]) -> [f32; WEIGHTS] {
    lanes.each_ref().map(sum_of_lanes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::suits;
    use tch::{Device, Kind};

    fn matrix(rows: i64, columns: i64, seed: f64) -> Tensor {
        let numbers = Tensor::arange(rows * columns, (Kind::Double, Device::Cpu)) * 1.7 + seed;
        numbers.sin().view([rows, columns])
    }

    #[test]
    fn equals_the_product_in_float64_and_does_not_depend_on_the_other_rows() {
        for (rows, width, out) in [(1, 1, 1), (2, 7, 5), (3, 8, 4), (5, 33, 17), (64, 40, 48), (200, 256, 35)] {
            let (input, weight, bias) = (matrix(rows, width, 0.1), matrix(out, width, 0.2), matrix(1, out, 0.3));
            let start = matrix(rows, out, 0.4);
            let rounded = [input, weight, bias, start].map(|tensor| tensor.to_kind(Kind::Float));
            let [input, weight, bias, start] = rounded.each_ref().map(|tensor| tensor.to_kind(Kind::Double));
            let expected = start + input.matmul(&weight.tr()) + bias;
            let [input, weight, bias, start] = rounded;
            if !suits(&[&input, &weight]) {
                return;
            }
            let result = product(&input, &weight, Some(&bias.view([out])), Some(&start));
            let largest = expected.abs().max().double_value(&[]);
            let difference = (result.to_kind(Kind::Double) - expected).abs().max().double_value(&[]);
            assert!(difference < 1e-6 * largest, "{rows} x {width} x {out}: {difference}");
            for row in 0..rows {
                let alone =
                    product(&input.narrow(0, row, 1), &weight, Some(&bias.view([out])), Some(&start.narrow(0, row, 1)));
                assert_eq!(alone, result.narrow(0, row, 1));
            }
        }
    }
}
