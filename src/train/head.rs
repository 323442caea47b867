//! The output head over the completion's tokens: log-probs and entropy without ever holding `[tokens, vocab]` of a whole
//! batch, and the gradient in closed form.
//!
//! With logits `z = x W^T / temperature`, `p = softmax(z)` and a loss whose derivative with respect to the log-prob of
//! token `t` is `c_t`:
//!
//! ```text
//! log_prob_t = z_t[target_t] - logsumexp(z_t)        dL/dz_t = c_t (onehot(target_t) - p_t)
//! dL/dx = dL/dz W / temperature                      dL/dW = (dL/dz)^T x / temperature
//! ```
//!
//! The loss is a function of the log-probs alone, so it is differentiated first, on a tensor of `[tokens]`; its
//! derivative then comes here. Tokens are taken in chunks. A batch that fits one chunk keeps its probabilities for the way
//! back; otherwise each chunk's logits are computed again.

use tch::{Device, Kind, Tensor, no_grad};

use super::TrainError;
use crate::kernels;
use crate::model::{gradient_of_input, gradient_of_weight, logits};

/// Most logits held at once on the CPU: 128 MB of float32.
const CPU_CHUNK_LOGITS: i64 = 1 << 25;
/// Most logits held at once on a GPU: 1 GB of float32; smaller chunks leave its matrix units idle.
const GPU_CHUNK_LOGITS: i64 = 1 << 28;

/// Most logits held at once on `device`.
pub(super) fn chunk_logits(device: Device) -> i64 {
    if device == Device::Cpu { CPU_CHUNK_LOGITS } else { GPU_CHUNK_LOGITS }
}

/// The output head of a transformer.
#[derive(Debug)]
pub struct Head<'model> {
    weight: &'model Tensor, // [vocab, hidden]
    temperature: f64,
    chunk_tokens: i64,
}

/// What the head says of every token, without gradient.
#[derive(Debug)]
pub struct TokenLogProbs {
    /// Log-prob of each target, `[tokens]` float32 or wider.
    pub log_probs: Tensor,
    /// Entropy of each distribution in nats, `[tokens]`.
    pub entropy: Tensor,
    /// Probabilities `[tokens, vocab]`, where one chunk held them all.
    kept: Option<Tensor>,
}

impl<'model> Head<'model> {
    /// The head with weights `[vocab, hidden]`, sampling at `temperature`.
    pub fn new(weight: &'model Tensor, temperature: f64) -> Self {
        let vocab = weight.size()[0].max(1);
        Self { weight, temperature, chunk_tokens: (chunk_logits(weight.device()) / vocab).max(1) }
    }

    /// The same with chunks of `tokens`.
    #[must_use]
    pub fn in_chunks_of(self, tokens: i64) -> Self {
        Self { chunk_tokens: tokens.max(1), ..self }
    }

    /// Log-probs of `targets` `[tokens]` after hidden states `[tokens, hidden]`, the final norm applied.
    pub fn forward(&self, hidden: &Tensor, targets: &Tensor) -> Result<TokenLogProbs, TrainError> {
        no_grad(|| {
            let tokens = hidden.size()[0];
            let (mut log_probs, mut entropy, mut kept) = (Vec::new(), Vec::new(), None);
            for (start, length) in self.chunks(tokens) {
                let hidden = hidden.f_narrow(0, start, length)?;
                if kernels::suits(&[&hidden, self.weight]) || kernels::widens(&[&hidden, self.weight]) {
                    let mut logits = logits(&hidden, self.weight)?;
                    let targets = targets.f_narrow(0, start, length)?.f_contiguous()?;
                    let (log_prob, row_entropy) = kernels::score(&mut logits, &targets, self.temperature);
                    log_probs.push(log_prob);
                    entropy.push(row_entropy);
                    kept = (length == tokens).then_some(logits);
                    continue;
                }
                let logits = self.scaled_logits(&hidden)?; // [length, vocab]
                let normalizer = logits.f_logsumexp(-1, true)?; // [length, 1]
                let targets = targets.f_narrow(0, start, length)?.f_unsqueeze(-1)?;
                log_probs.push(logits.f_gather(-1, &targets, false)?.f_sub(&normalizer)?.f_squeeze_dim(-1)?);
                let probabilities = logits.f_sub(&normalizer)?.f_exp_()?;
                let mean_logit = probabilities.f_mul(&logits)?.f_sum_dim_intlist(-1, false, None)?;
                entropy.push(normalizer.f_squeeze_dim(-1)?.f_sub(&mean_logit)?);
                kept = (length == tokens).then_some(probabilities);
            }
            let joined = |parts: &[Tensor]| match parts {
                [] => Tensor::f_zeros([0], (Kind::Float, hidden.device())),
                [whole] => Ok(whole.shallow_clone()),
                parts => Tensor::f_cat(parts, 0),
            };
            Ok(TokenLogProbs { log_probs: joined(&log_probs)?, entropy: joined(&entropy)?, kept })
        })
    }

