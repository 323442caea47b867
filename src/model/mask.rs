//! Padded rows, each a prompt with several branches growing from it, and which of their tokens look at which.
//!
//! A row holds a prompt and, after it, any number of completions of that prompt (its branches). A token sees the prompt
//! before it and its own branch before it, never another branch and never padding; so a group of completions shares one
//! copy of its prompt, and every completion is computed as if it stood alone. This is the plainest [`Attend`]: one mask over all
//! pairs of tokens of a row.

use tch::{Kind, Tensor};

use super::attend::Attend;

/// Branch number of a token: padding.
pub const PADDING: i64 = -1;
/// Branch number of a token: the prompt, seen by every branch. Branches count from 1.
pub const PROMPT: i64 = 0;

/// Attention within rows of equal width; tokens are packed row after row, padding included.
#[derive(Debug)]
pub struct BranchedRows {
    rows: i64,
    /// Float32 `[rows, 1, width, width]`: 0 where a query may look, minus infinity elsewhere.
    mask: Tensor,
}

impl BranchedRows {
    /// Rows with the branch number of every token, `[rows, width]`.
    pub fn new(branches: &Tensor) -> Self {
        let (rows, width) = (branches.size()[0], branches.size()[1]);
        let order = Tensor::arange(width, (Kind::Int64, branches.device()));
        let earlier = order.unsqueeze(0).le_tensor(&order.unsqueeze(1)); // [queries, keys]
        let (query, key) = (branches.unsqueeze(2), branches.unsqueeze(1)); // [rows, width, 1], [rows, 1, width]
        let related = key.eq(PROMPT).logical_or(&key.eq_tensor(&query));
        // Padding looks at padding: its output is never used, but a row without any key would be NaN.
        let allowed = related.logical_and(&earlier).unsqueeze(1);
        let mask = allowed.zeros_like().to_kind(Kind::Float).masked_fill(&allowed.logical_not(), f64::NEG_INFINITY);
        Self { rows, mask }
    }
}

impl Attend for BranchedRows {
    fn attend(&mut self, _layer: usize, queries: &Tensor, keys: &Tensor, values: &Tensor) -> Tensor {
        let (tokens, heads) = (queries.size()[0], queries.size()[1]);
        let in_rows = |packed: &Tensor| {
            let (heads, head_dim) = (packed.size()[1], packed.size()[2]);
            packed.view([self.rows, tokens / self.rows, heads, head_dim]).transpose(1, 2)
        };
        let grouped = heads != keys.size()[1];
        let mixed = Tensor::scaled_dot_product_attention(
            &in_rows(queries),
            &in_rows(keys),
            &in_rows(values),
            Some(self.mask.to_kind(queries.kind())),
            0.0,
            false,
            None,
            grouped,
        ); // [rows, heads, width, head_dim]
        mixed.transpose(1, 2).reshape([tokens, -1])
    }
}
