//! Rotary position embedding, half-rotation form.
//!
//! Angles are `position * theta^(-2i / head_dim)`; a head's first and second halves are the two coordinates of the plane
//! that angle `i` turns. Frequencies may be rescaled (`llama3`). The operations and their order are those of
//! `transformers` in float32, so that angles agree to the bit at long positions too.

use tch::{Device, Kind, Tensor};

use super::ModelConfig;
use super::config::Llama3Scaling;
use crate::kernels;

/// Radians a position that each plane of a head turns, float32 `[head_dim / 2]`.
#[derive(Debug)]
pub(super) struct RotaryFrequencies(Tensor);

/// The rotation of every token, `[tokens, 1, head_dim]`.
#[derive(Debug)]
pub(crate) struct Rotation {
    cosine: Tensor,
    sine: Tensor,
}

impl RotaryFrequencies {
    pub(super) fn new(config: &ModelConfig, device: Device) -> Self {
        let exponents = Tensor::arange_start_step(0, config.head_dim, 2, (Kind::Float, device));
        let frequencies = Tensor::pow_scalar(config.rope.theta, &(exponents / config.head_dim as f64)).reciprocal();
        Self(match &config.rope.scaling {
            Some(scaling) => rescale(&frequencies, scaling),
            None => frequencies,
        })
    }

    /// The rotation at `positions` `[tokens]`, in `kind`.
    pub(super) fn at(&self, positions: &Tensor, kind: Kind) -> Rotation {
        let angles = positions.to_kind(Kind::Float).unsqueeze(-1) * &self.0; // [tokens, head_dim / 2]
        let both_halves = |half: Tensor| Tensor::cat(&[&half, &half], -1).unsqueeze(1).to_kind(kind);
        Rotation { cosine: both_halves(angles.cos()), sine: both_halves(angles.sin()) }
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
        let halves = heads.chunk(2, -1);
        let turned = Tensor::cat(&[&(-&halves[1]), &halves[0]], -1);
        heads * &self.cosine + turned * &self.sine
    }

    /// Turns them back; since a rotation's transpose is its inverse, this is also the way a gradient goes.
    pub(super) fn undo(&self, heads: &Tensor) -> Tensor {
        Self { cosine: self.cosine.shallow_clone(), sine: -&self.sine }.apply(heads)
    }
}
