//! SAPO (soft adaptive policy optimisation, 2025): a smooth gate in place of the clip, sharper for bad tokens than for good
//! ones.
//!
//! ```text
//! loss = -A 4 / t sigmoid(t (r - 1))        t = sapo_positive where A > 0, else sapo_negative
//! ```
//!
//! At `r = 1` the gradient is that of `-A r`; it fades with the distance of `r` from 1. As in TRL and `EasyR1`.

use tch::Tensor;

use super::{Clipped, PolicyInputs, PolicyTerm};
use crate::config::GrpoConfig;
use crate::rl::RlError;
use crate::rl::error::setting;

/// The temperatures of the gate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sapo {
    positive: f64,
    negative: f64,
}

impl Sapo {
    /// Reads `sapo_positive` and `sapo_negative`.
    pub fn new(config: &GrpoConfig) -> Result<Self, RlError> {
        setting("sapo_positive", config.sapo_positive, "more than 0", config.sapo_positive > 0.0)?;
        setting("sapo_negative", config.sapo_negative, "more than 0", config.sapo_negative > 0.0)?;
        Ok(Self { positive: config.sapo_positive, negative: config.sapo_negative })
    }
}

impl PolicyTerm for Sapo {
    fn loss(&self, inputs: &PolicyInputs<'_>) -> Result<Tensor, RlError> {
        let &PolicyInputs { ratio, advantages, .. } = inputs;
        let good = advantages.f_gt(0.0)?;
        let temperature = advantages.f_full_like(self.negative)?.f_masked_fill(&good, self.positive)?;
        let gate = ratio.f_sub_scalar(1.0)?.f_mul(&temperature)?.f_sigmoid()?;
        Ok(gate.f_mul(advantages)?.f_mul_scalar(-4.0)?.f_div(&temperature)?)
    }

    /// Nowhere: the gate has no edge.
    fn clipped(&self, inputs: &PolicyInputs<'_>) -> Result<Clipped, RlError> {
        Clipped::nowhere(inputs.ratio)
    }
}
