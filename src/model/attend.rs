//! [`Attend`]: the seam behind which tokens look at each other.
//!
//! Everything else in the transformer is computed token by token, on packed tokens `[tokens, hidden]` without padding. Only
//! attention brings tokens together, and how it does depends on where they come from: padded rows, a cache, a packed batch
//! whose completions share a prompt. Each of these is an [`Attend`].

use tch::{Kind, Tensor};

use crate::kernels;

/// Who sees whom: what the queries of packed tokens find among the keys.
pub trait Attend {
    /// Attention of layer `layer`: `queries` `[tokens, heads, head_dim]` over `keys` and `values`
    /// `[tokens, key_value_heads, head_dim]`, all of the same tokens, queries and keys rotated. Head `h` of the queries looks at
    /// head `h * key_value_heads / heads` of the keys, and scores are divided by the root of `head_dim`.
    ///
    /// Gives `[tokens, heads * head_dim]`.
    fn attend(&mut self, layer: usize, queries: &Tensor, keys: &Tensor, values: &Tensor) -> Tensor;

    /// The same, and beside it what the way back would have to compute again, where there is such a thing: the logarithms of the
    /// sums of exponentials, float32 `[heads, tokens]`.
    fn attend_traced(
        &mut self,
        layer: usize,
        queries: &Tensor,
        keys: &Tensor,
        values: &Tensor,
    ) -> (Tensor, Option<Tensor>) {
        (self.attend(layer, queries, keys, values), None)
    }
}

/// Queries, keys and values in float32, where their products are computed in it rather than in the format they have.
pub(super) fn widened(heads: [&Tensor; 3]) -> Option<[Tensor; 3]> {
    kernels::widens(&heads).then(|| heads.map(|numbers| numbers.to_kind(Kind::Float)))
}
