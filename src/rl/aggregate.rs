//! From a per-token loss `[rows, tokens]` to the scalar that is differentiated.
//!
//! The denominators are given, and count the whole mini-batch, not the tensor at hand: a mini-batch cut into pieces then
//! sums to the loss of the whole. With the mask `m` and the tokens `n` of a completion:
//!
//! | [`Aggregate`] | Loss | TRL | verl |
//! |---|---|---|---|
//! | `token_mean` | `sum(l m) / tokens` | `dapo`; `bnpo` if the count is local | `token-mean` |
//! | `token_sum` | `sum(l m)` | | `token-sum` |
//! | `sequence_mean_token_mean` | `sum_i(sum_t(l m) / n_i) / completions` | `grpo` | `seq-mean-token-mean` |
//! | `sequence_mean_token_sum` | `sum(l m) / completions` | `luspo` | `seq-mean-token-sum` |
//! | `sequence_mean_token_sum_norm` | `sum(l m) / (completions * longest)` | `dr_grpo` | `seq-mean-token-sum-norm` |

use tch::Tensor;

use super::RlError;
use super::error::{same_shape, setting};
use crate::config::Aggregate;

/// What a mini-batch holds as a whole, whatever pieces it is computed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Unmasked tokens.
    pub tokens: u64,
    /// Completions.
    pub completions: u64,
    /// The fixed length that Dr. GRPO divides by: the token budget of a completion.
    pub longest: u64,
}

impl Aggregate {
    /// The share of `per_token` in the loss of the mini-batch that `counts` describes: a scalar.
    ///
    /// `per_token` and `mask`: `[rows, tokens]`. A row without any token adds 0; whether `counts.completions` includes it is
    /// the caller's choice (TRL counts it, verl does not).
    pub fn of(self, per_token: &Tensor, mask: &Tensor, counts: Counts) -> Result<Tensor, RlError> {
        same_shape("mask", mask, per_token)?;
        let masked = per_token.f_mul(mask)?; // [rows, tokens]
        let summed = match self {
            Self::SequenceMeanTokenMean => {
                let lengths = mask.f_sum_dim_intlist(-1, true, per_token.kind())?.f_clamp_min(1.0)?; // [rows, 1]
                masked.f_div(&lengths)?
            }
            _ => masked,
        };
        let denominator = self.denominator(counts);
        setting("counts", denominator as f64, "at least 1", denominator > 0)?;
        Ok(summed.f_sum(per_token.kind())?.f_div_scalar(denominator as f64)?)
    }

    fn denominator(self, counts: Counts) -> u64 {
        match self {
            Self::TokenMean => counts.tokens,
            Self::TokenSum => 1,
            Self::SequenceMeanTokenMean | Self::SequenceMeanTokenSum => counts.completions,
            Self::SequenceMeanTokenSumNorm => counts.completions * counts.longest,
        }
    }
}
