//! The clipped surrogate of PPO (Schulman et al. 2017) and GRPO, with the bounds that trainers have added.
//!
//! ```text
//! loss = -min(min(r, delta) A, clip(r, 1 - clip_low, 1 + clip_high) A)
//! ```
//!
//! and, where `dual_clip = c` is set and `A < 0`, `min(loss, -c A)`: a token that the policy has made far more likely
//! although it was bad cannot dominate the batch. With `dual_clip = 0` this is TRL's loss, with 3 it is verl's and `EasyR1`'s;
//! `delta` is TRL's (two-sided GRPO).

use tch::Tensor;

use super::{Clipped, PolicyInputs, PolicyTerm};
use crate::config::GrpoConfig;
use crate::rl::RlError;
use crate::rl::error::setting;

/// Where the ratio of new to old probability stops to count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clip {
    low: f64,
    high: f64,
    dual: Option<f64>,
    delta: Option<f64>,
}

impl Clip {
    /// Reads `clip_low`, `clip_high`, `dual_clip` and `delta`.
    pub fn new(config: &GrpoConfig) -> Result<Self, RlError> {
        setting("clip_low", config.clip_low, "in [0, 1]", (0.0..=1.0).contains(&config.clip_low))?;
        setting("clip_high", config.clip_high, "at least 0", config.clip_high >= 0.0)?;
        let dual = config.dual_clip;
        setting("dual_clip", dual, "more than 1, or 0 for none", dual > 1.0 || dual == 0.0)?;
        setting("delta", config.delta, "more than 0, or 0 for none", config.delta >= 0.0)?;
        let positive = |bound: f64| (bound > 0.0).then_some(bound);
        Ok(Self {
            low: 1.0 - config.clip_low,
            high: 1.0 + config.clip_high,
            dual: positive(dual),
            delta: positive(config.delta),
        })
    }

    fn capped(&self, ratio: &Tensor) -> Result<Tensor, RlError> {
        Ok(match self.delta {
            Some(cap) => ratio.f_clamp_max(cap)?,
            None => ratio.shallow_clone(),
        })
    }
}

impl PolicyTerm for Clip {
    fn loss(&self, inputs: &PolicyInputs<'_>) -> Result<Tensor, RlError> {
        let &PolicyInputs { ratio, advantages, .. } = inputs;
        let free = self.capped(ratio)?.f_mul(advantages)?;
        let clipped = ratio.f_clamp(self.low, self.high)?.f_mul(advantages)?;
        let loss = free.f_minimum(&clipped)?.f_neg()?;
        let Some(bound) = self.dual else { return Ok(loss) };
        let bounded = loss.f_minimum(&advantages.f_mul_scalar(-bound)?)?;
        Ok(bounded.f_where_self(&advantages.f_lt(0.0)?, &loss)?)
    }

    /// Low: `r < 1 - clip_low` and `A < 0`; high: `r > 1 + clip_high` and `A > 0`, after `delta`; dual: `r > c` and `A < 0`.
    /// Elsewhere the clipped branch is not the smaller one, and the gradient goes through.
    fn clipped(&self, inputs: &PolicyInputs<'_>) -> Result<Clipped, RlError> {
        let ratio = self.capped(inputs.ratio)?;
        let (good, bad) = (inputs.advantages.f_gt(0.0)?, inputs.advantages.f_lt(0.0)?);
        Ok(Clipped {
            low: ratio.f_lt(self.low)?.f_logical_and(&bad)?,
            high: ratio.f_gt(self.high)?.f_logical_and(&good)?,
            dual: ratio.f_gt(self.dual.unwrap_or(f64::INFINITY))?.f_logical_and(&bad)?,
        })
    }
}
