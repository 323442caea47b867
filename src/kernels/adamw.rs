//! A step of `AdamW` for one parameter, in one pass over its numbers.

use tch::Tensor;

use super::numbers::{Target, numbers};
use super::threads;

/// Numbers that one thread takes at a time.
const BLOCK: usize = 1 << 13;

/// The factors of a step; see `src/rl/optimizer.rs` for the formulas.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Factors {
    /// What the gradient is multiplied with.
    pub(crate) gradient: f32,
    /// `1 - beta1` and `1 - beta2`.
    pub(crate) news: [f32; 2],
    /// The learning rate, divided by `1 - beta1^t`.
    pub(crate) step: f32,
    /// `1 - beta2^t`.
    pub(crate) second_correction: f32,
    pub(crate) epsilon: f32,
    /// What the parameter is multiplied with before it moves.
    pub(crate) kept: f32,
}

/// Moves `parameter` and its two moments.
pub(crate) fn adamw(parameter: &mut Tensor, gradient: &Tensor, moments: [&mut Tensor; 2], factors: Factors) {
    let gradients = numbers(gradient);
    let [first, second] = moments;
    let targets = [parameter, first, second].map(Target::of);
    threads::for_each(gradients.len().div_ceil(BLOCK), |part| {
        let range = part * BLOCK..gradients.len().min((part + 1) * BLOCK);
        #[expect(unsafe_code, reason = "threads write into one tensor, with instructions that the processor has")]
        // SAFETY: every block is one thread's, and `suits` has found the instructions.
        unsafe {
            let [parameters, first, second] = targets.each_ref().map(|target| target.part(range.clone()));
            step(parameters, &gradients[range], first, second, factors);
        }
    });
}

#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
fn step(parameters: &mut [f32], gradients: &[f32], first: &mut [f32], second: &mut [f32], factors: Factors) {
    let moments = first.iter_mut().zip(second);
    for ((parameter, gradient), (first, second)) in parameters.iter_mut().zip(gradients).zip(moments) {
        let gradient = gradient * factors.gradient;
        *first += factors.news[0] * (gradient - *first);
        *second += factors.news[1] * (gradient * gradient - *second);
        let denominator = (*second / factors.second_correction).sqrt() + factors.epsilon;
        *parameter = *parameter * factors.kept - *first * factors.step / denominator;
    }
}
