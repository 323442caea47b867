//! Grouped-query attention: queries, keys and values of packed tokens, what they find through an [`Attend`], and the way back.

use tch::Tensor;

use super::attend::Attend;
use super::layers::{Linear, RmsNorm};
use super::product::Sums;
use super::rope::Rotation;
use super::shared_prefix::SharedPrefix;

/// One layer's projections.
#[derive(Debug)]
pub(super) struct Attention {
    pub(super) q_proj: Linear,
    pub(super) k_proj: Linear,
    pub(super) v_proj: Linear,
    pub(super) o_proj: Linear,
    /// Norms of every query and key head before it is rotated, where the family has them.
    pub(super) q_norm: Option<RmsNorm>,
    pub(super) k_norm: Option<RmsNorm>,
    pub(super) heads: i64,
    pub(super) key_value_heads: i64,
}

/// What attention computed on the way to its output.
#[derive(Debug)]
pub(super) struct Mixed {
    /// What the projections were given, `[tokens, hidden]`.
    hidden: Tensor,
    /// Queries and keys before their norms, where they have any.
    unnormed: Option<[Tensor; 2]>,
    queries: Tensor, // [tokens, heads, head_dim], rotated, and so are the keys
    keys: Tensor,    // [tokens, key_value_heads, head_dim]
    values: Tensor,  // the same
    /// What the tokens find, `[tokens, heads * head_dim]`.
    pub(super) output: Tensor,
    /// What came beside it; see [`Attend::attend_traced`].
    log_sums: Option<Tensor>,
}

impl Attention {
    /// What the tokens of `hidden` `[tokens, hidden]` find; the output projection is the caller's.
    pub(super) fn mix(&self, layer: usize, hidden: &Tensor, rotation: &Rotation, attend: &mut dyn Attend) -> Mixed {
        let tokens = hidden.size()[0];
        let split = |projected: Tensor, heads: i64| projected.view([tokens, heads, -1]);
        let queries = split(self.q_proj.forward(hidden), self.heads);
        let keys = split(self.k_proj.forward(hidden), self.key_value_heads);
        let values = split(self.v_proj.forward(hidden), self.key_value_heads);
        let (queries, keys, unnormed) = match (&self.q_norm, &self.k_norm) {
            (Some(q_norm), Some(k_norm)) => (q_norm.forward(&queries), k_norm.forward(&keys), Some([queries, keys])),
            _ => (queries, keys, None),
        };
        let (queries, keys) = (rotation.apply(&queries), rotation.apply(&keys));
        let (output, log_sums) = attend.attend_traced(layer, &queries, &keys, &values);
        Mixed { hidden: hidden.shallow_clone(), unnormed, queries, keys, values, output, log_sums }
    }

    /// Hands over the gradients of the projections, given that of the output, and returns that of what they were given.
    pub(super) fn backward(
        &self,
        mixed: Mixed,
        gradient: &Tensor,
        rotation: &Rotation,
        attention: &SharedPrefix,
        sums: &mut Sums<'_>,
    ) -> Tensor {
        let Mixed { hidden, unnormed, queries, keys, values, output, log_sums } = mixed;
        let found = (&output, log_sums.as_ref());
        let [of_queries, of_keys, of_values] = attention.backward([&queries, &keys, &values], found, gradient);
        let (mut of_queries, mut of_keys) = (rotation.undo(&of_queries), rotation.undo(&of_keys));
        if let (Some([queries, keys]), Some(q_norm), Some(k_norm)) = (unnormed, &self.q_norm, &self.k_norm) {
            of_queries = q_norm.backward(&queries, &of_queries, None, sums);
            of_keys = k_norm.backward(&keys, &of_keys, None, sums);
        }
        let mut of_hidden = None;
        for (linear, gradient) in [(&self.q_proj, of_queries), (&self.k_proj, of_keys), (&self.v_proj, of_values)] {
            let gradient = gradient.reshape([hidden.size()[0], -1]);
            linear.learn(&hidden, &gradient, sums);
            of_hidden = Some(linear.backward(&gradient, of_hidden));
        }
        of_hidden.unwrap_or(hidden)
    }
}
