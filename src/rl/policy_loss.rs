//! The clipped policy term, per token; lower is better.
//!
//! With `r = exp(log_prob - old_log_prob)` and `A` the advantage of the row:
//!
//! ```text
//! loss = -min(r A, clip(r, 1 - clip_low, 1 + clip_high) A)
//! ```
//!
//! and, where `dual_clip = c` is set and `A < 0`, `min(loss, -c A)`: a token that the policy has made far more likely
//! although it was bad cannot dominate the batch. Without `dual_clip` this is TRL's loss, with 3.0 it is verl's.

use tch::{Kind, Tensor, no_grad};

use super::RlError;
use super::error::{same_shape, setting, shape};
use crate::config::GrpoConfig;

/// Largest absolute log-ratio: beyond it the exponential would overflow and its gradient turn into NaN, even where the
/// clip discards the value.
const LARGEST_LOG_RATIO: f64 = 20.0;

/// Where the ratio of new to old probability stops to count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clip {
    /// The ratio is kept above `1 - clip_low`; in `[0, 1]`.
    pub clip_low: f64,
    /// The ratio is kept below `1 + clip_high`; not negative.
    pub clip_high: f64,
    /// Bound `c` of the loss where the advantage is negative; more than 1. `None`: no bound.
    pub dual_clip: Option<f64>,
}

impl From<&GrpoConfig> for Clip {
    fn from(config: &GrpoConfig) -> Self {
        Self { clip_low: config.clip_low, clip_high: config.clip_high, dual_clip: None }
    }
}

impl Clip {
    fn check(&self) -> Result<(), RlError> {
        setting("clip_low", self.clip_low, "in [0, 1]", (0.0..=1.0).contains(&self.clip_low))?;
        setting("clip_high", self.clip_high, "at least 0", self.clip_high >= 0.0)?;
        self.dual_clip.map_or(Ok(()), |bound| setting("dual_clip", bound, "more than 1", bound > 1.0))
    }
}

/// The policy term of a batch, or of a piece of it.
#[derive(Debug)]
pub struct PolicyLoss {
    /// Loss of every token, not yet masked: `[rows, tokens]`, with gradient.
    pub per_token: Tensor,
    /// The sums behind [`PolicyStatistics`], left on the device: `[7]`, float64.
    sums: Tensor,
}

/// What the clip did, over the unmasked tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PolicyStatistics {
    /// Unmasked tokens.
    pub tokens: f64,
    /// Tokens whose gradient the lower clip removed: `r < 1 - clip_low` and `A < 0`.
    pub clipped_low: f64,
    /// Tokens whose gradient the upper clip removed: `r > 1 + clip_high` and `A > 0`.
    pub clipped_high: f64,
    /// Tokens at the bound of `dual_clip`: `r > dual_clip` and `A < 0`.
    pub clipped_dual: f64,
    /// Sum of the log-ratios.
    pub log_ratio_sum: f64,
    /// Smallest ratio.
    pub ratio_min: f64,
    /// Largest ratio.
    pub ratio_max: f64,
}

/// `exp(log_prob - old_log_prob)` per token, with gradient. Both arguments and the result: `[rows, tokens]`.
///
/// The log-ratio is kept within ±20.
pub fn token_ratio(log_probs: &Tensor, old_log_probs: &Tensor) -> Result<Tensor, RlError> {
    same_shape("old_log_probs", old_log_probs, log_probs)?;
    Ok(log_probs.f_sub(old_log_probs)?.f_clamp(-LARGEST_LOG_RATIO, LARGEST_LOG_RATIO)?.f_exp()?)
}

