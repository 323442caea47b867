//! From final hidden states to logits.

use tch::{Kind, TchError, Tensor};

use super::layers::lays_out;
use crate::kernels::{self, Added, Panels};

/// Logits `[.., vocab]` of hidden states `[.., hidden]` with head weights `[vocab, hidden]`, in float32 or wider: half
/// precision has too few digits for the log-probs that the ratio of new to old is made of.
pub fn logits(hidden: &Tensor, weight: &Tensor) -> Result<Tensor, TchError> {
    if lays_out(hidden) && kernels::suits(&[hidden, weight]) {
        return Ok(Panels::of_transpose(weight).multiply(hidden, Added::default()));
    }
    let product = hidden.f_linear(weight, None::<&Tensor>)?;
    match product.f_kind()? {
        Kind::Float | Kind::Double => Ok(product),
        _ => product.f_to_kind(Kind::Float),
    }
}
