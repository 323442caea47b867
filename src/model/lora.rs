//! Low-rank adapters beside frozen linear layers (Hu et al., "`LoRA`", 2021).
//!
//! ```text
//! y = x W^T + b + scale (x A^T) B^T        A [rank, in]        B [out, rank]        scale = alpha / rank
//! ```
//!
//! `A` begins as the `PEFT` library draws it, uniform within `1 / sqrt(in)` (Kaiming's bound for a slope of `sqrt(5)`), and
//! `B` as 0: a new adapter adds exactly nothing. With rank stabilization (Kalajdzievski, 2023) the scale is
//! `alpha / sqrt(rank)`.
//!
//! Both matrices are kept, trained and saved in float32, whatever the base has: what an update adds to them is smaller than
//! the last bit of a half-precision number. They are rounded to the kind of the base to be multiplied, so that the products
//! run at the speed of the base's; the gradient comes back in float32.

use std::cell::RefCell;
use std::collections::BTreeSet;

use tch::{Device, Kind, Tensor, no_grad};

use super::product::{LaidOut, Sums, gradient_of_input, gradient_of_weight, linear};
use super::{ModelError, Policy, Transformer};
use crate::config::LoraConfig;
use crate::kernels::Added;
use crate::tasks::{Split, TaskRng};

/// Before the path of a module in an adapter's file.
pub(super) const PREFIX: &str = "base_model.model.";
const A_SUFFIX: &str = ".lora_A.weight";
const B_SUFFIX: &str = ".lora_B.weight";

/// The shape of a transformer's adapters.
#[derive(Debug, Clone, PartialEq)]
pub struct Lora {
    /// Inner dimension of every adapter.
    pub rank: i64,
    /// Numerator of the scale.
    pub alpha: f64,
    /// Whether the scale is `alpha / sqrt(rank)`, not `alpha / rank`.
    pub rank_stabilized: bool,
    /// Paths of the linear layers that have one, `model.layers.0.self_attn.q_proj`.
    pub modules: BTreeSet<String>,
}

impl Lora {
    /// The shape that `settings` ask for in `transformer`.
    pub fn new(settings: &LoraConfig, transformer: &Transformer) -> Self {
        let is_target = |module: &String| {
            settings.targets.iter().any(|target| module.rsplit('.').next().is_some_and(|last| last == target.name()))
        };
        let of_encoder = if settings.encoder { transformer.encoder_modules() } else { Vec::new() };
        Self {
            rank: settings.rank,
            alpha: settings.alpha,
            rank_stabilized: settings.rank_stabilized,
            modules: transformer.text_modules().into_iter().filter(is_target).chain(of_encoder).collect(),
        }
    }

    /// What the product of the two matrices is multiplied with.
    pub fn scale(&self) -> f64 {
        let rank = self.rank as f64;
        self.alpha / if self.rank_stabilized { rank.sqrt() } else { rank }
    }
}

impl Policy {
    /// Freezes the weights and puts a new adapter beside every target, drawn from `seed`: the policy still says the same.
    pub fn adapt(&mut self, settings: &LoraConfig, seed: u64) -> Result<(), ModelError> {
        let (lora, device) = (Lora::new(settings, &self.transformer), self.transformer.device());
        self.transformer = self.transformer.with_adapters(&lora, |name, shape| initial(name, shape, seed, device))?;
        Ok(())
    }
}

/// A matrix of a new adapter, a function of its name, its shape and the seed.
fn initial(name: &str, shape: &[i64], seed: u64, device: Device) -> Result<Tensor, ModelError> {
    if name.ends_with(B_SUFFIX) {
        return Ok(Tensor::f_zeros(shape, (Kind::Float, device))?);
    }
    let bound = 1.0 / (shape[1] as f64).sqrt();
    let mut rng = TaskRng::new(seed, &format!("lora/{name}"), Split::Train, 0);
    let count = shape.iter().product::<i64>() as usize;
    let values: Vec<f32> = (0..count).map(|_| ((2.0 * rng.unit() - 1.0) * bound) as f32).collect();
    Ok(Tensor::f_from_slice(&values)?.f_view(shape)?.f_to_device(device)?)
}

/// `[.., in]` times a matrix `[out, in]`, rounded to the format of the input.
fn times(input: &Tensor, matrix: &Tensor) -> Tensor {
    linear(input, &matrix.to_kind(input.kind()), &LaidOut::default(), Added::default())
}

/// `output` `[.., out]` and, added to it, `scale B A` times `input` `[.., in]`; no scale where it is in one of the matrices.
fn added(mut output: Tensor, input: &Tensor, [a, b]: [&Tensor; 2], scale: Option<f64>) -> Tensor {
    let inner = times(input, a); // [.., rank]
    let inner = match scale {
        Some(scale) => inner * scale,
        None => inner,
    };
    if input.device().is_cuda() && output.is_contiguous() {
        // The sum of the product is rounded once, with what it is added to, and no kernel is spent on adding it.
        let [out, rank] = [0, 1].map(|axis| b.size()[axis]);
        let _ = output.view([-1, out]).addmm_(&inner.view([-1, rank]), &b.to_kind(input.kind()).tr());
    } else {
        output += times(&inner, b);
    }
    output
}

/// One adapter.
#[derive(Debug)]
pub struct Adapter {
    a: Tensor,
    b: Tensor,
    scale: f64,
    /// The same as it is multiplied with, while it does not change.
    ready: RefCell<Option<Ready>>,
}

/// Both matrices in the format of what is multiplied with them.
#[derive(Debug)]
struct Ready {
    a: Tensor,
    b: Tensor,
    /// None where it is in `a`.
    scale: Option<f64>,
}