/// The clipped surrogate of every token.
///
/// `log_probs` (with gradient), `old_log_probs` and `mask`: `[rows, tokens]`; `advantages`: `[rows]`, one a completion.
/// For the first update after sampling, `old_log_probs` may be `log_probs.detach()`: the ratio is then 1, with gradient.
pub fn clipped(
    log_probs: &Tensor,
    old_log_probs: &Tensor,
    advantages: &Tensor,
    mask: &Tensor,
    clip: Clip,
) -> Result<PolicyLoss, RlError> {
    clip.check()?;
    let (rows, _tokens) = log_probs.size2()?;
    shape("advantages", advantages, &[rows])?;
    same_shape("mask", mask, log_probs)?;

    let ratio = token_ratio(log_probs, old_log_probs)?; // [rows, tokens]
    let advantages = advantages.f_unsqueeze(-1)?; // [rows, 1]
    let unclipped = ratio.f_mul(&advantages)?;
    let clipped = ratio.f_clamp(1.0 - clip.clip_low, 1.0 + clip.clip_high)?.f_mul(&advantages)?;
    let mut per_token = unclipped.f_minimum(&clipped)?.f_neg()?;
    if let Some(bound) = clip.dual_clip {
        let bounded = per_token.f_minimum(&advantages.f_mul_scalar(-bound)?)?;
        per_token = bounded.f_where_self(&advantages.f_lt(0.0)?, &per_token)?;
    }
    let sums = no_grad(|| sums(&ratio, &advantages, mask, clip))?;
    Ok(PolicyLoss { per_token, sums })
}

fn sums(ratio: &Tensor, advantages: &Tensor, mask: &Tensor, clip: Clip) -> Result<Tensor, RlError> {
    let counts = mask.f_gt(0.0)?; // [rows, tokens]
    let good = advantages.f_gt(0.0)?.f_logical_and(&counts)?;
    let bad = advantages.f_lt(0.0)?.f_logical_and(&counts)?;
    let count = |tokens: &Tensor| tokens.f_sum(Kind::Double);
    Ok(Tensor::f_stack(
        &[
            count(&counts)?,
            count(&ratio.f_lt(1.0 - clip.clip_low)?.f_logical_and(&bad)?)?,
            count(&ratio.f_gt(1.0 + clip.clip_high)?.f_logical_and(&good)?)?,
            count(&ratio.f_gt(clip.dual_clip.unwrap_or(f64::INFINITY))?.f_logical_and(&bad)?)?,
            ratio.f_log()?.f_where_scalarother(&counts, 0.0)?.f_sum(Kind::Double)?,
            ratio.f_where_scalarother(&counts, f64::INFINITY)?.f_min()?.f_to_kind(Kind::Double)?,
            ratio.f_where_scalarother(&counts, f64::NEG_INFINITY)?.f_max()?.f_to_kind(Kind::Double)?,
        ],
        0,
    )?)
}

impl PolicyLoss {
    /// Reads the statistics to the host. This waits for the device: call it once an update, after the backward pass.
    pub fn statistics(&self) -> Result<PolicyStatistics, RlError> {
        let mut values = [0.0; 7];
        self.sums.f_copy_data(&mut values, 7)?;
        let [tokens, clipped_low, clipped_high, clipped_dual, log_ratio_sum, ratio_min, ratio_max] = values;
        Ok(PolicyStatistics { tokens, clipped_low, clipped_high, clipped_dual, log_ratio_sum, ratio_min, ratio_max })
    }
}

impl PolicyStatistics {
    /// The statistics of no token at all, to which pieces of a batch are merged.
    pub const EMPTY: Self = Self {
        tokens: 0.0,
        clipped_low: 0.0,
        clipped_high: 0.0,
        clipped_dual: 0.0,
        log_ratio_sum: 0.0,
        ratio_min: f64::INFINITY,
        ratio_max: f64::NEG_INFINITY,
    };

    /// The statistics of two pieces of a batch together.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            tokens: self.tokens + other.tokens,
            clipped_low: self.clipped_low + other.clipped_low,
            clipped_high: self.clipped_high + other.clipped_high,
            clipped_dual: self.clipped_dual + other.clipped_dual,
            log_ratio_sum: self.log_ratio_sum + other.log_ratio_sum,
            ratio_min: self.ratio_min.min(other.ratio_min),
            ratio_max: self.ratio_max.max(other.ratio_max),
        }
    }

    /// Share of tokens whose gradient either clip removed, in `[0, 1]`; the metric `clip_fraction`.
    pub fn clip_fraction(&self) -> f64 {
        (self.clipped_low + self.clipped_high) / self.tokens.max(1.0)
    }

    /// Mean of `old_log_prob - log_prob`: the k1 estimate of how far the policy has moved since it sampled.
    pub fn moved_since_sampling(&self) -> f64 {
        -self.log_ratio_sum / self.tokens.max(1.0)
    }
}
