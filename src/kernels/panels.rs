//! Products with weights that are laid out for it beforehand.
//!
//! A panel holds sixteen columns of the right matrix, row after row, so that a product reads it from front to back. Weights that
//! are multiplied many times, as in decoding, are laid out once; for a product of many rows laying them out costs little.

use std::ops::Range;

use tch::Tensor;

use super::matrix::COLUMNS;
use super::numbers::{Target, blank, numbers};
use super::threads;

/// Rows of the left matrix that are multiplied at once.
const ROWS: usize = 6;
/// Most rows in a block, so that it stays in the second cache; a multiple of [`ROWS`].
const BLOCK: usize = 96;

/// A matrix `[inner, columns]` in panels.
#[derive(Debug)]
pub(crate) struct Panels {
    /// `[panels, inner, COLUMNS]`, the last panel filled up with zeros.
    numbers: Tensor,
    inner: usize,
    columns: usize,
}

/// What is added to a product: a row to every row, and a matrix.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Added<'tensor> {
    /// `[columns]`
    pub(crate) bias: Option<&'tensor Tensor>,
    /// `[.., columns]`
    pub(crate) start: Option<&'tensor Tensor>,
}

impl Panels {
    /// The transpose of weights `[out, in]`, for `x W^T`.
    pub(crate) fn of_transpose(weight: &Tensor) -> Self {
        let (columns, inner) = (weight.size()[0] as usize, weight.size()[1] as usize);
        let weights = numbers(weight);
        Self::filled(inner, columns, |own, panel| {
            for (place, column) in own.enumerate() {
                let row = &weights[column * inner..][..inner];
                panel.iter_mut().skip(place).step_by(COLUMNS).zip(row).for_each(|(number, weight)| *number = *weight);
            }
        })
    }

    /// Weights `[out, in]` as they are, for `g W`.
    pub(crate) fn of(weight: &Tensor) -> Self {
        let (inner, columns) = (weight.size()[0] as usize, weight.size()[1] as usize);
        let weights = numbers(weight);
        Self::filled(inner, columns, |own, panel| {
            for (numbers, row) in panel.chunks_exact_mut(COLUMNS).zip(weights.chunks_exact(columns)) {
                numbers[..own.len()].copy_from_slice(&row[own.clone()]);
            }
        })
    }

    fn filled(inner: usize, columns: usize, fill: impl Fn(Range<usize>, &mut [f32]) + Sync) -> Self {
        let panels = columns.div_ceil(COLUMNS);
        let mut numbers = blank(&[panels as i64, inner as i64, COLUMNS as i64]);
        let target = Target::of(&mut numbers);
        threads::for_each(panels, |panel| {
            let own = panel * COLUMNS..columns.min((panel + 1) * COLUMNS);
            #[expect(unsafe_code, reason = "threads write into one tensor")]
            // SAFETY: every panel is one thread's.
            let numbers = unsafe { target.part(panel * inner * COLUMNS..(panel + 1) * inner * COLUMNS) };
            if own.len() < COLUMNS {
                numbers.fill(0.0);
            }
            fill(own, numbers);
        });
        Self { numbers, inner, columns }
    }

    /// `[.., inner]` times this matrix: gives `[.., columns]`.
    pub(crate) fn multiply(&self, left: &Tensor, added: Added<'_>) -> Tensor {
        let mut size = left.size();
        if let Some(last) = size.last_mut() {
            *last = self.columns as i64;
        }
        let mut result = blank(&size);
        let product = Product {
            left: numbers(left),
            panels: numbers(&self.numbers),
            bias: added.bias.map(numbers),
            start: added.start.map(numbers),
            rows: left.numel() / self.inner,
            inner: self.inner,
            columns: self.columns,
        };
        product.write(&Target::of(&mut result));
        result
    }
}

/// A product on its way.
struct Product<'numbers> {
    left: &'numbers [f32],
    panels: &'numbers [f32],
    bias: Option<&'numbers [f32]>,
    start: Option<&'numbers [f32]>,
    rows: usize,
    inner: usize,
    columns: usize,
}

