//! The next token of every row: one uniform number through the inverse of the cumulative distribution.

use tch::{Kind, Tensor};

use super::dots::sum_of_lanes;
use super::exponential::{exponential, largest};
use super::numbers::{Target, blank, numbers};
use super::{LANES, threads};

/// Draws from `softmax(logits / temperature)`: `logits` `[rows, vocab]`, `uniforms` `[rows]` in `[0, 1)`; gives tokens `[rows]`
/// and their log-probs `[rows]`.
///
/// The token drawn is the first, in the order of the ids, at which the running sum of the powers exceeds `uniform` times their
/// sum.
pub(crate) fn draw(logits: &Tensor, uniforms: &Tensor, temperature: f64) -> (Tensor, Tensor) {
    let (rows, vocab) = (logits.size()[0] as usize, logits.size()[1] as usize);
    // Ids are whole numbers far below 2^24, which float32 holds exactly.
    let mut drawn = blank(&[rows as i64, 2]);
    let (all_logits, uniforms) = (numbers(logits), numbers(uniforms));
    let target = Target::of(&mut drawn);
    threads::for_each(rows, |row| {
        let own = &all_logits[row * vocab..(row + 1) * vocab];
        #[expect(unsafe_code, reason = "threads write into one tensor, with instructions that the processor has")]
        // SAFETY: every row is one thread's, and `suits` has found the instructions.
        unsafe {
            let (token, log_prob) = draw_from(own, uniforms[row], temperature as f32);
            target.part(2 * row..2 * row + 2).copy_from_slice(&[token as f32, log_prob]);
        }
    });
    (drawn.select(1, 0).to_kind(Kind::Int64), drawn.select(1, 1).contiguous())
}

#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
fn draw_from(logits: &[f32], uniform: f32, temperature: f32) -> (usize, f32) {
    let largest = largest(logits);
    let powers: Vec<f32> = logits.iter().map(|logit| exponential((logit - largest) / temperature)).collect();
    let sums: Vec<f64> = powers.chunks(LANES).map(|chunk| f64::from(sum_of(chunk))).collect();
    let total: f64 = sums.iter().sum();
    // As a float32, a uniform number may have been rounded up to 1.
    let point = f64::from(uniform.min(1.0 - f32::EPSILON)) * total;
    let token = first_beyond(point, &powers, &sums);
    (token, (logits[token] - largest) / temperature - total.ln() as f32)
}

/// Position of the power at which the running sum exceeds `point`; one that is 0 never does.
fn first_beyond(point: f64, powers: &[f32], sums: &[f64]) -> usize {
    let (mut before, mut last) = (0.0, 0);
    for (chunk, sum) in sums.iter().enumerate() {
        if before + sum > point {
            for (position, &power) in powers.iter().enumerate().skip(chunk * LANES).take(LANES) {
                before += f64::from(power);
                if power > 0.0 {
                    last = position;
                    if before > point {
                        break;
                    }
                }
            }
            return last;
        }
        before += sum;
    }
    last
}

#[inline(always)]
fn sum_of(chunk: &[f32]) -> f32 {
    match chunk.try_into() {
        Ok(lanes) => sum_of_lanes(lanes),
        Err(_) => chunk.iter().sum(),
    }
}
