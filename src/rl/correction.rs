//! Rollout correction: how much a token counts where the sampler and the trainer disagree on its probability.
//!
//! Tokens are drawn by the rollout engine and learned from by the trainer. Where the two compute different probabilities
//! (half precision, truncated sampling), importance weights `w = old / sampled` make up for it, bounded, because a few
//! large weights would drown the batch:
//!
//! | [`RolloutCorrection`] | Weight |
//! |---|---|
//! | `token_truncate` | `min(w, max)` of each token: truncated importance sampling |
//! | `token_mask` | `w` of each token, 0 outside `[min, max]` |
//! | `sequence_truncate` | `min(product of w, max)` |
//! | `sequence_mask` | `product of w`, 0 outside `[min, max]` |
//!
//! Over a completion it is a product, not the geometric mean of GSPO. The weights multiply the policy term, not the KL, as
//! in TRL, whose default with vLLM is `sequence_mask` with a largest weight of 3.

use tch::{Kind, Tensor, no_grad};

use super::RlError;
use super::error::same_shape;
use super::ratio::LARGEST_LOG_RATIO;
use crate::config::{GrpoConfig, RolloutCorrection};

/// Weights of a batch, without gradient.
#[derive(Debug)]
pub struct Weights {
    /// `w` before the bounds: `[rows, tokens]`, or `[rows, 1]` over completions.
    pub ratio: Tensor,
    /// `w` within them, the same shape.
    pub bounded: Tensor,
}

/// The weights that the settings ask for; `None` where they ask for none.
///
/// `old_log_probs`, the trainer's before the update, `sampled_log_probs` and `mask`: `[rows, tokens]`. The logarithm of a
/// weight is kept within ±20.
pub fn weights(
    config: &GrpoConfig,
    old_log_probs: &Tensor,
    sampled_log_probs: &Tensor,
    mask: &Tensor,
) -> Result<Option<Weights>, RlError> {
    let Some((over_completion, masks)) = form(config.rollout_correction) else { return Ok(None) };
    same_shape("sampled_log_probs", sampled_log_probs, old_log_probs)?;
    same_shape("mask", mask, old_log_probs)?;
    no_grad(|| {
        let mut log_ratio = old_log_probs.f_sub(sampled_log_probs)?.f_mul(mask)?; // [rows, tokens]
        if over_completion {
            log_ratio = log_ratio.f_sum_dim_intlist(-1, true, log_ratio.kind())?; // [rows, 1]
        }
        let ratio = log_ratio.f_clamp(-LARGEST_LOG_RATIO, LARGEST_LOG_RATIO)?.f_exp()?;
        let bounded = if masks {
            let above = ratio.f_gt(config.rollout_correction_max)?;
            let outside = ratio.f_lt(config.rollout_correction_min)?.f_logical_or(&above)?;
            ratio.f_masked_fill(&outside, 0.0)?
        } else {
            ratio.f_clamp_max(config.rollout_correction_max)?
        };
        Ok(Some(Weights { ratio, bounded }))
    })
}

/// Whether weights are taken over completions, and whether they mask or truncate.
fn form(correction: RolloutCorrection) -> Option<(bool, bool)> {
    match correction {
        RolloutCorrection::None => None,
        RolloutCorrection::TokenTruncate => Some((false, false)),
        RolloutCorrection::TokenMask => Some((false, true)),
        RolloutCorrection::SequenceTruncate => Some((true, false)),
        RolloutCorrection::SequenceMask => Some((true, true)),
    }
}

impl Weights {
    /// Whether the bounds changed a weight: bool, the shape of the weights.
    pub fn changed(&self) -> Result<Tensor, RlError> {
        Ok(self.ratio.f_ne_tensor(&self.bounded)?.f_to_kind(Kind::Bool)?)
    }
}
