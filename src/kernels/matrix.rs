//! Products of small matrices that lie in the cache.
//!
//! Six rows of the result, sixteen numbers each, are summed in registers: an entry of the left matrix is spread over a register
//! and multiplied with a row of the right one. So the right matrix and the result run along their rows; the left one may be read
//! along its rows or its columns.

use super::eight::{SIXTEEN, Sixteen};
use super::numbers::Target;

/// Columns of the result that are summed at once.
pub(super) const COLUMNS: usize = SIXTEEN;
/// Rows of the result that are summed at once.
pub(super) const ROWS: usize = 6;
/// Columns of the left matrix that one turn of the inner loop takes.
const UNROLLED: usize = 4;

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
    /// Row `i` needs columns of the result up to `i / share + first` only.
    ColumnsUpTo {
        first: usize,
        share: usize,
    },
    /// Row `i` of the left matrix is 0 beyond column `i / share + first`.
    InnerUpTo {
        first: usize,
        share: usize,
    },
    /// Row `i` of the left matrix is 0 before column `(i - first) * share`.
    InnerFrom {
        first: usize,
        share: usize,
    },
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
        Part::ColumnsUpTo { first, share } => {
            columns = columns.min((last / share + first + 1).next_multiple_of(COLUMNS));
        }
        Part::InnerUpTo { first, share } => inner.end = inner.end.min(last / share + first + 1),
        Part::InnerFrom { first, share } => inner.start = (row.saturating_sub(first) * share).min(inner.end),
    }
    if inner.is_empty() || columns == 0 {
        return;
    }
    let furthest = last * left.row_step + (inner.end - 1) * left.column_step;
    assert!(furthest < left.numbers.len(), "a product beyond its left matrix");
    assert!((inner.end - 1) * right.row_step + columns <= right.numbers.len(), "a product beyond its right matrix");
    let mut rows: [&mut [f32]; COUNT] = std::array::from_fn(|index| {
        let start = place.start + (row + index) * place.step;
        // SAFETY: the caller's promise.
        unsafe { place.target.part(start..start + columns) }
    });
    let left = Matrix { numbers: &left.numbers[row * left.row_step + inner.start * left.column_step..], ..left };
    let right = Matrix { numbers: &right.numbers[inner.start * right.row_step..], ..right };
    for column in (0..columns).step_by(COLUMNS) {
        let mut sums = [Sixteen::zeros(); COUNT];
        for (sum, row) in sums.iter_mut().zip(&rows) {
            if let Some(numbers) = row[column..].first_chunk::<COLUMNS>() {
                *sum = Sixteen::load(numbers);
            }
        }
        let mut middle = 0;
        // SAFETY: the last entries that are read were compared with the lengths.
        unsafe {
            while middle + UNROLLED <= inner.len() {
                for _ in 0..UNROLLED {
                    add(&mut sums, left, right, middle, column);
                    middle += 1;
                }
            }
            while middle < inner.len() {
                add(&mut sums, left, right, middle, column);
                middle += 1;
            }
        }
        for (sum, row) in sums.into_iter().zip(&mut rows) {
            if let Some(numbers) = row[column..].first_chunk_mut::<COLUMNS>() {
                sum.store(numbers);
            }
        }
    }
}

/// Adds column `middle` of the left matrix times sixteen numbers of row `middle` of the right one.
///
/// # Safety
///
/// Both are there.
#[expect(unsafe_code, reason = "comparisons with lengths would take as long as the product")]
#[inline]
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
unsafe fn add<const COUNT: usize>(
    sums: &mut [Sixteen; COUNT],
    left: Matrix<'_>,
    right: Matrix<'_>,
    middle: usize,
    column: usize,
) {
    let start = middle * right.row_step + column;
    // SAFETY: the caller's promise.
    let row = unsafe { &*right.numbers.get_unchecked(start..start + COLUMNS).as_ptr().cast::<[f32; COLUMNS]>() };
    let factors = Sixteen::load(row);
    for (index, sum) in sums.iter_mut().enumerate() {
        // SAFETY: the caller's promise.
        let factor = unsafe { *left.numbers.get_unchecked(middle * left.column_step + index * left.row_step) };
        *sum = sum.plus_product(factor, factors);
    }
}
