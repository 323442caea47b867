//! Log-probabilities of sampled tokens, and the entropy of the distribution they came from.
//!
//! `log p(token) = logit / temperature - logsumexp(logits / temperature)`, in float32 whatever the kind of the logits
//! (float64 stays): half precision would lose the digits that the ratio of new to old is made of. The vocabulary is
//! the last dimension; the leading ones are free, so that only the positions that are needed have logits at all:
//! `[rows, tokens, vocabulary]` for completions of one prompt length (see [`completion_logits`]), `[positions,
//! vocabulary]` for positions picked from several. The trainer's own way, a chunk of tokens at a time and with a gradient in closed
//! form, is [`train::head`](crate::train::head).

use tch::{Kind, Tensor, no_grad};

use super::RlError;
use super::error::{setting, shape};

/// The logits that predict the completion: position `t` of a sequence is predicted at `t - 1`.
///
/// `logits`: `[rows, length, vocabulary]` over prompt and completion; `prompt_length`: tokens before the completion, at
/// least 1. Returns a view `[rows, length - prompt_length, vocabulary]`.
pub fn completion_logits(logits: &Tensor, prompt_length: i64) -> Result<Tensor, RlError> {
    let (_rows, length, _vocabulary) = logits.size3()?;
    let valid = (1..=length).contains(&prompt_length);
    setting("prompt_length", prompt_length as f64, "from 1 to the length of the sequence", valid)?;
    Ok(logits.f_narrow(1, prompt_length - 1, length - prompt_length)?)
}

/// Log-probability of each chosen token at `temperature`, with gradient.
///
/// `logits`: `[…, vocabulary]`; `tokens`: `[…]`, int64. Returns `[…]`, float32 or wider.
pub fn log_probs(logits: &Tensor, tokens: &Tensor, temperature: f64) -> Result<Tensor, RlError> {
    let scaled = scaled(logits, temperature)?; // […, vocabulary]
    let size = scaled.size();
    shape("tokens", tokens, size.split_last().map_or(&[], |(_vocabulary, leading)| leading))?;
    let chosen = scaled.f_gather(-1, &tokens.f_unsqueeze(-1)?, false)?.f_squeeze_dim(-1)?; // […]
    Ok(chosen.f_sub(&scaled.f_logsumexp(-1, false)?)?)
}

/// Entropy of each distribution at `temperature`, in nats, without gradient.
///
/// `logits`: `[…, vocabulary]`. Returns `[…]`, float32 or wider. A logit of minus infinity adds nothing.
pub fn entropy(logits: &Tensor, temperature: f64) -> Result<Tensor, RlError> {
    no_grad(|| {
        let probabilities = scaled(logits, temperature)?.f_softmax(-1, None)?;
        Ok(probabilities.f_special_entr()?.f_sum_dim_intlist(-1, false, None)?)
    })
}

fn scaled(logits: &Tensor, temperature: f64) -> Result<Tensor, RlError> {
    setting("temperature", temperature, "more than 0", temperature > 0.0)?;
    let wide = match logits.f_kind()? {
        Kind::Double | Kind::Float => logits.shallow_clone(),
        _ => logits.f_to_kind(Kind::Float)?,
    };
    // Dividing by 1 would copy the logits, the largest tensor of the step.
    let unchanged = (temperature - 1.0).abs() < f64::EPSILON;
    Ok(if unchanged { wide } else { wide.f_div_scalar(temperature)? })
}
