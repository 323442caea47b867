//! The root-mean-square norm of rows, forward and back.

use tch::{Kind, Tensor};

use super::dots::sum_of_lanes;
use super::numbers::{Target, blank, numbers};
use super::{LANES, threads};

/// Rows that one thread takes at a time.
const ROWS: usize = 32;
/// The same on the way back, where each time a sum of their gradients is begun.
const ROWS_BACK: usize = 128;

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

/// The way back of [`rms_norm`]: adds the gradient of the input to `of_input` and returns that of the weight, given that of the
/// output.
pub(crate) fn rms_norm_backward(
    input: &Tensor,
    weight: &Tensor,
    epsilon: f64,
    gradient: &Tensor,
    of_input: &mut Tensor,
) -> Tensor {
    let (inputs, weights, gradients) = (numbers(input), numbers(weight), numbers(gradient));
    let block = ROWS_BACK * weights.len();
    let parts = inputs.len().div_ceil(block);
    // A sum a block, added in order at the end, so that the result does not depend on the threads.
    let mut sums = vec![0.0_f32; parts * weights.len()];
    let (of_weights, target) = (Target::of_numbers(&mut sums), Target::of(of_input));
    threads::for_each(parts, |part| {
        let range = part * block..inputs.len().min((part + 1) * block);
        let rows = (&inputs[range.clone()], &gradients[range.clone()]);
        #[expect(unsafe_code, reason = "threads write into one tensor, with instructions that the processor has")]
        // SAFETY: every block and its sums are one thread's, and `suits` has found the instructions.
        unsafe {
            let own = of_weights.part(part * weights.len()..(part + 1) * weights.len());
            norm_rows_backward(rows, weights, epsilon as f32, target.part(range), own);
        }
    });
    Tensor::from_slice(&sums).view([parts as i64, -1]).sum_dim_intlist([0_i64].as_slice(), false, Kind::Float)
}

#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
fn norm_rows_backward(
    (inputs, gradients): (&[f32], &[f32]),
    weights: &[f32],
    epsilon: f32,
    of_inputs: &mut [f32],
    of_weights: &mut [f32],
) {
    let width = weights.len();
    let mut of_normed = vec![0.0_f32; width];
    let rows = inputs.chunks_exact(width).zip(gradients.chunks_exact(width)).zip(of_inputs.chunks_exact_mut(width));
    for ((input, gradient), of_input) in rows {
        let scale = inverse_root_mean_square(input, epsilon);
        for column in 0..width {
            of_normed[column] = gradient[column] * weights[column];
            of_weights[column] += gradient[column] * (input[column] * scale);
        }
        // What is taken away along the input: z mean(g w z), with z = input * scale.
        let along = dot(&of_normed, input) / width as f32 * scale * scale;
        for column in 0..width {
            of_input[column] += scale * (of_normed[column] - input[column] * along);
        }
    }
}

#[inline(always)]
fn inverse_root_mean_square(row: &[f32], epsilon: f32) -> f32 {
    1.0 / (dot(row, row) / row.len() as f32 + epsilon).sqrt()
}

/// The dot product of two rows.
#[inline(always)]
pub(super) fn dot(left: &[f32], right: &[f32]) -> f32 {
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
