//! The number format that a policy computes in.

use serde::{Deserialize, Serialize};

/// Number format of weights, activations and cached keys and values. Master weights, moments, summed gradients, norms, logits
/// and log-probs are float32 in any; so are products and cached keys and values of bfloat16 on processors with AVX2 alone, which
/// have no instructions for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    /// bfloat16 on a GPU, float32 on the CPU; always float32 for `tiny`.
    #[default]
    Auto,
    /// 32 bits.
    Float32,
    /// 16 bits with the range of float32.
    Bfloat16,
}
