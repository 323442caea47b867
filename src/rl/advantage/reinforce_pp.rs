//! Whitening over the tokens of a batch: the advantage of REINFORCE++ (Hu 2025), with and without a group baseline.
//!
//! A completion's return stands at each of its tokens, so long completions weigh more in mean and deviation. As in verl
//! (`masked_whiten`): `(x - mean) / sqrt(variance + epsilon)`, variance with divisor `tokens - 1`.

use super::group::{deviations, divide, sample_variance};

/// The values, all tokens of all completions together brought to mean 0 and variance 1.
pub fn whitened(values: Vec<Vec<f64>>, epsilon: f64) -> Vec<Vec<f64>> {
    let mut flat = deviations(&values.concat());
    let scale = (sample_variance(&flat) + epsilon).sqrt();
    divide(&mut flat, scale);
    let mut flat = flat.into_iter();
    values.into_iter().map(|row| flat.by_ref().take(row.len()).collect()).collect()
}
