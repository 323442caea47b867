//! From a per-token loss `[rows, tokens]` to the scalar that is differentiated.
//!
//! The denominator is given, and counts the whole batch, not the tensor at hand: a batch cut into pieces then sums to
//! the loss of the whole. With `m` the mask and `n_i` the tokens of row `i`:
//!
//! | Function | Loss | TRL | verl |
//! |---|---|---|---|
//! | [`token_mean`] | `sum(l m) / token_count` | `dapo` | `token-mean` |
//! | [`sequence_mean_token_mean`] | `sum_i(sum_t(l m) / n_i) / row_count` | `grpo` | `seq-mean-token-mean` |
//!
//! `token_mean` with a count of rows is the `sequence_mean_token_sum` of the field; with rows times a fixed length it is
//! `sequence_mean_token_sum_norm` (Dr. GRPO).

use tch::Tensor;

use super::RlError;
use super::error::{same_shape, setting};

/// Every token of the batch weighs the same: the masked sum over `token_count`, the unmasked tokens of the whole batch.
///
/// `per_token` and `mask`: `[rows, tokens]`. Returns a scalar.
pub fn token_mean(per_token: &Tensor, mask: &Tensor, token_count: u64) -> Result<Tensor, RlError> {
    same_shape("mask", mask, per_token)?;
    setting("token_count", token_count as f64, "at least 1", token_count > 0)?;
    Ok(per_token.f_mul(mask)?.f_sum(per_token.kind())?.f_div_scalar(token_count as f64)?)
}

/// Every completion weighs the same: the mean of its tokens, summed over `row_count`, the completions of the whole batch.
///
/// `per_token` and `mask`: `[rows, tokens]`. Returns a scalar. A row without any token adds 0; whether `row_count`
/// includes it is the caller's choice (TRL counts it, verl does not).
pub fn sequence_mean_token_mean(per_token: &Tensor, mask: &Tensor, row_count: u64) -> Result<Tensor, RlError> {
    same_shape("mask", mask, per_token)?;
    setting("row_count", row_count as f64, "at least 1", row_count > 0)?;
    let kind = per_token.kind();
    let lengths = mask.f_sum_dim_intlist(-1, false, kind)?.f_clamp_min(1.0)?; // [rows]
    let row_means = per_token.f_mul(mask)?.f_sum_dim_intlist(-1, false, kind)?.f_div(&lengths)?; // [rows]
    Ok(row_means.f_sum(kind)?.f_div_scalar(row_count as f64)?)
}
