//! Rotary embedding: the two halves of every head turned in the plane they span.

use tch::Tensor;

use super::numbers::{Target, blank, numbers};
use super::threads;

/// Tokens that one thread takes at a time.
const TOKENS: usize = 16;

/// Turns `heads` `[tokens, heads, head_dim]` by angles whose cosines and sines are `[tokens, 1, head_dim]`.
pub(crate) fn rotate(heads: &Tensor, cosine: &Tensor, sine: &Tensor) -> Tensor {
    let mut result = blank(&heads.size());
    let (inputs, cosines, sines) = (numbers(heads), numbers(cosine), numbers(sine));
    let (tokens, head_dim) = (heads.size()[0] as usize, heads.size()[2] as usize);
    let of_token = inputs.len() / tokens;
    let target = Target::of(&mut result);
    threads::for_each(tokens.div_ceil(TOKENS), |part| {
        let own = part * TOKENS..tokens.min((part + 1) * TOKENS);
        let (range, angles) = (own.start * of_token..own.end * of_token, own.start * head_dim..own.end * head_dim);
        #[expect(unsafe_code, reason = "threads write into one tensor, with instructions that the processor has")]
        // SAFETY: every token is one thread's, and `suits` has found the instructions.
        unsafe {
            turn(&inputs[range.clone()], &cosines[angles.clone()], &sines[angles], head_dim, target.part(range));
        }
    });
    result
}

#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
fn turn(inputs: &[f32], cosines: &[f32], sines: &[f32], head_dim: usize, results: &mut [f32]) {
    let (tokens, half) = (cosines.len() / head_dim, head_dim / 2);
    let of_token = inputs.len() / tokens;
    for token in 0..tokens {
        let (cosine, sine) = (&cosines[token * head_dim..][..head_dim], &sines[token * head_dim..][..head_dim]);
        let own = token * of_token..(token + 1) * of_token;
        let heads = inputs[own.clone()].chunks_exact(head_dim).zip(results[own].chunks_exact_mut(head_dim));
        for (input, result) in heads {
            let ((first, second), (new_first, new_second)) = (input.split_at(half), result.split_at_mut(half));
            for plane in 0..half {
                new_first[plane] = first[plane] * cosine[plane] - second[plane] * sine[plane];
                new_second[plane] = second[plane] * cosine[half + plane] + first[plane] * sine[half + plane];
            }
        }
    }
}
