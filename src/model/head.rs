//! From final hidden states to logits.

use tch::{Kind, TchError, Tensor};

use super::product::{LaidOut, unrounded_linear};
use crate::kernels::Added;

/// Logits `[.., vocab]` of hidden states `[.., hidden]` with head weights `[vocab, hidden]`, in float32 or wider: half
/// precision has too few digits for the log-probs that the ratio of new to old is made of.
pub fn logits(hidden: &Tensor, weight: &Tensor) -> Result<Tensor, TchError> {
    let (hidden_size, weight_size) = (hidden.size(), weight.size());
    if weight_size.len() != 2 || hidden_size.last() != weight_size.last() {
        return Err(TchError::Shape(format!("hidden states {hidden_size:?} for head weights {weight_size:?}")));
    }
    let product = unrounded_linear(hidden, weight, &LaidOut::default(), Added::default());
    match product.f_kind()? {
        Kind::Float | Kind::Double => Ok(product),
        _ => product.f_to_kind(Kind::Float),
    }
}
