//! What the objective did to a batch, in numbers that merge over its pieces.

use super::RlError;
use super::objective::Outcome;

/// Sums over the unmasked tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// The loss, or the piece's share in it.
    pub loss: f64,
    /// Unmasked tokens.
    pub tokens: f64,
    /// Tokens that the lower clip acted on.
    pub clipped_low: f64,
    /// Tokens that the upper clip acted on.
    pub clipped_high: f64,
    /// Tokens at the bound of `dual_clip`.
    pub clipped_dual: f64,
    /// Sum of the log-probs: finite if and only if each of them is.
    pub log_prob_sum: f64,
    /// Sum of the log-ratios of new to old probability.
    pub log_ratio_sum: f64,
    /// Smallest ratio.
    pub ratio_min: f64,
    /// Largest ratio.
    pub ratio_max: f64,
    /// Sum of the KL in the loss, unweighted by its coefficient; 0 without one.
    pub kl_sum: f64,
    /// Sum of the rollout correction's weights; 0 without one.
    pub correction_sum: f64,
    /// Tokens whose weight the bounds of the correction changed.
    pub correction_bounded: f64,
    /// Largest weight before the bounds; 0 without a correction.
    pub correction_max: f64,
}

impl Outcome {
    /// Reads the statistics to the host. This waits for the device: call it once an update, after the backward pass.
    pub fn statistics(&self) -> Result<Statistics, RlError> {
        let mut values = [0.0; 13];
        self.sums.f_copy_data(&mut values, 13)?;
        let [loss, tokens, clipped_low, clipped_high, clipped_dual, log_prob_sum, log_ratio_sum, ..] = values;
        let [.., ratio_min, ratio_max, kl_sum, correction_sum, correction_bounded, correction_max] = values;
        Ok(Statistics {
            loss,
            tokens,
            clipped_low,
            clipped_high,
            clipped_dual,
            log_prob_sum,
            log_ratio_sum,
            ratio_min,
            ratio_max,
            kl_sum,
            correction_sum,
            correction_bounded,
            correction_max,
        })
    }
}

impl Statistics {
    /// The statistics of no token at all, to which pieces of a batch are merged.
    pub const EMPTY: Self = Self {
        loss: 0.0,
        tokens: 0.0,
        clipped_low: 0.0,
        clipped_high: 0.0,
        clipped_dual: 0.0,
        log_prob_sum: 0.0,
        log_ratio_sum: 0.0,
        ratio_min: f64::INFINITY,
        ratio_max: f64::NEG_INFINITY,
        kl_sum: 0.0,
        correction_sum: 0.0,
        correction_bounded: 0.0,
        correction_max: 0.0,
    };

    /// The statistics of two pieces of a batch together.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            loss: self.loss + other.loss,
            tokens: self.tokens + other.tokens,
            clipped_low: self.clipped_low + other.clipped_low,
            clipped_high: self.clipped_high + other.clipped_high,
            clipped_dual: self.clipped_dual + other.clipped_dual,
            log_prob_sum: self.log_prob_sum + other.log_prob_sum,
            log_ratio_sum: self.log_ratio_sum + other.log_ratio_sum,
            ratio_min: self.ratio_min.min(other.ratio_min),
            ratio_max: self.ratio_max.max(other.ratio_max),
            kl_sum: self.kl_sum + other.kl_sum,
            correction_sum: self.correction_sum + other.correction_sum,
            correction_bounded: self.correction_bounded + other.correction_bounded,
            correction_max: self.correction_max.max(other.correction_max),
        }
    }

    /// Share of tokens that either clip acted on, in `[0, 1]`; the metric `clip_fraction`.
    pub fn clip_fraction(&self) -> f64 {
        self.mean(self.clipped_low + self.clipped_high)
    }

    /// Mean of `old_log_prob - log_prob`: the k1 estimate of how far the policy has moved since it sampled.
    pub fn moved_since_sampling(&self) -> f64 {
        -self.mean(self.log_ratio_sum)
    }

    /// A sum over tokens as a mean; 0 where there are none.
    pub fn mean(&self, sum: f64) -> f64 {
        sum / self.tokens.max(1.0)
    }
}
