//! The ratio of new to old probability, over a token or over a completion.
//!
//! With `l = log_prob - old_log_prob` of a token, the mask `m`, the tokens `n` of a completion, and `sg` for "without
//! gradient":
//!
//! | [`RatioKind`] | Ratio at a token | Source |
//! |---|---|---|
//! | `token` | `exp(l)` | PPO, GRPO |
//! | `sequence` | `exp(sum(l m) / n)`: one value a completion, the gradient shared by its tokens | GSPO; TRL, `EasyR1` `gspo` |
//! | `sequence_token` | `exp(log_prob - sg(log_prob) + sg(sum(l m) / n))`: the same value, each token its own gradient | GSPO-token; verl |
//!
//! The last two differ where the advantage varies within a completion; otherwise their losses have equal gradients.

use tch::Tensor;

use super::RlError;
use super::error::same_shape;
use crate::config::RatioKind;

/// Largest absolute log-ratio: beyond it the exponential would overflow and its gradient turn into NaN, even where a
/// clip discards the value.
pub(super) const LARGEST_LOG_RATIO: f64 = 20.0;

impl RatioKind {
    /// The ratio at every token, with gradient. All arguments and the result: `[rows, tokens]`.
    ///
    /// Its logarithm is kept within ±20.
    pub fn of(self, log_probs: &Tensor, old_log_probs: &Tensor, mask: &Tensor) -> Result<Tensor, RlError> {
        same_shape("old_log_probs", old_log_probs, log_probs)?;
        same_shape("mask", mask, log_probs)?;
        let of_tokens = log_probs.f_sub(old_log_probs)?; // [rows, tokens]
        let log_ratio = match self {
            Self::Token => of_tokens,
            Self::Sequence => masked_mean(&of_tokens, mask)?,
            Self::SequenceToken => {
                let own_gradient = log_probs.f_sub(&log_probs.f_detach()?)?;
                own_gradient.f_add(&masked_mean(&of_tokens, mask)?.f_detach()?)?
            }
        };
        let ratio = log_ratio.f_clamp(-LARGEST_LOG_RATIO, LARGEST_LOG_RATIO)?.f_exp()?;
        Ok(ratio.f_expand_as(log_probs)?)
    }
}

/// Mean over the unmasked tokens of each row, `[rows, 1]`; 0 for a row without any.
fn masked_mean(values: &Tensor, mask: &Tensor) -> Result<Tensor, RlError> {
    let kind = values.kind();
    let lengths = mask.f_sum_dim_intlist(-1, true, kind)?.f_clamp_min(1.0)?; // [rows, 1]
    Ok(values.f_mul(mask)?.f_sum_dim_intlist(-1, true, kind)?.f_div(&lengths)?)
}
