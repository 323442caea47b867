//! Dot products of short rows.
//!
//! Rows that lie one after another are multiplied where they are: three times four of them at once, in twelve registers of eight
//! partial sums.

use super::LANES;

/// Rows of the second factor.
pub(super) const OTHERS: usize = 4;

/// `ROWS` rows, each times each of four others; all are equally long.
#[inline(always)]
pub(super) fn dot_products<const ROWS: usize>(rows: [&[f32]; ROWS], others: [&[f32]; OTHERS]) -> [[f32; OTHERS]; ROWS] {
    let width = rows[0].len();
    let chunks = width / LANES;
    let none = &rows[0].as_chunks::<LANES>().0[..0];
    let (mut row_lanes, mut other_lanes) = ([none; ROWS], [none; OTHERS]);
    for (lanes, row) in row_lanes.iter_mut().zip(rows) {
        *lanes = &row.as_chunks::<LANES>().0[..chunks];
    }
    for (lanes, other) in other_lanes.iter_mut().zip(others) {
        *lanes = &other.as_chunks::<LANES>().0[..chunks];
    }
    let mut partial = [[[0.0_f32; LANES]; OTHERS]; ROWS];
    for chunk in 0..chunks {
        for other in 0..OTHERS {
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
    let mut sums = [[0.0_f32; OTHERS]; ROWS];
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
    sums: &mut [[f32; OTHERS]; ROWS],
    rows: [&[f32]; ROWS],
    others: [&[f32]; OTHERS],
    from: usize,
) {
    for (sums, row) in sums.iter_mut().zip(rows) {
        for (sum, other) in sums.iter_mut().zip(others) {
            *sum = row[from..].iter().zip(&other[from..]).fold(*sum, |sum, (number, factor)| sum + number * factor);
        }
    }
}

/// The sum of eight, neighbours first.
#[inline(always)]
pub(super) fn sum_of_lanes(lanes: &[f32; LANES]) -> f32 {
    ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
}

/// Four times [`sum_of_lanes`], in the instructions made for it, which the compiler does not find.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[expect(unsafe_code, reason = "named instructions")]
fn sums_of_lanes(lanes: &[[f32; LANES]; OTHERS]) -> [f32; OTHERS] {
    use std::arch::x86_64::{
        _mm_add_ps, _mm_storeu_ps, _mm256_castps256_ps128, _mm256_extractf128_ps, _mm256_hadd_ps, _mm256_loadu_ps,
    };
    let mut sums = [0.0_f32; OTHERS];
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
fn sums_of_lanes(lanes: &[[f32; LANES]; OTHERS]) -> [f32; OTHERS] {
    lanes.each_ref().map(sum_of_lanes)
}
