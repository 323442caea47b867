//! From final hidden states to logits.

use tch::{TchError, Tensor};

use super::product::{LaidOut, wide_linear};

/// Logits `[.., vocab]` of hidden states `[.., hidden]` with head weights `[vocab, hidden]`, in float32 or wider: half
/// precision has too few digits for the log-probs that the ratio of new to old is made of.
pub fn logits(hidden: &Tensor, weight: &Tensor) -> Result<Tensor, TchError> {
    let (hidden_size, weight_size) = (hidden.size(), weight.size());
    if weight_size.len() != 2 || hidden_size.last() != weight_size.last() {
        return Err(TchError::Shape(format!("hidden states {hidden_size:?} for head weights {weight_size:?}")));
    }
    Ok(wide_linear(hidden, weight, &LaidOut::default()))
}
