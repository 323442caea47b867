//! Float32 kernels for the processor, where libtorch's operations leave it idle.
//!
//! A decoding step is a chain of small operations: products of a few dozen rows, for which libtorch's matrix product packs the
//! weights anew each time, and passes over short rows, which it makes one after another. Each kernel here does one link of that
//! chain in one pass:
//!
//! - [`Panels`]: a linear map, with the weights laid out for it beforehand
//! - [`transposed_product`]: the gradient of its weights
//! - [`rms_norm`], [`swiglu`], [`rotate`]: a norm, a gated activation, a rotation of heads
//! - [`draw`]: the next token of every row
//! - [`attend`]: a token of every completion over the keys of its prompt and its own
//! - [`attend_grouped`]: prompts and their completions for learning, forward and back
//! - [`score`]: log-probs, entropies and probabilities of logits
//! - [`adamw`]: a step of the optimizer
//!
//! All of them are functions of tensors without gradient, and each entry of a result is computed in the same order whatever the
//! number of rows or threads. [`suits`] says where they may stand in for libtorch's operations; everywhere else (a GPU, other
//! number formats, gradients wanted, a processor without AVX2, or another maker's than AMD with AVX-512, where these kernels would
//! use half of what it has) those are used. Products of bfloat16 are theirs too, where [`widens`] says so: [`Panels`] reads such
//! weights, and what they are multiplied with is widened before.

#![expect(
    clippy::inline_always,
    reason = "what a loop over lanes calls must be compiled for the instructions of the function that it is part of"
)]

mod adamw;
mod attend;
mod dots;
mod draw;
mod eight;
mod exponential;
mod grouped;
mod matrix;
mod norm;
mod numbers;
mod panels;
mod rotate;
mod score;
mod swiglu;
mod threads;
mod transposed;

pub(crate) use adamw::{Factors, adamw};
pub(crate) use attend::{Siblings, attend, suits_heads};
pub(crate) use draw::draw;
pub(crate) use grouped::{Family, Heads, attend_grouped, attend_grouped_backward};
pub(crate) use norm::{rms_norm, rms_norm_backward};
pub(crate) use panels::{Added, Panels};
pub(crate) use rotate::rotate;
pub(crate) use score::score;
pub(crate) use swiglu::{swiglu, swiglu_backward};
pub(crate) use transposed::{fills_panels, transposed_product};

use tch::{Device, Kind, Tensor};

/// Numbers that one instruction works on.
const LANES: usize = 8;

/// Whether the kernels may compute with `tensors`: contiguous float32 on a processor that they are made for, and no graph
/// is being kept.
pub(crate) fn suits(tensors: &[&Tensor]) -> bool {
    let plain = |tensor: &&Tensor| suit(tensor.kind(), tensor.device()) && tensor.is_contiguous() && tensor.numel() > 0;
    tensors.iter().all(plain) && !keeps_graph(tensors)
}

/// Whether they compute with tensors of `kind` on `device` at all.
pub(crate) fn suit(kind: Kind, device: Device) -> bool {
    device == Device::Cpu && kind == Kind::Float && processor().suits_kernels
}

/// Whether products with `tensors`, of which one at least is bfloat16, are computed in float32: on a processor of the kernels that
/// has no instructions for bfloat16, and no graph is being kept.
pub(crate) fn widens(tensors: &[&Tensor]) -> bool {
    let narrow = |tensor: &&Tensor| widened(tensor.kind(), tensor.device()) != tensor.kind();
    tensors.iter().any(narrow) && !keeps_graph(tensors)
}

/// The number format in which products of `kind` are computed on `device`.
pub(crate) fn widened(kind: Kind, device: Device) -> Kind {
    let widens = kind == Kind::BFloat16 && suit(Kind::Float, device) && !processor().multiplies_bfloat16;
    if widens { Kind::Float } else { kind }
}

/// Whether an operation on `tensors` would be remembered for differentiation.
#[expect(unsafe_code, reason = "tch has no question for the mode, only guards that set it")]
pub(crate) fn keeps_graph(tensors: &[&Tensor]) -> bool {
    if !tensors.iter().any(|tensor| tensor.requires_grad()) {
        return false;
    }
    // SAFETY: sets a flag of this thread, and at once sets it back.
    unsafe {
        let enabled = torch_sys::at_grad_set_enabled(0);
        torch_sys::at_grad_set_enabled(enabled) == 0 && enabled != 0
    }
}

/// What the kernels need to know of the processor.
#[derive(Clone, Copy)]
struct Processor {
    /// It has the instructions they are made of, and none that would do twice as much.
    suits_kernels: bool,
    /// It multiplies bfloat16 by instructions of its own, which libtorch uses.
    multiplies_bfloat16: bool,
}

#[cfg(target_arch = "x86_64")]
fn processor() -> Processor {
    use std::arch::x86_64::__cpuid;
    use std::sync::OnceLock;
    static PROCESSOR: OnceLock<Processor> = OnceLock::new();
    *PROCESSOR.get_or_init(|| {
        let maker = __cpuid(0);
        // "AuthenticAMD": Zen 4 does what is 512 bits wide in two halves, so that 256 at a time lose nothing.
        let is_amd = [maker.ebx, maker.edx, maker.ecx].map(u32::to_le_bytes).as_flattened() == b"AuthenticAMD";
        let has_eight_lanes = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        Processor {
            suits_kernels: has_eight_lanes && (is_amd || !is_x86_feature_detected!("avx512f")),
            multiplies_bfloat16: is_x86_feature_detected!("avx512bf16"),
        }
    })
}

#[cfg(not(target_arch = "x86_64"))]
fn processor() -> Processor {
    Processor { suits_kernels: false, multiplies_bfloat16: false }
}
