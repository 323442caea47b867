//! Grouped-query attention: several query heads share one key and value head.

use tch::Tensor;

use super::cache::KeyValueCache;
use super::layers::{Linear, RmsNorm};
use super::rope::Rotation;

/// One layer's attention.
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
    /// `hidden` `[batch, length, hidden]` to the same shape; `mask` is additive, `[batch, 1, length, keys]`.
    pub(super) fn forward(
        &self,
        hidden: &Tensor,
        rotation: &Rotation,
        mask: &Tensor,
        cache: Option<(&mut KeyValueCache, usize)>,
    ) -> Tensor {
        let (batch, length) = (hidden.size()[0], hidden.size()[1]);
        let split = |projected: Tensor, heads: i64| projected.view([batch, length, heads, -1]).transpose(1, 2);
        let rotate = |heads: Tensor, norm: &Option<RmsNorm>| match norm {
            Some(norm) => rotation.apply(&norm.forward(&heads)),
            None => rotation.apply(&heads),
        };
        let queries = rotate(split(self.q_proj.forward(hidden), self.heads), &self.q_norm);
        let keys = rotate(split(self.k_proj.forward(hidden), self.key_value_heads), &self.k_norm);
        let values = split(self.v_proj.forward(hidden), self.key_value_heads);
        let (keys, values) = match cache {
            Some((cache, layer)) => cache.extend(layer, &keys, &values),
            None => (keys, values),
        };
        let grouped = self.heads != self.key_value_heads;
        let mixed =
            Tensor::scaled_dot_product_attention(&queries, &keys, &values, Some(mask), 0.0, false, None, grouped);
        self.o_proj.forward(&mixed.transpose(1, 2).reshape([batch, length, -1]))
    }
}
