//! A linear map `y = x W^T + b`, with the weights read where they lie.
//!
//! Rows of inputs and rows of weights both run along the summed dimension, so an entry of the result is a dot product of two
//! contiguous rows. Three rows of inputs times four of weights are summed at once, in twelve registers of eight partial sums.
//! Work is shared in blocks of inputs that stay in the second cache and blocks of weights that stay in the first.

use tch::Tensor;

use super::numbers::{Target, blank, numbers};
use super::{LANES, threads};

/// Rows of inputs that are multiplied at once.
const INPUTS: usize = 3;
/// Rows of weights that are multiplied at once.
const WEIGHTS: usize = 4;
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
    fn block(&self, rows: std::ops::Range<usize>, weights: std::ops::Range<usize>, result: &Target<'_>) {
        let mut row = rows.start;
        while row + INPUTS <= rows.end {
            self.strip::<INPUTS>(row, &weights, result);
            row += INPUTS;
        }
        match rows.end - row {
            2 => self.strip::<2>(row, &weights, result),
            1 => self.strip::<1>(row, &weights, result),
            _ => {}
        }
    }

    /// `ROWS` rows of inputs from `row` on, times all rows of a block of weights.
    #[inline(always)]
    fn strip<const ROWS: usize>(&self, row: usize, weights: &std::ops::Range<usize>, result: &Target<'_>) {
        let inputs: [&[f32]; ROWS] = std::array::from_fn(|index| self.row_of(self.inputs, row + index));
        let mut first = weights.start;
        while first < weights.end {
            let count = WEIGHTS.min(weights.end - first);
            // Where fewer rows are left, the last one stands in, and is not stored.
            let factors: [&[f32]; WEIGHTS] = std::array::from_fn(|index| self.row_of(self.weights, first + index.min(count - 1)));
            let sums = dot_products(inputs, factors);
            for (index, sums) in sums.iter().enumerate() {
                self.store(row + index, first, &sums[..count], result);
            }
            first += WEIGHTS;
        }
    }

    #[inline(always)]
    fn row_of<'numbers>(&self, matrix: &'numbers [f32], row: usize) -> &'numbers [f32] {
        &matrix[row * self.width..(row + 1) * self.width]
    }

    #[inline(always)]
    fn store(&self, row: usize, first: usize, sums: &[f32], result: &Target<'_>) {
        let at = row * self.out + first;
        #[expect(unsafe_code, reason = "threads write into one tensor")]
        // SAFETY: every entry belongs to one block, and a block to one thread.
        let target = unsafe { result.part(at..at + sums.len()) };
        target.copy_from_slice(sums);
        if let Some(bias) = self.bias {
            target.iter_mut().zip(&bias[first..]).for_each(|(entry, bias)| *entry += bias);
        }
        if let Some(start) = self.start {
            target.iter_mut().zip(&start[at..]).for_each(|(entry, start)| *entry += start);
        }
    }
}

/// Every row of the one times every row of the other; all are equally long.
#[inline(always)]
pub(super) fn dot_products<const ROWS: usize, const COLUMNS: usize>(
    rows: [&[f32]; ROWS],
    columns: [&[f32]; COLUMNS],
) -> [[f32; COLUMNS]; ROWS] {
    let lanes_of_rows = rows.map(|row| row.as_chunks::<LANES>().0);
    let lanes_of_columns = columns.map(|column| column.as_chunks::<LANES>().0);
    let chunks = lanes_of_rows[0].len();
    let lanes_of_rows = lanes_of_rows.map(|row| &row[..chunks]);
    let lanes_of_columns = lanes_of_columns.map(|column| &column[..chunks]);
    let mut partial = [[[0.0_f32; LANES]; COLUMNS]; ROWS];
    for chunk in 0..chunks {
        for (column, lanes) in lanes_of_columns.iter().enumerate() {
            let lanes = &lanes[chunk];
            for (row, others) in lanes_of_rows.iter().enumerate() {
                let others = &others[chunk];
                for lane in 0..LANES {
                    let sum = &mut partial[row][column][lane];
                    *sum = others[lane].mul_add(lanes[lane], *sum);
                }
            }
        }
    }
    let mut sums = partial.map(|row| row.map(|lanes| sum_of_lanes(&lanes)));
    for rest in chunks * LANES..rows[0].len() {
        for (row, sums) in sums.iter_mut().enumerate() {
            for (column, sum) in sums.iter_mut().enumerate() {
                *sum = rows[row][rest].mul_add(columns[column][rest], *sum);
            }
        }
    }
    sums
}

/// Pairs first, so that the sum is as exact as it can be, and the same everywhere.
#[inline(always)]
pub(super) fn sum_of_lanes(lanes: &[f32; LANES]) -> f32 {
    ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]))
}
