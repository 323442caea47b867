//! Rotary position embedding, half-rotation form.
//!
//! Angles are `position * theta^(-2i / head_dim)`; a head's first and second halves are the two coordinates of the plane
//! that angle `i` turns.

use tch::{Device, Kind, Tensor};

/// Cosines and sines of every position, float32 `[positions, head_dim]`.
#[derive(Debug)]
pub(super) struct RotaryTable {
    cosine: Tensor,
    sine: Tensor,
}

/// The rotation of each token of a batch, `[batch, 1, length, head_dim]`.
#[derive(Debug)]
pub(super) struct Rotation {
    cosine: Tensor,
    sine: Tensor,
}

impl RotaryTable {
    pub(super) fn new(positions: i64, head_dim: i64, theta: f64, device: Device) -> Self {
        let exponents = Tensor::arange_start_step(0, head_dim, 2, (Kind::Float, device)) / head_dim as f64;
        let inverse_frequencies = (exponents * -theta.ln()).exp(); // [head_dim / 2]
        let angles = Tensor::arange(positions, (Kind::Float, device)).outer(&inverse_frequencies);
        let angles = Tensor::cat(&[&angles, &angles], -1); // [positions, head_dim]
        Self { cosine: angles.cos(), sine: angles.sin() }
    }

    /// Rows for `positions` `[batch, length]`, in `kind`.
    pub(super) fn at(&self, positions: &Tensor, kind: Kind) -> Rotation {
        let rows = |table: &Tensor| Tensor::embedding(table, positions, -1, false, false).unsqueeze(1).to_kind(kind);
        Rotation { cosine: rows(&self.cosine), sine: rows(&self.sine) }
    }
}

impl Rotation {
    /// Turns queries or keys `[batch, heads, length, head_dim]`.
    pub(super) fn apply(&self, heads: &Tensor) -> Tensor {
        let halves = heads.chunk(2, -1);
        let turned = Tensor::cat(&[&(-&halves[1]), &halves[0]], -1);
        heads * &self.cosine + turned * &self.sine
    }
}
