//! The two leaves of the transformer: a linear map and the RMS norm.

use tch::{Kind, Tensor};

use super::lora::Adapter;

/// `y = x W^T + b`, and what an adapter adds to it.
#[derive(Debug)]
pub(super) struct Linear {
    /// `[out, in]`
    pub(super) weight: Tensor,
    /// `[out]`
    pub(super) bias: Option<Tensor>,
    pub(super) adapter: Option<Adapter>,
}

impl Linear {
    /// `[.., in]` to `[.., out]`.
    pub(super) fn forward(&self, input: &Tensor) -> Tensor {
        let mut output = input.linear(&self.weight, self.bias.as_ref());
        if let Some(adapter) = &self.adapter {
            output += adapter.forward(input);
        }
        output
    }
}

/// Root-mean-square norm: computed in float32, cast back to the input's kind, then scaled.
#[derive(Debug)]
pub(super) struct RmsNorm {
    /// `[hidden]`
    pub(super) weight: Tensor,
    /// Added to the mean square.
    pub(super) epsilon: f64,
}

impl RmsNorm {
    /// `[.., hidden]` to the same shape.
    pub(super) fn forward(&self, input: &Tensor) -> Tensor {
        let wide = input.to_kind(Kind::Float);
        let mean_square = (&wide * &wide).mean_dim([-1_i64].as_slice(), true, Kind::Float);
        let normed = wide * (mean_square + self.epsilon).rsqrt();
        normed.to_kind(input.kind()) * &self.weight
    }
}
