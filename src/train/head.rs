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
//! derivative then comes here. Tokens are taken in chunks. Some keep their probabilities for the way back, a batch that fits one
//! chunk always; the logits of the others are computed again.

use std::collections::VecDeque;

use tch::{Device, Kind, Tensor, no_grad};

use super::TrainError;
use crate::kernels;
use crate::model::{gradient_of_input, gradient_of_weight, logits};

/// Most logits held at once on the CPU: 128 MB of float32.
const CPU_CHUNK_LOGITS: i64 = 1 << 25;
/// Most logits held at once on a GPU: 1 GB of float32; smaller chunks leave its matrix units idle.
const GPU_CHUNK_LOGITS: i64 = 1 << 28;

/// Most probabilities kept beside them for the way back on a GPU, in the number format of the weights: 4 GB of bfloat16.
const GPU_KEPT: i64 = 1 << 31;

/// Most probabilities of several chunks that are kept for the way back on `device`, of weights of `kind`.
pub(super) fn kept_probabilities(kind: Kind, device: Device) -> i64 {
    let is_half = matches!(kind, Kind::BFloat16 | Kind::Half);
    if device == Device::Cpu || !is_half { 0 } else { GPU_KEPT }
}

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
    /// Probabilities of the first chunks, `[chunk tokens, vocab]` each.
    kept: VecDeque<Tensor>,
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
            let (mut log_probs, mut entropy, mut kept) = (Vec::new(), Vec::new(), VecDeque::new());
            let vocab = self.weight.size()[0];
            let room = kept_probabilities(self.weight.kind(), self.weight.device());
            for (start, length) in self.chunks(tokens) {
                let (hidden, targets) = (hidden.f_narrow(0, start, length)?, targets.f_narrow(0, start, length)?);
                let [log_prob, row_entropy, probabilities] = self.score(&hidden, &targets)?;
                log_probs.push(log_prob);
                entropy.push(row_entropy);
                if length == tokens {
                    kept.push_back(probabilities);
                } else if (start + length) * vocab <= room {
                    kept.push_back(probabilities.f_to_kind(self.weight.kind())?);
                }
            }
            let joined = |parts: &[Tensor]| match parts {
                [] => Tensor::f_zeros([0], (Kind::Float, hidden.device())),
                [whole] => Ok(whole.shallow_clone()),
                parts => Tensor::f_cat(parts, 0),
            };
            Ok(TokenLogProbs { log_probs: joined(&log_probs)?, entropy: joined(&entropy)?, kept })
        })
    }

    /// Log-probs `[chunk]`, entropies `[chunk]` and probabilities `[chunk, vocab]` of a chunk.
    fn score(&self, hidden: &Tensor, targets: &Tensor) -> Result<[Tensor; 3], TrainError> {
        if kernels::suits(&[hidden, self.weight]) || kernels::widens(&[hidden, self.weight]) {
            let mut logits = logits(hidden, self.weight)?;
            let (log_prob, entropy) = kernels::score(&mut logits, &targets.f_contiguous()?, self.temperature);
            return Ok([log_prob, entropy, logits]);
        }
        let logits = self.scaled_logits(hidden)?; // [chunk, vocab]
        let probabilities = logits.f_softmax(-1, None)?;
        // The largest probability is never too small for its logarithm, and spares a sum over the vocabulary.
        let (largest, at) = logits.f_max_dim(-1, true)?;
        let normalizer = largest.f_sub(&probabilities.f_gather(-1, &at, false)?.f_log()?)?; // [chunk, 1]
        let log_prob = logits.f_gather(-1, &targets.f_unsqueeze(-1)?, false)?.f_sub(&normalizer)?.f_squeeze_dim(-1)?;
        let mean_logit = probabilities.f_mul(&logits)?.f_sum_dim_intlist(-1, false, None)?;
        let entropy = normalizer.f_squeeze_dim(-1)?.f_sub(&mean_logit)?;
        Ok([log_prob, entropy, probabilities])
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
            let TokenLogProbs { log_probs, mut kept, .. } = output;
            let derivative = derivative.f_div_scalar(self.temperature)?;
            // (onehot - p) at the target, which p in half precision has too few digits for.
            let at_target = log_probs.f_expm1()?.f_neg()?.f_mul(&derivative)?; // [tokens]
            for (start, length) in self.chunks(hidden.size()[0]) {
                let hidden = hidden.f_narrow(0, start, length)?;
                let mut of_logits = match kept.pop_front() {
                    Some(probabilities) => probabilities,
                    None => self.scaled_logits(&hidden)?.f_softmax(-1, None)?,
                }; // [length, vocab]
                let column = |rows: &Tensor| rows.f_narrow(0, start, length)?.f_unsqueeze(-1);
                let _ = of_logits.f_mul_(&column(&derivative)?.f_neg()?)?;
                let _ =
                    of_logits.f_scatter_(-1, &column(targets)?, &column(&at_target)?.f_to_kind(of_logits.kind())?)?;
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
