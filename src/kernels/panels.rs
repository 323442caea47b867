//! Products with weights that are laid out for it beforehand.
//!
//! A panel holds sixteen columns of the right matrix, row after row, so that a product reads it from front to back. Weights that
//! are multiplied many times, as in decoding, are laid out once; for a product of many rows laying them out costs little.

use std::ops::Range;

use tch::{Kind, Tensor};

use super::eight::Sixteen;
use super::matrix::COLUMNS;
use super::numbers::{Number, Target, blank, brief_numbers, numbers};
use super::threads;

/// Rows of the left matrix that are multiplied at once.
const ROWS: usize = 6;
/// Entries of a row that one turn of the inner loop takes.
const UNROLLED: usize = 4;
/// Parts of a product for each thread, at the least, where it can be cut into so many.
const PARTS: usize = 64;
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
    /// The transpose of weights `[out, in]`, float32 or bfloat16, for `x W^T`.
    pub(crate) fn of_transpose(weight: &Tensor) -> Self {
        let (columns, inner) = (weight.size()[0] as usize, weight.size()[1] as usize);
        match weight.kind() {
            Kind::BFloat16 => Self::transposed(brief_numbers(weight), inner, columns),
            _ => Self::transposed(numbers(weight), inner, columns),
        }
    }

    fn transposed(weights: &[impl Number], inner: usize, columns: usize) -> Self {
        Self::filled(inner, columns, |own, panel| {
            for (place, column) in own.enumerate() {
                let row = &weights[column * inner..][..inner];
                let places = panel.iter_mut().skip(place).step_by(COLUMNS);
                places.zip(row).for_each(|(number, weight)| *number = weight.wide());
            }
        })
    }

    /// Weights `[out, in]` as they are, float32 or bfloat16, for `g W`.
    pub(crate) fn of(weight: &Tensor) -> Self {
        let (inner, columns) = (weight.size()[0] as usize, weight.size()[1] as usize);
        match weight.kind() {
            Kind::BFloat16 => Self::in_order(brief_numbers(weight), inner, columns),
            _ => Self::in_order(numbers(weight), inner, columns),
        }
    }

    fn in_order(weights: &[impl Number], inner: usize, columns: usize) -> Self {
        Self::filled(inner, columns, |own, panel| {
            for (numbers, row) in panel.chunks_exact_mut(COLUMNS).zip(weights.chunks_exact(columns)) {
                numbers.iter_mut().zip(&row[own.clone()]).for_each(|(number, weight)| *number = weight.wide());
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
    /// Shares blocks of rows and groups of panels among the threads, in parts so many that none waits long for the last one.
    fn write(&self, result: &Target<'_>) {
        let panels = self.columns.div_ceil(COLUMNS);
        let blocks = self.rows.div_ceil(BLOCK);
        let block = self.rows.div_ceil(blocks).next_multiple_of(ROWS);
        let together = (blocks * panels / (PARTS * threads::count())).clamp(1, panels);
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
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
    fn strip<const COUNT: usize>(&self, row: usize, panel: usize, result: &Target<'_>) {
        let sums = self.sums::<COUNT>(row, panel);
        let first = panel * COLUMNS;
        if first + COLUMNS <= self.columns {
            self.store(row, first, sums, result);
        } else {
            self.store_part(row, first, sums, result);
        }
    }

    #[inline]
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
    fn sums<const COUNT: usize>(&self, row: usize, panel: usize) -> [Sixteen; COUNT] {
        let factors = &self.panels[panel * self.inner * COLUMNS..][..self.inner * COLUMNS];
        let left = &self.left[row * self.inner..][..COUNT * self.inner];
        let mut sums = [Sixteen::zeros(); COUNT];
        let (together, rest) = factors.as_chunks::<{ UNROLLED * COLUMNS }>();
        let mut middle = 0;
        let singles = rest.as_chunks::<COLUMNS>().0;
        for factors in together {
            for factors in factors.as_chunks::<COLUMNS>().0 {
                self.add(&mut sums, left, middle, factors);
                middle += 1;
            }
        }
        for factors in singles {
            self.add(&mut sums, left, middle, factors);
            middle += 1;
        }
        sums
    }

    /// Adds entry `middle` of every row, times the row `factors` of the panel.
    #[inline]
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
    fn add<const COUNT: usize>(
        &self,
        sums: &mut [Sixteen; COUNT],
        left: &[f32],
        middle: usize,
        factors: &[f32; COLUMNS],
    ) {
        let factors = Sixteen::load(factors);
        for (index, sum) in sums.iter_mut().enumerate() {
            #[expect(unsafe_code, reason = "six comparisons with a length, for each twelve instructions that compute")]
            // SAFETY: there are `inner` rows of factors, and `left` has `COUNT` rows as long.
            let factor = unsafe { *left.get_unchecked(index * self.inner + middle) };
            *sum = sum.plus_product(factor, factors);
        }
    }

    #[inline]
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
    fn store<const COUNT: usize>(&self, row: usize, first: usize, sums: [Sixteen; COUNT], result: &Target<'_>) {
        let bias = self.bias.and_then(|bias| bias[first..].first_chunk::<COLUMNS>());
        let bias = match bias {
            Some(bias) => Sixteen::load(bias),
            None => Sixteen::zeros(),
        };
        for (index, sum) in sums.into_iter().enumerate() {
            let at = (row + index) * self.columns + first;
            let mut sum = sum.plus(bias);
            if let Some(start) = self.start.and_then(|start| start[at..].first_chunk::<COLUMNS>()) {
                sum = sum.plus(Sixteen::load(start));
            }
            #[expect(unsafe_code, reason = "threads write into one tensor")]
            // SAFETY: every entry belongs to one part, and a part to one thread.
            let target = unsafe { result.part(at..at + COLUMNS) };
            if let Some(target) = target.first_chunk_mut::<COLUMNS>() {
                sum.store(target);
            }
        }
    }

    /// The same where the last panel has fewer columns.
    #[cold]
    #[inline(never)]
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
    fn store_part<const COUNT: usize>(&self, row: usize, first: usize, sums: [Sixteen; COUNT], result: &Target<'_>) {
        let columns = self.columns - first;
        for (index, sum) in sums.into_iter().enumerate() {
            let at = (row + index) * self.columns + first;
            let mut numbers = [0.0; COLUMNS];
            sum.store(&mut numbers);
            for (added, from) in [(self.bias, first), (self.start, at)] {
                let added = added.map_or(&[][..], |added| &added[from..from + columns]);
                numbers.iter_mut().zip(added).for_each(|(number, added)| *number += added);
            }
            #[expect(unsafe_code, reason = "threads write into one tensor")]
            // SAFETY: every entry belongs to one part, and a part to one thread.
            let target = unsafe { result.part(at..at + columns) };
            target.copy_from_slice(&numbers[..columns]);
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
            // Weights in bfloat16 are the same numbers in float32.
            let brief = weight.to_kind(Kind::BFloat16);
            let single = brief.to_kind(Kind::Float);
            let products = |weight: &Tensor| {
                let there = Panels::of_transpose(weight).multiply(&input, Added::default());
                [there, Panels::of(weight).multiply(&start, Added::default())]
            };
            assert_eq!(products(&brief), products(&single));
        }
    }
}
