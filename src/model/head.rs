//! From final hidden states to logits.

use tch::{Kind, TchError, Tensor};

/// Logits `[.., vocab]` of hidden states `[.., hidden]` with head weights `[vocab, hidden]`, in float32 or wider: half
/// precision has too few digits for the log-probs that the ratio of new to old is made of.
pub fn logits(hidden: &Tensor, weight: &Tensor) -> Result<Tensor, TchError> {
    let product = hidden.f_linear(weight, None::<&Tensor>)?;
    match product.f_kind()? {
        Kind::Float | Kind::Double => Ok(product),
        _ => product.f_to_kind(Kind::Float),
    }
}
