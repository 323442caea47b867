//! From logits to probabilities, the target's log-prob and the entropy, a row at a time.

use tch::Tensor;

use super::exponential::{largest, powers};
use super::norm::dot;
use super::numbers::{Target, blank, whole_numbers};
use super::threads;

/// Turns `logits` `[rows, vocab]` into the probabilities at `temperature`, and returns the log-prob of each of `targets` `[rows]`
/// and the entropy of each row in nats, both `[rows]`.
pub(crate) fn score(logits: &mut Tensor, targets: &Tensor, temperature: f64) -> (Tensor, Tensor) {
    let (rows, vocab) = (logits.size()[0], logits.size()[1] as usize);
    let (mut log_probs, mut entropy) = (blank(&[rows]), blank(&[rows]));
    let targets = whole_numbers(targets);
    let results = [logits, &mut log_probs, &mut entropy].map(Target::of);
    let scale = (1.0 / temperature) as f32;
    threads::for_each(rows as usize, |row| {
        #[expect(unsafe_code, reason = "threads write into one tensor, with instructions that the processor has")]
        // SAFETY: every row is one thread's, and `suits` has found the instructions.
        unsafe {
            let [logits, log_prob, entropy] = &results;
            let (logits, log_prob) = (logits.part(row * vocab..(row + 1) * vocab), log_prob.part(row..row + 1));
            [log_prob[0], entropy.part(row..row + 1)[0]] = score_row(logits, targets[row] as usize, scale);
        }
    });
    (log_probs, entropy)
}

/// With `x = scale (logit - largest)`: the log-prob is `x - ln(sum)`, and the entropy `ln(sum) - mean of x`.
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
fn score_row(logits: &mut [f32], target: usize, scale: f32) -> [f32; 2] {
    let largest = largest(logits);
    let shifted: Vec<f32> = logits.iter().map(|logit| (logit - largest) * scale).collect();
    let sum = powers(logits, largest, scale);
    // A logit of minus infinity has no part in the mean.
    let finite: Vec<f32> = shifted.iter().map(|shifted| shifted.max(f32::MIN)).collect();
    let mean = dot(logits, &finite) / sum;
    let factor = 1.0 / sum;
    for power in logits.iter_mut() {
        *power *= factor;
    }
    [shifted[target] - sum.ln(), sum.ln() - mean]
}