impl Adapter {
    /// The adapter of the linear layer `module`, whose weight has the shape `[out, in]`.
    pub(super) fn assemble(
        module: &str,
        weight: &[i64],
        lora: &Lora,
        tensor: &mut impl FnMut(&str, &[i64]) -> Result<Tensor, ModelError>,
    ) -> Result<Self, ModelError> {
        let a = tensor(&a_name(module), &[lora.rank, weight[1]])?;
        let b = tensor(&b_name(module), &[weight[0], lora.rank])?;
        Ok(Self { a, b, scale: lora.scale(), ready: RefCell::default() })
    }

    /// Rounds both matrices to `kind` once, for many products of few rows. They must not change until [`Adapter::changes`] is called.
    pub(super) fn stays(&self, kind: Kind) {
        let [a, b] = [&self.a, &self.b].map(|matrix| matrix.detach().to_kind(kind));
        // A power of two goes into the matrix: multiplying with it rounds nothing.
        let ready = if self.scale.log2().fract() == 0.0 {
            Ready { a: a * self.scale, b, scale: None }
        } else {
            Ready { a, b, scale: Some(self.scale) }
        };
        self.ready.replace(Some(ready));
    }

    /// The matrices may change again.
    pub(super) fn changes(&self) {
        self.ready.take();
    }

    /// `output` `[.., out]` and, added to it, what comes of `input` `[.., in]`.
    pub(super) fn forward_onto(&self, output: Tensor, input: &Tensor) -> Tensor {
        match self.ready.borrow().as_ref() {
            Some(Ready { a, b, scale }) => added(output, input, [a, b], *scale),
            None => added(output, input, [&self.a, &self.b], Some(self.scale)),
        }
    }

    /// The same in operations of libtorch alone, whose graph carries gradients to both matrices.
    pub fn forward_with_graph(&self, input: &Tensor) -> Tensor {
        let matrix = |matrix: &Tensor| matrix.to_kind(input.kind());
        let inner = input.linear(&matrix(&self.a), None::<&Tensor>) * self.scale; // [.., rank]
        inner.linear(&matrix(&self.b), None::<&Tensor>)
    }

    /// What reaches the input, `[tokens, in]`, given the gradient of the output `[tokens, out]`.
    pub(super) fn backward(&self, gradient: &Tensor) -> Tensor {
        let matrix = |matrix: &Tensor| matrix.to_kind(gradient.kind());
        let of_inner = gradient_of_input(&matrix(&self.b), gradient, None) * self.scale; // [tokens, rank]
        gradient_of_input(&matrix(&self.a), &of_inner, None)
    }

    /// Hands over the gradients of both matrices, given that of the output `[tokens, out]` for `input` `[tokens, in]`.
    pub(super) fn learn(&self, input: &Tensor, gradient: &Tensor, sums: &mut Sums<'_>) {
        let inner = times(input, &self.a) * self.scale; // [tokens, rank]
        let of_inner = gradient_of_input(&self.b.to_kind(input.kind()), gradient, None) * self.scale;
        for (matrix, input, gradient) in [(&self.b, &inner, gradient), (&self.a, input, &of_inner)] {
            if matrix.requires_grad() {
                sums(matrix, gradient_of_weight(input, gradient));
            }
        }
    }

    /// `W + scale B A` for the weight `W` `[out, in]`: a new tensor of its kind, summed in float32 or wider and rounded once.
    pub(super) fn merged_into(&self, weight: &Tensor) -> Result<Tensor, ModelError> {
        no_grad(|| {
            let kind = weight.f_kind()?;
            let wide = if kind == Kind::Double { Kind::Double } else { Kind::Float };
            let added = self.b.f_to_kind(wide)?.f_matmul(&self.a.f_to_kind(wide)?)?.f_mul_scalar(self.scale)?;
            Ok(added.f_add(&weight.f_to_kind(wide)?)?.f_to_kind(kind)?)
        })
    }

    /// Both matrices with their names.
    pub(super) fn parameters(&self, module: &str) -> [(String, Tensor); 2] {
        [(a_name(module), self.a.shallow_clone()), (b_name(module), self.b.shallow_clone())]
    }
}

/// `base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight`
fn a_name(module: &str) -> String {
    format!("{PREFIX}{module}{A_SUFFIX}")
}

/// `base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight`
fn b_name(module: &str) -> String {
    format!("{PREFIX}{module}{B_SUFFIX}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rounded_once_gives_what_is_rounded_each_time() {
        for (kind, alpha) in [Kind::Float, Kind::BFloat16].into_iter().flat_map(|kind| [(kind, 32.0), (kind, 24.0)]) {
            let lora = Lora { rank: 16, alpha, rank_stabilized: false, modules: BTreeSet::new() };
            let waves = |shape: &[i64], step: f64| -> Tensor {
                let order = Tensor::arange(shape.iter().product::<i64>(), (Kind::Double, Device::Cpu));
                (order * step).sin().view(shape).to_kind(Kind::Float)
            };
            let mut matrix =
                |name: &str, shape: &[i64]| Ok(waves(shape, if name.ends_with(A_SUFFIX) { 0.3 } else { 0.7 }));
            let adapter = Adapter::assemble("layer", &[24, 40], &lora, &mut matrix).unwrap();
            let (input, output) = (waves(&[5, 40], 0.11).to_kind(kind), waves(&[5, 24], 0.13).to_kind(kind));
            let each_time = adapter.forward_onto(output.copy(), &input);
            adapter.stays(kind);
            assert_eq!(adapter.forward_onto(output.copy(), &input), each_time, "{kind:?}, alpha {alpha}");
            assert_ne!(each_time, output);
            adapter.changes();
            assert!(adapter.ready.borrow().is_none());
        }
    }
}
