//! Per-token estimators of the KL divergence from the reference policy.
//!
//! With `d = reference - log_prob` of the sampled token (Schulman, "Approximating KL divergence", 2020):
//!
//! | [`KlKind`] | Value | Gradient |
//! |---|---|---|
//! | `k1` | `-d` | 1: in the loss it vanishes on average, so `k1` belongs in the reward |
//! | `abs` | <code>&#124;d&#124;</code> | its own |
//! | `k2` | `d^2 / 2`, biased | `-d`, that of the KL |
//! | `k3` | `exp(d) - d - 1`, unbiased, never negative | `1 - exp(d)` |
//! | `k1+`, `k3+` | of `k1`, of `k3` | of `k2` |
//!
//! Nothing is clamped, as in TRL: `k3` grows with `exp(d)` where the policy has all but dropped a token that the
//! reference likes. (verl and `EasyR1` bound `d` to ±20 and `k3` to ±10.)

use tch::Tensor;

use super::RlError;
use super::error::same_shape;
use crate::config::KlKind;

impl KlKind {
    /// The estimate at every token, with gradient. Both arguments and the result: `[rows, tokens]`.
    pub fn of(self, log_probs: &Tensor, reference_log_probs: &Tensor) -> Result<Tensor, RlError> {
        same_shape("reference_log_probs", reference_log_probs, log_probs)?;
        let difference = log_probs.f_sub(reference_log_probs)?; // -d
        match self {
            Self::K1 => Ok(difference),
            Self::Abs => Ok(difference.f_abs()?),
            Self::K2 => k2(&difference),
            Self::K3 => k3(&difference),
            Self::K1Plus => with_gradient_of(&difference, &k2(&difference)?),
            Self::K3Plus => with_gradient_of(&k3(&difference)?, &k2(&difference)?),
        }
    }
}

fn k2(difference: &Tensor) -> Result<Tensor, RlError> {
    Ok(difference.f_square()?.f_div_scalar(2.0)?)
}

fn k3(difference: &Tensor) -> Result<Tensor, RlError> {
    // exp(d) - 1 in one operation keeps the digits that cancel where the policies agree.
    let towards_reference = difference.f_neg()?;
    Ok(towards_reference.f_expm1()?.f_sub(&towards_reference)?)
}

/// The value of one tensor with the gradient of another.
fn with_gradient_of(value: &Tensor, gradient: &Tensor) -> Result<Tensor, RlError> {
    Ok(gradient.f_sub(&gradient.f_detach()?)?.f_add(&value.f_detach()?)?)
}
