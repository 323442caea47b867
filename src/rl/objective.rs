//! The loss of a batch as a function of its log-probs alone: policy term, rollout correction, KL and aggregation together.
//!
//! ```text
//! per token:  policy(ratio(log_prob, old), advantage) * correction(old, sampled) + kl_coefficient * kl(log_prob, reference)
//! loss:       aggregate(per token)
//! ```
//!
//! `log_probs` may be a leaf: after `loss.backward()` its gradient is `d loss / d log_prob`, which is all that a head over the
//! vocabulary needs to know of the algorithm. A mini-batch may be computed in pieces: with the [`Counts`] of the whole, the
//! losses and gradients of the pieces add up, and their [`Statistics`](super::Statistics) merge.

use tch::{Kind, Tensor, no_grad};

use super::RlError;
use super::aggregate::Counts;
use super::correction::{self, Weights};
use super::error::same_shape;
use super::policy::{self, Clipped, PolicyInputs};
use crate::config::{GrpoConfig, KlPlace};

/// The tokens of some completions, each tensor `[rows, tokens]`: a row is a completion, padded to the longest.
#[derive(Debug)]
pub struct TokenBatch<'batch> {
    /// Under the policy that learns; with gradient.
    pub log_probs: &'batch Tensor,
    /// Under the policy that sampled, as the trainer computes them. For the first update after sampling this may be
    /// `log_probs.detach()`: every ratio is then 1, with gradient.
    pub old: &'batch Tensor,
    /// As the sampler recorded them. Read where there is a rollout correction.
    pub sampled: &'batch Tensor,
    /// Under the reference policy; read where the KL has weight in the loss.
    pub reference: Option<&'batch Tensor>,
    /// How much better than expected each token did.
    pub advantages: &'batch Tensor,
    /// 1 on tokens that count, 0 on padding. What padding holds weighs nothing but must be finite.
    pub mask: &'batch Tensor,
}

/// The loss of a batch, or of a piece of it.
#[derive(Debug)]
pub struct Outcome {
    /// The scalar to differentiate.
    pub loss: Tensor,
    /// What [`Outcome::statistics`] reads, left on the device: float64.
    pub(super) sums: Tensor,
}

/// The loss that the settings define, over the mini-batch that `counts` describes.
///
/// A missing `reference` where the KL has weight in the loss is an error.
pub fn objective(config: &GrpoConfig, batch: &TokenBatch<'_>, counts: Counts) -> Result<Outcome, RlError> {
    let &TokenBatch { log_probs, old, sampled, advantages, mask, .. } = batch;
    same_shape("advantages", advantages, log_probs)?;
    let ratio = config.ratio.of(log_probs, old, mask)?;
    let inputs = PolicyInputs { log_probs, ratio: &ratio, advantages };
    let term = policy::term(config)?;
    let mut per_token = term.loss(&inputs)?; // [rows, tokens]
    let weights = correction::weights(config, old, sampled, mask)?;
    if let Some(weights) = &weights {
        per_token = per_token.f_mul(&weights.bounded)?;
    }
    let divergence = divergence(config, batch, &ratio)?;
    if let Some(divergence) = &divergence {
        per_token = per_token.f_add(&divergence.f_mul_scalar(config.kl_coefficient)?)?;
    }
    let loss = config.aggregate.of(&per_token, mask, counts)?;
    let sums = no_grad(|| {
        let clipped = term.clipped(&inputs)?;
        sums(&loss, batch, &ratio, &clipped, weights.as_ref(), divergence.as_ref())
    })?;
    Ok(Outcome { loss, sums })
}

/// The KL in the loss at every token, `[rows, tokens]`, with gradient.
fn divergence(config: &GrpoConfig, batch: &TokenBatch<'_>, ratio: &Tensor) -> Result<Option<Tensor>, RlError> {
    if config.kl_coefficient == 0.0 || config.kl_in == KlPlace::Reward {
        return Ok(None);
    }
    let reference = batch.reference.ok_or(RlError::NoReference { kl_coefficient: config.kl_coefficient })?;
    let divergence = config.kl.of(batch.log_probs, reference)?;
    Ok(Some(if config.kl_ratio_weighted { divergence.f_mul(ratio)? } else { divergence }))
}

/// The numbers behind [`Statistics`], in the order of its fields.
fn sums(
    loss: &Tensor,
    batch: &TokenBatch<'_>,
    ratio: &Tensor,
    clipped: &Clipped,
    weights: Option<&Weights>,
    divergence: Option<&Tensor>,
) -> Result<Tensor, RlError> {
    let counts = batch.mask.f_gt(0.0)?; // [rows, tokens]
    let count = |tokens: &Tensor| tokens.f_logical_and(&counts)?.f_sum(Kind::Double);
    let total = |values: &Tensor| values.f_where_scalarother(&counts, 0.0)?.f_sum(Kind::Double);
    let extreme = |values: &Tensor, padding: f64| values.f_where_scalarother(&counts, padding);
    let nothing = || loss.f_zeros_like()?.f_to_kind(Kind::Double);
    let wide = |value: Tensor| value.f_to_kind(Kind::Double);
    let mut sums = vec![
        wide(loss.f_detach()?)?,
        count(&counts)?,
        count(&clipped.low)?,
        count(&clipped.high)?,
        count(&clipped.dual)?,
        total(batch.log_probs)?,
        total(&batch.log_probs.f_sub(batch.old)?)?,
        wide(extreme(ratio, f64::INFINITY)?.f_min()?)?,
        wide(extreme(ratio, f64::NEG_INFINITY)?.f_max()?)?,
        divergence.map_or_else(nothing, total)?,
    ];
    match weights {
        Some(weights) => {
            let ratio = weights.ratio.f_expand_as(batch.mask)?;
            sums.push(total(&weights.bounded.f_expand_as(batch.mask)?)?);
            sums.push(count(&weights.changed()?.f_expand_as(batch.mask)?)?);
            sums.push(wide(extreme(&ratio, 0.0)?.f_max()?)?);
        }
        None => sums.extend([nothing()?, nothing()?, nothing()?]),
    }
    Ok(Tensor::f_stack(&sums, 0)?)
}
