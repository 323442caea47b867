//! Choosing the next token: temperature, top-k, top-p, then one uniform number a row through the inverse of the
//! cumulative distribution.
//!
//! The number comes from the completion's own seeded stream, so that a completion does not depend on what else is in the
//! batch. The recorded log-prob is that of the distribution sampled from.

use tch::{Kind, Tensor};

use crate::config::RolloutConfig;
use crate::kernels;

/// How tokens are drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampling {
    /// Divides the logits; 0 takes the most likely token.
    pub temperature: f64,
    /// Smallest set of tokens whose probability reaches this is kept; 1 keeps all.
    pub top_p: f64,
    /// Most likely tokens kept; 0 keeps all.
    pub top_k: i64,
    /// Shortest completion, in tokens: before it has as many, a completion cannot end.
    pub min_new_tokens: i64,
    /// Longest completion, in tokens.
    pub max_new_tokens: i64,
    /// Tokens that end a completion, beside the end of the turn.
    pub stop_tokens: Vec<i64>,
    /// Texts that end a completion. They stay in it: what was drawn is what is learned from.
    pub stop_strings: Vec<String>,
    /// Most memory of cached keys and values, in bytes; completions beyond it wait.
    pub cache_bytes: i64,
}

impl Default for Sampling {
    /// The distribution as it is, for 16 tokens at most.
    fn default() -> Self {
        Self {
            temperature: 1.0,
            top_p: 1.0,
            top_k: 0,
            min_new_tokens: 0,
            max_new_tokens: 16,
            stop_tokens: Vec::new(),
            stop_strings: Vec::new(),
            cache_bytes: 4 << 30,
        }
    }
}

impl Sampling {
    /// The settings of a run's rollouts.
    pub fn of(config: &RolloutConfig) -> Self {
        Self {
            temperature: config.temperature,
            top_p: config.top_p,
            top_k: config.top_k,
            min_new_tokens: config.min_new_tokens,
            max_new_tokens: config.max_new_tokens,
            stop_tokens: Vec::new(),
            stop_strings: config.stop.clone(),
            cache_bytes: (config.cache_gib * f64::from(1 << 30)) as i64,
        }
    }

    /// Whether every token of the vocabulary can be drawn.
    fn keeps_all(&self, logits: &Tensor) -> bool {
        let vocab = logits.size().last().copied().unwrap_or(0);
        self.temperature > 0.0 && self.top_p >= 1.0 && (self.top_k == 0 || self.top_k >= vocab)
    }

    /// Always the most likely token.
    pub fn greedy(max_new_tokens: i64) -> Self {
        Self { temperature: 0.0, max_new_tokens, ..Self::default() }
    }
}

/// Draws a token a row: `logits` `[rows, vocab]` float32, `uniforms` `[rows]` in `[0, 1)`; gives tokens `[rows]` and their
/// log-probs `[rows]`.
pub fn choose(logits: &Tensor, uniforms: &Tensor, sampling: &Sampling) -> (Tensor, Tensor) {
    if sampling.keeps_all(logits) && kernels::suits(&[logits, uniforms]) {
        return kernels::draw(logits, uniforms, sampling.temperature);
    }
    let log_probs = if sampling.temperature == 0.0 {
        logits.log_softmax(-1, Kind::Float)
    } else {
        truncate(&(logits / sampling.temperature), sampling).log_softmax(-1, Kind::Float)
    };
    let tokens = if sampling.temperature == 0.0 {
        log_probs.argmax(-1, true)
    } else {
        let cumulative = log_probs.exp().cumsum(-1, Kind::Float); // [rows, vocab]
        // In float32 a uniform number just below 1 may round the point up to the total itself; stay below it.
        let total = cumulative.narrow(-1, -1, 1);
        let point = uniforms.unsqueeze(-1).clamp_max(1.0 - f64::from(f32::EPSILON)) * &total;
        // The first token whose cumulative probability exceeds the point; a token of probability 0 never is.
        cumulative.le_tensor(&point).sum_dim_intlist([-1_i64].as_slice(), true, Kind::Int64)
    };
    let chosen = log_probs.gather(-1, &tokens, false);
    (tokens.squeeze_dim(-1), chosen.squeeze_dim(-1))
}

/// Sets logits outside the top k and outside the nucleus to minus infinity.
fn truncate(logits: &Tensor, sampling: &Sampling) -> Tensor {
    let vocab = logits.size().last().copied().unwrap_or(0);
    let mut kept = logits.shallow_clone();
    if sampling.top_k > 0 && sampling.top_k < vocab {
        let (best, _) = kept.topk(sampling.top_k, -1, true, true);
        let threshold = best.narrow(-1, -1, 1);
        kept = kept.masked_fill(&kept.lt_tensor(&threshold), f64::NEG_INFINITY);
    }
    if sampling.top_p < 1.0 {
        let (sorted, order) = kept.sort(-1, true);
        let probabilities = sorted.softmax(-1, Kind::Float);
        let before = probabilities.cumsum(-1, Kind::Float) - &probabilities;
        let sorted = sorted.masked_fill(&before.ge(sampling.top_p), f64::NEG_INFINITY);
        kept = kept.scatter(-1, &order, &sorted);
    }
    kept
}