impl Product<'_> {
    /// Shares blocks of rows among the threads; where there are few, panels as well.
    fn write(&self, result: &Target<'_>) {
        let panels = self.columns.div_ceil(COLUMNS);
        let blocks = self.rows.div_ceil(BLOCK);
        let block = self.rows.div_ceil(blocks).next_multiple_of(ROWS);
        let together = if blocks >= 4 * threads::count() { panels } else { 1 };
        let groups = panels.div_ceil(together);
        threads::for_each(blocks * groups, |part| {
            let rows = part / groups * block;
            let rows = rows..self.rows.min(rows + block);
            let first = part % groups * together;
            for panel in first..panels.min(first + together) {
                #[expect(unsafe_code, reason = "made for processors that have these instructions")]
                // SAFETY: `suits` has found the instructions.
                unsafe {
                    self.block(rows.clone(), panel, result);
                }
            }
        });
    }

    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
    fn block(&self, rows: Range<usize>, panel: usize, result: &Target<'_>) {
        let mut row = rows.start;
        while row < rows.end {
            match rows.end - row {
                1 => self.strip::<1>(row, panel, result),
                2 => self.strip::<2>(row, panel, result),
                3 => self.strip::<3>(row, panel, result),
                4 => self.strip::<4>(row, panel, result),
                5 => self.strip::<5>(row, panel, result),
                _ => self.strip::<ROWS>(row, panel, result),
            }
            row += ROWS;
        }
    }

    /// `COUNT` rows from `row` on, times one panel.
    #[inline(always)]
    fn strip<const COUNT: usize>(&self, row: usize, panel: usize, result: &Target<'_>) {
        let factors = &self.panels[panel * self.inner * COLUMNS..][..self.inner * COLUMNS];
        let left = &self.left[row * self.inner..][..COUNT * self.inner];
        let mut sums = [[0.0_f32; COLUMNS]; COUNT];
        for (middle, factors) in factors.as_chunks::<COLUMNS>().0.iter().enumerate() {
            for (index, sums) in sums.iter_mut().enumerate() {
                #[expect(
                    unsafe_code,
                    reason = "six comparisons with a length, for each twelve instructions that compute"
                )]
                // SAFETY: there are `inner` chunks of factors, and `left` has `COUNT` rows as long.
                let factor = unsafe { *left.get_unchecked(index * self.inner + middle) };
                for lane in 0..COLUMNS {
                    sums[lane] = factor.mul_add(factors[lane], sums[lane]);
                }
            }
        }
        let first = panel * COLUMNS;
        for (index, sums) in sums.into_iter().enumerate() {
            self.store(row + index, first..self.columns.min(first + COLUMNS), sums, result);
        }
    }

    #[inline(always)]
    fn store(&self, row: usize, columns: Range<usize>, mut sums: [f32; COLUMNS], result: &Target<'_>) {
        let at = row * self.columns + columns.start;
        for (added, from) in [(self.bias, columns.start), (self.start, at)] {
            let Some(added) = added else { continue };
            match added[from..].first_chunk::<COLUMNS>() {
                Some(added) if columns.len() == COLUMNS => {
                    for lane in 0..COLUMNS {
                        sums[lane] += added[lane];
                    }
                }
                _ => sums.iter_mut().zip(&added[from..from + columns.len()]).for_each(|(sum, added)| *sum += added),
            }
        }
        #[expect(unsafe_code, reason = "threads write into one tensor")]
        // SAFETY: every entry belongs to one part, and a part to one thread.
        let target = unsafe { result.part(at..at + columns.len()) };
        match target.first_chunk_mut::<COLUMNS>() {
            Some(target) => *target = sums,
            None => target.copy_from_slice(&sums[..columns.len()]),
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

    fn assert_equal(single: &Tensor, double: &Tensor) {
        let largest = double.abs().max().double_value(&[]);
        let difference = (single.to_kind(Kind::Double) - double).abs().max().double_value(&[]);
        assert!(difference < 1e-6 * largest.max(1.0), "{:?}: {difference}", single.size());
    }

    #[test]
    fn equals_the_product_in_float64_and_does_not_depend_on_the_other_rows() {
        let wide = |tensor: &Tensor| tensor.to_kind(Kind::Double);
        for (rows, width, out) in [(1, 1, 1), (2, 7, 5), (3, 8, 16), (5, 33, 17), (64, 40, 48), (900, 256, 35)] {
            let (input, weight, bias) = (matrix(rows, width, 0.1), matrix(out, width, 0.2), matrix(1, out, 0.3));
            let (start, bias) = (matrix(rows, out, 0.4), bias.view([out]));
            if !suits(&[&input]) {
                return;
            }
            let panels = Panels::of_transpose(&weight);
            let result = panels.multiply(&input, Added { bias: Some(&bias), start: Some(&start) });
            assert_equal(&result, &(wide(&start) + wide(&input).matmul(&wide(&weight).tr()) + wide(&bias)));
            for row in 0..rows {
                let start = start.narrow(0, row, 1);
                let alone = panels.multiply(&input.narrow(0, row, 1), Added { bias: Some(&bias), start: Some(&start) });
                assert_eq!(alone, result.narrow(0, row, 1));
            }
            let back = Panels::of(&weight).multiply(&start, Added::default());
            assert_equal(&back, &wide(&start).matmul(&wide(&weight)));
        }
    }
}
