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
