//! The leaves of the transformer, forward and back: a linear map, the RMS norm, the gated activation.
//!
//! The way back is written out rather than left to autograd, so that a weight's gradient needs no graph. With `g` the
//! gradient of an output:
//!
//! ```text
//! y = x W^T + b               dL/dx = g W            dL/dW += g^T x            dL/db += sum of g
//! y = x r w,  r = 1 / sqrt(mean(x^2) + epsilon)      with z = x r:
//!                             dL/dx = r (g w - z mean(g w z))                  dL/dw += sum of g z
//! y = silu(a) b               dL/da = g b s (1 + a (1 - s)),  s = sigmoid(a)   dL/db = g silu(a)
//! ```

use tch::{Kind, Tensor};

use super::extension;
use super::lora::Adapter;
use super::product::{LaidOut, Sums, gradient_of_input, gradient_of_weight, linear};
use crate::kernels::{self, Added};

/// `y = x W^T + b`, and what an adapter adds to it.
#[derive(Debug)]
pub(super) struct Linear {
    /// `[out, in]`
    pub(super) weight: Tensor,
    /// `[out]`
    pub(super) bias: Option<Tensor>,
    pub(super) adapter: Option<Adapter>,
    /// The weights as the kernel of the processor wants them, while they do not change.
    pub(super) laid_out: LaidOut,
}

impl Linear {
    /// `[.., in]` to `[.., out]`.
    pub(super) fn forward(&self, input: &Tensor) -> Tensor {
        self.adapted(
            input,
            linear(input, &self.weight, &self.laid_out, Added { bias: self.bias.as_ref(), start: None }),
        )
    }

    /// `start` `[.., out]` and, added to it, what comes of `input`.
    pub(super) fn forward_onto(&self, start: &Tensor, input: &Tensor) -> Tensor {
        let added = Added { bias: self.bias.as_ref(), start: Some(start) };
        self.adapted(input, linear(input, &self.weight, &self.laid_out, added))
    }

    fn adapted(&self, input: &Tensor, output: Tensor) -> Tensor {
        match &self.adapter {
            Some(adapter) => adapter.forward_onto(output, input),
            None => output,
        }
    }

    /// The input's gradient `[tokens, in]`, given that of the output `[tokens, out]`; added to `beside`, what reaches the input
    /// on other ways.
    pub(super) fn backward(&self, gradient: &Tensor, beside: Option<Tensor>) -> Tensor {
        let adapted = self.adapter.as_ref().map(|adapter| adapter.backward(gradient));
        let of_input = gradient_of_input(&self.weight, gradient, beside);
        match adapted {
            Some(adapted) => of_input + adapted,
            None => of_input,
        }
    }

    /// Hands over the gradients of what is trained, given that of the output `[tokens, out]` for `input` `[tokens, in]`.
    pub(super) fn learn(&self, input: &Tensor, gradient: &Tensor, sums: &mut Sums<'_>) {
        if self.weight.requires_grad() {
            sums(&self.weight, gradient_of_weight(input, gradient));
        }
        if let Some(bias) = self.bias.as_ref().filter(|bias| bias.requires_grad()) {
            sums(bias, gradient.sum_dim_intlist([0_i64].as_slice(), false, gradient.kind()));
        }
        if let Some(adapter) = &self.adapter {
            adapter.learn(input, gradient, sums);
        }
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
        if kernels::suits(&[input, &self.weight]) {
            return kernels::rms_norm(input, &self.weight, self.epsilon);
        }
        if self.is_fused(input) {
            return self.fused(input).0;
        }
        let (wide, scale) = self.scale(input);
        (wide * scale).to_kind(input.kind()) * &self.weight
    }

    /// Whether one kernel of libtorch does it all; on the processor it has none.
    fn is_fused(&self, input: &Tensor) -> bool {
        input.device().is_cuda() && input.kind() == self.weight.kind()
    }

    /// The output, rounded once, and what each row was multiplied with.
    fn fused(&self, input: &Tensor) -> (Tensor, Tensor) {
        input.internal_fused_rms_norm(self.weight.size(), Some(&self.weight), self.epsilon)
    }

    /// Hands over the gradient of the weight, given that of the output for `input`, and returns the input's plus `beside`, the
    /// gradient that reaches the input on another way.
    pub(super) fn backward(
        &self,
        input: &Tensor,
        gradient: &Tensor,
        beside: Option<Tensor>,
        sums: &mut Sums<'_>,
    ) -> Tensor {
        let mut tensors = vec![input, gradient, &self.weight];
        tensors.extend(beside.as_ref());
        if kernels::suits(&tensors) {
            let mut of_input = beside.unwrap_or_else(|| input.zeros_like());
            let of_weight = kernels::rms_norm_backward(input, &self.weight, self.epsilon, gradient, &mut of_input);
            if self.weight.requires_grad() {
                sums(&self.weight, of_weight);
            }
            return of_input;
        }
        let with_beside = |of_input: Tensor| match beside {
            Some(beside) => beside + of_input,
            None => of_input,
        };
        if self.is_fused(input) {
            let scale = self.fused(input).1;
            let gradients = extension::rms_norm_backward(gradient, input, &scale, &self.weight);
            // As with tch's own operations.
            let (of_input, of_weight) = gradients.unwrap_or_else(|error| panic!("{error}"));
            if let Some(of_weight) = of_weight {
                sums(&self.weight, of_weight);
            }
            return with_beside(of_input);
        }
        let (wide, scale) = self.scale(input);
        let normed = wide * &scale;
        let gradient = gradient.to_kind(Kind::Float);
        if self.weight.requires_grad() {
            let size = self.weight.size();
            let of_weight =
                (&gradient * &normed).view([-1, size[0]]).sum_dim_intlist([0_i64].as_slice(), false, Kind::Float);
            sums(&self.weight, of_weight);
        }
        let of_normed = gradient * &self.weight;
        let share = (&of_normed * &normed).mean_dim([-1_i64].as_slice(), true, Kind::Float);
        with_beside(((of_normed - normed * share) * scale).to_kind(input.kind()))
    }

    /// The input in float32, and what each of its rows is multiplied with.
    fn scale(&self, input: &Tensor) -> (Tensor, Tensor) {
        let wide = input.to_kind(Kind::Float);
        let mean_square = (&wide * &wide).mean_dim([-1_i64].as_slice(), true, Kind::Float);
        (wide, (mean_square + self.epsilon).rsqrt())
    }
}

/// `silu(gate) * up`, entry by entry.
pub(super) fn swiglu(gate: &Tensor, up: &Tensor) -> Tensor {
    if kernels::suits(&[gate, up]) { kernels::swiglu(gate, up) } else { gate.silu() * up }
}

/// The gradients of `gate` and `up`, given that of `silu(gate) * up`; beside them `silu(gate) * up` itself, which need not have
/// been kept.
pub(super) fn swiglu_backward(mut gate: Tensor, mut up: Tensor, mut gradient: Tensor) -> (Tensor, Tensor, Tensor) {
    if kernels::suits(&[&gate, &up, &gradient]) {
        kernels::swiglu_backward(&mut gate, &mut up, &mut gradient);
        return (gate, up, gradient);
    }
    let of_gate = gate.silu_backward(&(&gradient * &up));
    let silu = gate.silu();
    (of_gate, gradient * &silu, silu * up)
}
