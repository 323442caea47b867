//! The root-mean-square norm of rows, forward and back.

use tch::Tensor;

use super::numbers::{Target, blank, numbers};
use super::product::sum_of_lanes;
use super::{LANES, threads};

/// Rows that one thread takes at a time.
const ROWS: usize = 32;

/// `x / sqrt(mean(x^2) + epsilon) * weight` of rows `[.., width]`.
pub(crate) fn rms_norm(input: &Tensor, weight: &Tensor, epsilon: f64) -> Tensor {
    let mut result = blank(&input.size());
    let (inputs, weights) = (numbers(input), numbers(weight));
    let block = ROWS * weights.len();
    let target = Target::of(&mut result);
    threads::for_each(inputs.len().div_ceil(block), |part| {
        let range = part * block..inputs.len().min((part + 1) * block);
        #[expect(unsafe_code, reason = "threads write into one tensor, with instructions that the processor has")]
        // SAFETY: every block is one thread's, and `suits` has found the instructions.
        unsafe {
            norm_rows(&inputs[range.clone()], weights, epsilon as f32, target.part(range));
        }
    });
    result
}

#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
fn norm_rows(inputs: &[f32], weights: &[f32], epsilon: f32, results: &mut [f32]) {
    let width = weights.len();
    for (input, result) in inputs.chunks_exact(width).zip(results.chunks_exact_mut(width)) {
        let scale = inverse_root_mean_square(input, epsilon);
        for ((result, input), weight) in result.iter_mut().zip(input).zip(weights) {
            *result = input * scale * weight;
        }
    }
}

#[inline(always)]
fn inverse_root_mean_square(row: &[f32], epsilon: f32) -> f32 {
    1.0 / (dot(row, row) / row.len() as f32 + epsilon).sqrt()
}

/// The dot product of two rows.
#[inline(always)]
fn dot(left: &[f32], right: &[f32]) -> f32 {
    let ((left, left_rest), (right, right_rest)) = (left.as_chunks::<LANES>(), right.as_chunks::<LANES>());
    let mut partial = [0.0_f32; LANES];
    for (left, right) in left.iter().zip(right) {
        for lane in 0..LANES {
            partial[lane] = left[lane].mul_add(right[lane], partial[lane]);
        }
    }
    let rest = left_rest.iter().zip(right_rest).map(|(left, right)| left * right);
    rest.fold(sum_of_lanes(&partial), |sum, term| sum + term)
}
