//! The gated activation `silu(gate) * up`, with `silu(x) = x / (1 + e^-x)`.

use tch::Tensor;

use super::exponential::exponential;
use super::numbers::{Target, blank, numbers};
use super::threads;

/// Numbers that one thread takes at a time.
const BLOCK: usize = 1 << 12;

/// `silu(gate) * up`, entry by entry.
pub(crate) fn swiglu(gate: &Tensor, up: &Tensor) -> Tensor {
    let mut result = blank(&gate.size());
    let (gates, ups) = (numbers(gate), numbers(up));
    let target = Target::of(&mut result);
    threads::for_each(gates.len().div_ceil(BLOCK), |part| {
        let range = part * BLOCK..gates.len().min((part + 1) * BLOCK);
        #[expect(unsafe_code, reason = "threads write into one tensor, with instructions that the processor has")]
        // SAFETY: every block is one thread's, and `suits` has found the instructions.
        unsafe {
            activate(&gates[range.clone()], &ups[range.clone()], target.part(range));
        }
    });
    result
}

#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
fn activate(gates: &[f32], ups: &[f32], results: &mut [f32]) {
    for ((result, gate), up) in results.iter_mut().zip(gates).zip(ups) {
        *result = gate / (1.0 + exponential(-gate)) * up;
    }
}

/// The way back, in place: `gate` and `up` become their gradients, and the gradient of `silu(gate) * up` becomes
/// `silu(gate) * up` itself.
pub(crate) fn swiglu_backward(gate: &mut Tensor, up: &mut Tensor, gradient: &mut Tensor) {
    let count = gate.numel();
    let targets = [gate, up, gradient].map(Target::of);
    threads::for_each(count.div_ceil(BLOCK), |part| {
        let range = part * BLOCK..count.min((part + 1) * BLOCK);
        #[expect(unsafe_code, reason = "threads write into one tensor, with instructions that the processor has")]
        // SAFETY: every block is one thread's, and `suits` has found the instructions.
        unsafe {
            let [gates, ups, gradients] = targets.each_ref().map(|target| target.part(range.clone()));
            activate_backward(gates, ups, gradients);
        }
    });
}

#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
fn activate_backward(gates: &mut [f32], ups: &mut [f32], gradients: &mut [f32]) {
    for ((gate, up), gradient) in gates.iter_mut().zip(ups).zip(gradients) {
        let sigmoid = 1.0 / (1.0 + exponential(-*gate));
        let silu = *gate * sigmoid;
        let of_silu = *gradient * *up;
        let of_up = *gradient * silu;
        *gradient = silu * *up;
        *up = of_up;
        *gate = of_silu * sigmoid * gate.mul_add(1.0 - sigmoid, 1.0);
    }
}
