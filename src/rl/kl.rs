//! Per-token estimators of the KL divergence from the reference policy.
//!
//! With `d = reference - log_prob` of the sampled token: `k1 = -d`, `k2 = d^2 / 2`, `k3 = exp(d) - d - 1`
//! (Schulman, "Approximating KL divergence", 2020). `k1` and `k3` are unbiased for tokens sampled from the policy; `k3`
//! is never negative and varies least, and is the one that the loss adds, times `kl_coefficient`.
//!
//! Nothing is clamped, as in TRL: `k3` grows with `exp(d)` where the policy has all but dropped a token that the
//! reference likes. (verl bounds `d` to ±20 and `k3` to ±10.)

use tch::Tensor;

use super::RlError;
use super::error::same_shape;

/// `log_prob - reference`; negative for some tokens. Both arguments and the result: `[rows, tokens]`.
pub fn k1(log_probs: &Tensor, reference_log_probs: &Tensor) -> Result<Tensor, RlError> {
    same_shape("reference_log_probs", reference_log_probs, log_probs)?;
    Ok(log_probs.f_sub(reference_log_probs)?)
}

/// `(log_prob - reference)^2 / 2`; biased, but its gradient is that of the KL. `[rows, tokens]`.
pub fn k2(log_probs: &Tensor, reference_log_probs: &Tensor) -> Result<Tensor, RlError> {
    Ok(k1(log_probs, reference_log_probs)?.f_square()?.f_div_scalar(2.0)?)
}

/// `exp(reference - log_prob) - (reference - log_prob) - 1`, also known as `low_var_kl`. `[rows, tokens]`.
pub fn k3(log_probs: &Tensor, reference_log_probs: &Tensor) -> Result<Tensor, RlError> {
    let difference = k1(log_probs, reference_log_probs)?.f_neg()?;
    // exp(d) - 1 in one operation keeps the digits that cancel where the policies agree.
    Ok(difference.f_expm1()?.f_sub(&difference)?)
}
