//! The policy term, per token; lower is better. One file a term.
//!
//! | `grpo.policy` | Loss at a token, with ratio `r` and advantage `A` | File |
//! |---|---|---|
//! | `clip` | `-min(r A, clip(r) A)`, optionally with `delta` and `dual_clip` | [`clip`] |
//! | `cispo` | `-sg(bounded r) A log_prob` | [`cispo`] |
//! | `sapo` | `-A 4 / t sigmoid(t (r - 1))` | [`sapo`] |

pub mod cispo;
pub mod clip;
pub mod sapo;

use tch::{Kind, Tensor};

use super::RlError;
use crate::config::{GrpoConfig, PolicyKind};

/// What a policy term is a function of, at every token; each `[rows, tokens]`.
#[derive(Debug)]
pub struct PolicyInputs<'batch> {
    /// Log-probability of the token under the policy that learns, with gradient.
    pub log_probs: &'batch Tensor,
    /// New over old probability, with gradient.
    pub ratio: &'batch Tensor,
    /// How much better than expected the token did.
    pub advantages: &'batch Tensor,
}

/// Which tokens a bound acted on, each bool `[rows, tokens]`, masked positions included.
#[derive(Debug)]
pub struct Clipped {
    /// Bounded from below.
    pub low: Tensor,
    /// Bounded from above.
    pub high: Tensor,
    /// Bounded by `dual_clip`.
    pub dual: Tensor,
}

/// A policy term.
pub trait PolicyTerm {
    /// Loss of every token, with gradient: `[rows, tokens]`.
    fn loss(&self, inputs: &PolicyInputs<'_>) -> Result<Tensor, RlError>;

    /// Where the bounds of the term acted.
    fn clipped(&self, inputs: &PolicyInputs<'_>) -> Result<Clipped, RlError>;
}

/// The policy term that the settings name.
pub fn term(config: &GrpoConfig) -> Result<Box<dyn PolicyTerm>, RlError> {
    Ok(match config.policy {
        PolicyKind::Clip => Box::new(clip::Clip::new(config)?),
        PolicyKind::Cispo => Box::new(cispo::Cispo::new(config)?),
        PolicyKind::Sapo => Box::new(sapo::Sapo::new(config)?),
    })
}

impl Clipped {
    /// No token at all.
    fn nowhere(like: &Tensor) -> Result<Self, RlError> {
        let nowhere = like.f_zeros_like()?.f_to_kind(Kind::Bool)?;
        Ok(Self { low: nowhere.shallow_clone(), high: nowhere.shallow_clone(), dual: nowhere })
    }
}
