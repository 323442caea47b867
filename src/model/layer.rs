//! One layer of the transformer, forward and back.
//!
//! ```text
//! middle = input + o_proj(attention(norm(input)))         output = middle + down(silu(gate(n)) up(n)),  n = norm(middle)
//! ```
//!
//! Forward gives, beside the output, what the way back needs of the inner steps: a [`Trace`]. A caller that drops it has only
//! computed the layer.

use tch::Tensor;

use super::attend::Attend;
use super::attention::{Attention, Mixed};
use super::layers::{Linear, RmsNorm, swiglu, swiglu_backward};
use super::product::Sums;
use super::rope::Rotation;
use super::shared_prefix::SharedPrefix;

#[derive(Debug)]
pub(super) struct Layer {
    pub(super) input_layernorm: RmsNorm,
    pub(super) attention: Attention,
    pub(super) post_attention_layernorm: RmsNorm,
    pub(super) feed_forward: SwiGlu,
}

/// `down(silu(gate(x)) * up(x))`
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "the names of the checkpoint")]
pub(super) struct SwiGlu {
    pub(super) gate_proj: Linear,
    pub(super) up_proj: Linear,
    pub(super) down_proj: Linear,
}

/// What a layer computed on the way to its output.
#[derive(Debug)]
pub(crate) struct Trace {
    input: Tensor, // [tokens, hidden]
    mixed: Mixed,
    picked: Tensor, // [wanted, heads * head_dim], what attention gave at the wanted tokens
    middle: Tensor, // [wanted, hidden]
    normed: Tensor, // [wanted, hidden]
    gate: Tensor,   // [wanted, intermediate]
    up: Tensor,     // [wanted, intermediate]
}

impl Layer {
    /// `[tokens, hidden]` to the same shape, or to `[wanted, hidden]` where only some tokens are wanted.
    pub(super) fn forward(
        &self,
        index: usize,
        input: &Tensor,
        rotation: &Rotation,
        attend: &mut dyn Attend,
        wanted: Option<&Tensor>,
    ) -> (Tensor, Trace) {
        let mixed = self.attention.mix(index, &self.input_layernorm.forward(input), rotation, attend);
        let pick = |tokens: &Tensor| match wanted {
            Some(wanted) => tokens.index_select(0, wanted),
            None => tokens.shallow_clone(),
        };
        let picked = pick(&mixed.output);
        let middle = self.attention.o_proj.forward_onto(&pick(input), &picked);
        let normed = self.post_attention_layernorm.forward(&middle);
        let (gate, up) = (self.feed_forward.gate_proj.forward(&normed), self.feed_forward.up_proj.forward(&normed));
        let output = self.feed_forward.down_proj.forward_onto(&middle, &swiglu(&gate, &up));
        (output, Trace { input: input.shallow_clone(), mixed, picked, middle, normed, gate, up })
    }

    /// Hands over the gradients of the weights, given that of the output, and returns the input's. `wanted` and `rotation` are those of
    /// the way forward.
    pub(super) fn backward(
        &self,
        trace: Trace,
        gradient: Tensor,
        rotation: &Rotation,
        (attention, wanted): (&SharedPrefix, Option<&Tensor>),
        sums: &mut Sums<'_>,
    ) -> Tensor {
        let Trace { input, mixed, picked, middle, normed, gate, up } = trace;
        let of_middle = self.feed_forward.backward(&normed, gate, up, &gradient, sums);
        let of_middle = self.post_attention_layernorm.backward(&middle, &of_middle, Some(gradient), sums);
        self.attention.o_proj.learn(&picked, &of_middle, sums);
        let of_picked = self.attention.o_proj.backward(&of_middle, None);
        let unpick = |of_wanted: Tensor| match wanted {
            // A token may be wanted several times.
            Some(wanted) => {
                let size = [input.size()[0], of_wanted.size()[1]];
                Tensor::zeros(size, (of_wanted.kind(), of_wanted.device())).index_add_(0, wanted, &of_wanted)
            }
            None => of_wanted,
        };
        let of_normed = self.attention.backward(mixed, &unpick(of_picked), rotation, attention, sums);
        self.input_layernorm.backward(&input, &of_normed, Some(unpick(of_middle)), sums)
    }
}

impl SwiGlu {
    fn backward(&self, input: &Tensor, gate: Tensor, up: Tensor, gradient: &Tensor, sums: &mut Sums<'_>) -> Tensor {
        let of_activated = self.down_proj.backward(gradient, None);
        let (of_gate, of_up, activated) = swiglu_backward(gate, up, of_activated);
        self.down_proj.learn(&activated, gradient, sums);
        self.gate_proj.learn(input, &of_gate, sums);
        self.up_proj.learn(input, &of_up, sums);
        self.up_proj.backward(&of_up, Some(self.gate_proj.backward(&of_gate, None)))
    }
}
