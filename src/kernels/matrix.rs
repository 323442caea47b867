//! Products of small matrices that lie in the cache.
//!
//! Six rows of the result, sixteen numbers each, are summed in registers: an entry of the left matrix is spread over a register
//! and multiplied with a row of the right one. So the right matrix and the result run along their rows; the left one may be read
//! along its rows or its columns.

use super::LANES;
use super::numbers::Target;

/// Columns of the result that are summed at once.
pub(super) const COLUMNS: usize = 2 * LANES;
/// Rows of the result that are summed at once.
const ROWS: usize = 6;

/// Numbers of a matrix, at `row * row_step + column * column_step`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matrix<'numbers> {
    pub(super) numbers: &'numbers [f32],
    pub(super) row_step: usize,
    pub(super) column_step: usize,
}

impl<'numbers> Matrix<'numbers> {
    /// Rows that begin every `step` numbers.
    pub(super) fn rows(numbers: &'numbers [f32], step: usize) -> Self {
        Self { numbers, row_step: step, column_step: 1 }
    }

    /// The transpose of rows that begin every `step` numbers.
    pub(super) fn columns(numbers: &'numbers [f32], step: usize) -> Self {
        Self { numbers, row_step: 1, column_step: step }
    }
}

/// Where a result is written: rows that begin every `step` numbers from `start` on.
#[derive(Clone, Copy)]
pub(super) struct Place<'target> {
    pub(super) target: &'target Target<'target>,
    pub(super) start: usize,
    pub(super) step: usize,
}

/// Size of a product: `rows x inner` times `inner x columns`, the last a multiple of [`COLUMNS`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) rows: usize,
    pub(super) inner: usize,
    pub(super) columns: usize,
    /// Which of it is computed.
    pub(super) part: Part,
}

/// Which part of a product is computed; the rest of the left matrix, or of the result, is known to be 0 or not needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    All,
    /// Row `i` needs columns of the result up to `i + from` only.
    ColumnsUpTo(usize),
    /// Row `i` of the left matrix is 0 beyond column `i + from`.
    InnerUpTo(usize),
    /// Row `i` of the left matrix is 0 before column `i - from`.
    InnerFrom(usize),
}

/// Adds `left * right` to what is at `place`.
///
/// # Safety
///
/// Nobody else reads or writes the result meanwhile, and the processor has the instructions.
#[expect(unsafe_code, reason = "threads write into one tensor")]
#[inline(always)]
pub(super) unsafe fn add_product(left: Matrix<'_>, right: Matrix<'_>, size: Size, place: Place<'_>) {
    let mut row = 0;
    while row < size.rows {
        let count = ROWS.min(size.rows - row);
        // SAFETY: the caller's promise.
        unsafe {
            match count {
                6 => strip::<6>(left, right, size, place, row),
                5 => strip::<5>(left, right, size, place, row),
                4 => strip::<4>(left, right, size, place, row),
                3 => strip::<3>(left, right, size, place, row),
                2 => strip::<2>(left, right, size, place, row),
                _ => strip::<1>(left, right, size, place, row),
            }
        }
        row += count;
    }
}

#[expect(unsafe_code, reason = "threads write into one tensor")]
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
unsafe fn strip<const COUNT: usize>(left: Matrix<'_>, right: Matrix<'_>, size: Size, place: Place<'_>, row: usize) {
    let last = row + COUNT - 1;
    let (mut columns, mut inner) = (size.columns, 0..size.inner);
    match size.part {
        Part::All => {}
        Part::ColumnsUpTo(from) => columns = columns.min((last + from + 1).next_multiple_of(COLUMNS)),
        Part::InnerUpTo(from) => inner.end = inner.end.min(last + from + 1),
        Part::InnerFrom(from) => inner.start = row.saturating_sub(from).min(inner.end),
    }
    if inner.is_empty() {
        return;
    }
    let furthest = last * left.row_step + (inner.end - 1) * left.column_step;
    assert!(furthest < left.numbers.len(), "a product beyond its left matrix");
    for column in (0..columns).step_by(COLUMNS) {
        let mut sums = [[0.0_f32; COLUMNS]; COUNT];
        for (index, sums) in sums.iter_mut().enumerate() {
            let start = place.start + (row + index) * place.step + column;
            // SAFETY: the caller's promise.
            sums.copy_from_slice(unsafe { place.target.part(start..start + COLUMNS) });
        }
        let mut at = row * left.row_step + inner.start * left.column_step;
        for middle in inner.clone() {
            let Some(factors) = right.numbers[middle * right.row_step + column..].first_chunk::<COLUMNS>() else {
                return;
            };
            for (index, sums) in sums.iter_mut().enumerate() {
                // SAFETY: at most `furthest`, which was compared with the length.
                let factor = unsafe { *left.numbers.get_unchecked(at + index * left.row_step) };
                for lane in 0..COLUMNS {
                    sums[lane] = factor.mul_add(factors[lane], sums[lane]);
                }
            }
            at += left.column_step;
        }
        for (index, sums) in sums.iter().enumerate() {
            let start = place.start + (row + index) * place.step + column;
            // SAFETY: the caller's promise.
            unsafe { place.target.part(start..start + COLUMNS) }.copy_from_slice(sums);
        }
    }
}
