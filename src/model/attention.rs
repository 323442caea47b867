//! Grouped-query attention: the projections, and the seam behind which tokens look at each other.
//!
//! Everything else in the transformer is computed token by token, on packed tokens `[tokens, hidden]` without padding. Only
//! attention brings tokens together, and how it does depends on where they come from: padded rows, a cache, a packed batch
//! whose completions share a prompt. Each of these is an [`Attend`].

use tch::Tensor;

use super::layers::{Linear, RmsNorm};
use super::rope::Rotation;

/// Who sees whom: what the queries of packed tokens find among the keys.
pub trait Attend {
    /// Attention of layer `layer`: `queries` `[tokens, heads, head_dim]` over `keys` and `values`
    /// `[tokens, key_value_heads, head_dim]`, all of the same tokens, queries and keys rotated. Head `h` of the queries looks at
    /// head `h * key_value_heads / heads` of the keys, and scores are divided by the root of `head_dim`.
    ///
    /// Gives `[tokens, heads * head_dim]`.
    fn attend(&mut self, layer: usize, queries: &Tensor, keys: &Tensor, values: &Tensor) -> Tensor;
}

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

impl Attention {
    /// What the tokens of `hidden` `[tokens, hidden]` find, `[tokens, heads * head_dim]`; the output projection is the caller's.
    pub(super) fn mix(&self, layer: usize, hidden: &Tensor, rotation: &Rotation, attend: &mut dyn Attend) -> Tensor {
        let tokens = hidden.size()[0];
        let split = |projected: Tensor, heads: i64| projected.view([tokens, heads, -1]);
        let rotate = |heads: Tensor, norm: Option<&RmsNorm>| match norm {
            Some(norm) => rotation.apply(&norm.forward(&heads)),
            None => rotation.apply(&heads),
        };
        let queries = rotate(split(self.q_proj.forward(hidden), self.heads), self.q_norm.as_ref());
        let keys = rotate(split(self.k_proj.forward(hidden), self.key_value_heads), self.k_norm.as_ref());
        let values = split(self.v_proj.forward(hidden), self.key_value_heads);
        attend.attend(layer, &queries, &keys, &values)
    }
}
