//! Rotary position embedding, half-rotation form.
//!
//! Angles are `position * theta^(-2i / head_dim)`; a head's first and second halves are the two coordinates of the plane
//! that angle `i` turns. Frequencies may be rescaled (`llama3`). The operations and their order are those of
//! `transformers` in float32, so that angles agree to the bit at long positions too. Where positions have three axes, each plane
//! is turned by one of them (M-RoPE, Qwen2-VL, arXiv 2409.12191).

use tch::{Device, Kind, Tensor};

use super::ModelConfig;
use super::config::Llama3Scaling;
use crate::kernels;

/// What turns the planes of a head.
#[derive(Debug)]
pub(super) struct RotaryFrequencies {
    /// Radians a position that each plane turns, float32 `[head_dim / 2]`.
    radians: Tensor,
    /// Planes that each axis of position turns, in order, where positions have axes.
    sections: Option<[i64; 3]>,
}

/// The rotation of every token, `[tokens, 1, head_dim]`.
#[derive(Debug)]
pub(crate) struct Rotation {
    cosine: Tensor,
    sine: Tensor,
    /// The sine, negative in the first half, where the kernels of the processor do not turn.
    signed_sine: Option<Tensor>,
}

impl RotaryFrequencies {
    pub(super) fn new(config: &ModelConfig, device: Device) -> Self {
        let exponents = Tensor::arange_start_step(0, config.head_dim, 2, (Kind::Float, device));
        let frequencies = Tensor::pow_scalar(config.rope.theta, &(exponents / config.head_dim as f64)).reciprocal();
        let radians = match &config.rope.scaling {
            Some(scaling) => rescale(&frequencies, scaling),
            None => frequencies,
        };
        Self { radians, sections: config.rope.sections }
    }

    /// The rotation at `positions` `[tokens]`, or `[3, tokens]` where the axes differ, in `kind`.
    pub(super) fn at(&self, positions: &Tensor, kind: Kind) -> Rotation {
        let angles = positions.to_kind(Kind::Float).unsqueeze(-1) * &self.radians; // [tokens, head_dim / 2]
        let angles = if positions.dim() == 2 { self.by_axis(&angles) } else { angles };
        let halves = |first: &Tensor, second: &Tensor| Tensor::cat(&[first, second], -1).unsqueeze(1).to_kind(kind);
        let (cosine, sine) = (angles.cos(), angles.sin());
        let by_kernels = kernels::suit(kind, positions.device());
        Rotation {
            cosine: halves(&cosine, &cosine),
            signed_sine: (!by_kernels).then(|| halves(&-&sine, &sine)),
            sine: halves(&sine, &sine),
        }
    }

    /// From the angles of every axis `[3, tokens, planes]` those of the axis that each plane belongs to, `[tokens, planes]`.
    fn by_axis(&self, angles: &Tensor) -> Tensor {
        let sections = self.sections.unwrap_or([angles.size()[2], 0, 0]);
        let (mut first, mut planes) = (0, Vec::new());
        for (axis, section) in (0..).zip(sections) {
            planes.push(angles.get(axis).narrow(-1, first, section));
            first += section;
        }
        Tensor::cat(&planes, -1)
    }
}

/// Slow planes turn `factor` times slower, fast ones as before; between them the share of each runs linearly in the number
/// of turns within the original length (Llama 3.1).
fn rescale(frequencies: &Tensor, scaling: &Llama3Scaling) -> Tensor {
    let Llama3Scaling { factor, low_freq_factor, high_freq_factor, original_max_position_embeddings: length } =
        *scaling;
    let wavelengths = frequencies.reciprocal() * std::f64::consts::TAU;
    let slow = wavelengths.gt(length / low_freq_factor);
    let fast = wavelengths.lt(length / high_freq_factor);
    let share = (wavelengths.reciprocal() * length - low_freq_factor) / (high_freq_factor - low_freq_factor);
    let stretched = frequencies / factor;
    let between = (1.0 - &share) * &stretched + share * frequencies;
    frequencies.where_self(&fast, &stretched.where_self(&slow, &between))
}

impl Rotation {
    /// Turns queries or keys `[tokens, heads, head_dim]`.
    pub(super) fn apply(&self, heads: &Tensor) -> Tensor {
        if kernels::suits(&[heads, &self.cosine, &self.sine]) {
            return kernels::rotate(heads, &self.cosine, &self.sine);
        }
        let half = heads.size().last().copied().unwrap_or_default() / 2;
        let (exchanged, mut turned) = (heads.roll([half], [-1]), heads * &self.cosine);
        match &self.signed_sine {
            Some(signed_sine) => turned.addcmul_(&exchanged, signed_sine),
            None => turned.addcmul_(&exchanged, &self.signed()),
        }
    }

    /// The sine, negative in the first half.
    fn signed(&self) -> Tensor {
        let halves = self.sine.chunk(2, -1);
        Tensor::cat(&[&(-&halves[0]), &halves[1]], -1)
    }

    /// Turns them back; since a rotation's transpose is its inverse, this is also the way a gradient goes.
    pub(super) fn undo(&self, heads: &Tensor) -> Tensor {
        Self {
            cosine: self.cosine.shallow_clone(),
            sine: -&self.sine,
            signed_sine: self.signed_sine.as_ref().map(|signed_sine| -signed_sine),
        }
        .apply(heads)
    }
}
