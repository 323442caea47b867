//! CISPO (MiniMax-M1, 2025): the plain policy gradient, weighted by a bounded ratio that has no gradient itself. A token
//! beyond the bound still teaches.
//!
//! ```text
//! loss = -sg(min(r, ratio_cap)) A log_prob                            ratio_cap > 0: TRL, whose `epsilon_high` is the cap
//! loss = -sg(clip(r, 1 - clip_low, 1 + clip_high)) A log_prob         ratio_cap = 0: verl, EasyR1
//! ```

use tch::Tensor;

use super::{Clipped, PolicyInputs, PolicyTerm};
use crate::config::GrpoConfig;
use crate::rl::RlError;
use crate::rl::error::setting;

/// The bounds of the ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cispo {
    low: f64,
    high: f64,
}

impl Cispo {
    /// Reads `ratio_cap` or, where that is 0, `clip_low` and `clip_high`.
    pub fn new(config: &GrpoConfig) -> Result<Self, RlError> {
        setting("ratio_cap", config.ratio_cap, "at least 0", config.ratio_cap >= 0.0)?;
        if config.ratio_cap > 0.0 {
            return Ok(Self { low: 0.0, high: config.ratio_cap });
        }
        setting("clip_low", config.clip_low, "in [0, 1]", (0.0..=1.0).contains(&config.clip_low))?;
        setting("clip_high", config.clip_high, "at least 0", config.clip_high >= 0.0)?;
        Ok(Self { low: 1.0 - config.clip_low, high: 1.0 + config.clip_high })
    }
}

impl PolicyTerm for Cispo {
    fn loss(&self, inputs: &PolicyInputs<'_>) -> Result<Tensor, RlError> {
        let weight = inputs.ratio.f_detach()?.f_clamp(self.low, self.high)?;
        Ok(weight.f_mul(inputs.advantages)?.f_mul(inputs.log_probs)?.f_neg()?)
    }

    /// Wherever the ratio lies outside the bounds, whatever the advantage.
    fn clipped(&self, inputs: &PolicyInputs<'_>) -> Result<Clipped, RlError> {
        Ok(Clipped {
            low: inputs.ratio.f_lt(self.low)?,
            high: inputs.ratio.f_gt(self.high)?,
            ..Clipped::nowhere(inputs.ratio)?
        })
    }
}
