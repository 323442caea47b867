//! The two leaves of the transformer: a linear map and the RMS norm.

use tch::{Kind, Tensor};

use crate::kernels;

/// `y = x W^T + b`.
#[derive(Debug)]
pub(super) struct Linear {
    /// `[out, in]`
    pub(super) weight: Tensor,
    /// `[out]`
    pub(super) bias: Option<Tensor>,
}

impl Linear {
    /// `[.., in]` to `[.., out]`.
    pub(super) fn forward(&self, input: &Tensor) -> Tensor {
        linear(input, &self.weight, self.bias.as_ref())
    }
}

/// `[.., in]` times weights `[out, in]`, plus `bias` `[out]`: gives `[.., out]`.
pub(super) fn linear(input: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Tensor {
    let suited = kernels::suits(&[input, weight]) && bias.is_none_or(|bias| kernels::suits(&[bias]));
    if suited { kernels::product(input, weight, bias, None) } else { input.linear(weight, bias) }
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
        if kernels::suits(&[input, &self.weight]) {
            return kernels::rms_norm(input, &self.weight, self.epsilon);
        }
        let wide = input.to_kind(Kind::Float);
        let mean_square = (&wide * &wide).mean_dim([-1_i64].as_slice(), true, Kind::Float);
        let normed = wide * (mean_square + self.epsilon).rsqrt();
        normed.to_kind(input.kind()) * &self.weight
    }
}