    /// The way back: given `dL/d log_prob` `[tokens]`, returns `dL/d hidden` `[tokens, hidden]` and, where the weight is trained,
    /// `dL/d weight` `[vocab, hidden]` in float32 or wider.
    pub fn backward(
        &self,
        hidden: &Tensor,
        targets: &Tensor,
        output: TokenLogProbs,
        derivative: &Tensor,
    ) -> Result<(Tensor, Option<Tensor>), TrainError> {
        let options = (derivative.kind(), self.weight.device());
        let trained = self.weight.requires_grad();
        no_grad(|| {
            let mut of_weight = if trained { Some(Tensor::f_zeros(self.weight.size(), options)?) } else { None };
            let mut of_hidden = Vec::new();
            let mut kept = output.kept;
            for (start, length) in self.chunks(hidden.size()[0]) {
                let hidden = hidden.f_narrow(0, start, length)?;
                let probabilities = match kept.take() {
                    Some(probabilities) => probabilities,
                    None => self.scaled_logits(&hidden)?.f_softmax(-1, None)?,
                };
                let derivative = derivative.f_narrow(0, start, length)?.f_div_scalar(self.temperature)?;
                let targets = targets.f_narrow(0, start, length)?.f_unsqueeze(-1)?;
                let mut of_logits = probabilities; // [length, vocab]
                let _ = of_logits.f_mul_(&derivative.f_neg()?.f_unsqueeze(-1)?)?;
                let _ = of_logits.f_scatter_add_(-1, &targets, &derivative.f_unsqueeze(-1)?)?;
                if !kernels::widens(&[self.weight]) {
                    of_logits = of_logits.f_to_kind(self.weight.kind())?;
                }
                of_hidden.push(gradient_of_input(self.weight, &of_logits, None));
                if let Some(of_weight) = &mut of_weight {
                    let _ = of_weight.f_add_(&gradient_of_weight(&hidden, &of_logits))?;
                }
            }
            let of_hidden = match of_hidden.as_slice() {
                [] => hidden.f_zeros_like()?,
                [whole] => whole.shallow_clone(),
                parts => Tensor::f_cat(parts, 0)?,
            };
            Ok((of_hidden, of_weight))
        })
    }

    fn scaled_logits(&self, hidden: &Tensor) -> Result<Tensor, TrainError> {
        let mut logits = logits(hidden, self.weight)?;
        // Dividing by 1 would be one more pass over the largest tensor.
        if (self.temperature - 1.0).abs() > f64::EPSILON {
            let _ = logits.f_div_scalar_(self.temperature)?;
        }
        Ok(logits)
    }

    /// `(start, length)` of each chunk.
    fn chunks(&self, tokens: i64) -> impl Iterator<Item = (i64, i64)> + use<> {
        let chunk = self.chunk_tokens;
        (0..tokens).step_by(chunk as usize).map(move |start| (start, chunk.min(tokens - start)))
    }
}
