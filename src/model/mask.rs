//! Which token may look at which: one prompt with several branches growing from it.
//!
//! A row holds a prompt and, after it, any number of completions of that prompt (its branches). A token sees the prompt
//! before it and its own branch before it, never another branch and never padding; so a group of completions shares one
//! copy of its prompt, in training and in generation alike, and every completion is computed as if it stood alone.

use tch::{Kind, Tensor};

/// Branch number of a token: padding.
pub const PADDING: i64 = -1;
/// Branch number of a token: the prompt, seen by every branch. Branches count from 1.
pub const PROMPT: i64 = 0;

/// Additive attention mask, float32 `[batch, 1, queries, keys]`: 0 where a query may look, minus infinity elsewhere.
#[derive(Debug)]
pub struct AttentionMask(Tensor);

impl AttentionMask {
    /// The mask among the tokens of rows, from branch numbers `[batch, length]`.
    pub fn within(branches: &Tensor) -> Self {
        let length = branches.size()[1];
        let order = Tensor::arange(length, (Kind::Int64, branches.device()));
        let earlier = order.unsqueeze(0).le_tensor(&order.unsqueeze(1)); // [queries, keys]
        Self::between(branches, branches, &earlier)
    }

    /// The mask from `queries` `[batch, queries]` to `keys` `[batch, keys]`, where `earlier` `[queries, keys]` says which
    /// keys were written no later than the query.
    pub fn between(queries: &Tensor, keys: &Tensor, earlier: &Tensor) -> Self {
        let (query, key) = (queries.unsqueeze(2), keys.unsqueeze(1)); // [batch, queries, 1], [batch, 1, keys]
        let related = key.eq(PROMPT).logical_or(&key.eq_tensor(&query));
        // Padding looks at padding: its output is never used, but a row without any key would be NaN.
        let allowed = related.logical_and(earlier).unsqueeze(1); // [batch, 1, queries, keys]
        let blocked = allowed.logical_not();
        Self(Tensor::zeros_like(&allowed).to_kind(Kind::Float).masked_fill(&blocked, f64::NEG_INFINITY))
    }

    /// The additive mask in the kind attention computes in.
    pub(super) fn additive(&self, kind: Kind) -> Tensor {
        self.0.to_kind(kind)
    }
}
