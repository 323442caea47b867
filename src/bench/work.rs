//! The arithmetic that a step of prompts x completions needs at least, counted from the shape of the transformer.
//!
//! A multiplication and an addition are two operations. With `B` the weights of all matrices of the layers, `H` those of the
//! head (vocabulary x hidden), and `A(k) = 4 k layers heads head_dim` for attending to `k` keys:
//!
//! ```text
//! a token through the layers       2 B + A(keys it sees)
//! logits of a token                2 H
//! ```
//!
//! A prompt passes once for its whole group, its tokens seeing those before them. A completion of `n` tokens feeds `n - 1` and
//! needs `n` rows of logits, but its first row is the prompt's last and is counted once a group in generation. Learning
//! costs three times its forward pass (the gradients with respect to inputs and to weights are as large each), or twice where
//! adapters are trained and the weights have no gradient. Norms, rotations, activations, adapters, sampling and the optimizer are
//! not counted, so that the share of the machine's limit is never flattered.
//!
//! Generation is bounded by memory where weights are large: each decoding step reads every weight once, and the keys and values of
//! everything seen so far, a group's prompt once.

use serde::Serialize;
use tch::Kind;

use crate::model::ModelConfig;

/// What a step works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Workload {
    /// Prompts a step.
    pub prompts: u64,
    /// Completions a prompt.
    pub group: u64,
    /// Tokens a prompt.
    pub prompt_len: u64,
    /// Tokens a completion, exactly.
    pub new: u64,
}

/// What a step needs at least.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Work {
    /// Floating-point operations.
    pub flop: f64,
    /// Bytes of weights and cached keys and values read; `None` where arithmetic is the limit.
    pub bytes_read: Option<f64>,
}

impl Workload {
    /// Completions a step.
    pub fn completions(&self) -> u64 {
        self.prompts * self.group
    }

    /// The work of generating.
    pub fn generation(&self, shape: &ModelConfig, kind: Kind) -> Work {
        let count = Count::of(shape);
        let rows = self.prompts as f64 * (1.0 + self.group as f64 * (self.new as f64 - 1.0));
        let bytes = kind.elt_size_in_bytes() as f64;
        let weights = (count.layers + count.head) * bytes;
        let pair = (2 * shape.num_hidden_layers * shape.num_key_value_heads * shape.head_dim) as f64 * bytes;
        let (prompts, completions) = (self.prompts as f64, self.completions() as f64);
        let decoding: f64 = (1..self.new)
            .map(|step| weights + pair * (prompts * self.prompt_len as f64 + completions * step as f64))
            .sum();
        Work { flop: self.through_layers(&count) + 2.0 * count.head * rows, bytes_read: Some(weights + decoding) }
    }

    /// The work of one update, forward and backward; `adapts` where adapters alone are trained.
    pub fn learning(&self, shape: &ModelConfig, adapts: bool) -> Work {
        let count = Count::of(shape);
        let rows = (self.completions() * self.new) as f64;
        let passes = if adapts { 2.0 } else { 3.0 };
        Work { flop: passes * (self.through_layers(&count) + 2.0 * count.head * rows), bytes_read: None }
    }

    /// Operations of the layers, forward, each prompt once.
    fn through_layers(&self, count: &Count) -> f64 {
        let (prompts, completions) = (self.prompts as f64, self.completions() as f64);
        let (length, fed) = (self.prompt_len as f64, self.new as f64 - 1.0);
        let tokens = prompts * length + completions * fed;
        let keys_of_prompt = length * (length + 1.0) / 2.0;
        let keys_of_completion = fed * length + fed * (fed + 1.0) / 2.0;
        2.0 * count.layers * tokens + count.per_key * (prompts * keys_of_prompt + completions * keys_of_completion)
    }
}

impl std::ops::Add for Work {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { flop: self.flop + other.flop, bytes_read: None }
    }
}

/// Weights and operations of a shape.
struct Count {
    /// Weights of the layers' matrices.
    layers: f64,
    /// Weights of the head.
    head: f64,
    /// Operations of attending to one key, in all layers.
    per_key: f64,
}

impl Count {
    fn of(shape: &ModelConfig) -> Self {
        let (hidden, wide) = (shape.hidden_size, shape.intermediate_size);
        let queries = shape.num_attention_heads * shape.head_dim;
        let pairs = shape.num_key_value_heads * shape.head_dim;
        let layer = 2 * hidden * queries + 2 * hidden * pairs + 3 * hidden * wide;
        Self {
            layers: (layer * shape.num_hidden_layers) as f64,
            head: (shape.vocab_size * hidden) as f64,
            per_key: (4 * queries * shape.num_hidden_layers) as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::random;

    /// One layer, hidden 4, one head of 4, feed-forward 8, vocabulary 16: 160 weights in the layer, 64 in the head.
    #[test]
    fn counted_by_hand() {
        let shape = random::config("random:qwen2:hidden=4,layers=1,heads=1,kv=1,inter=8,vocab=16").unwrap();
        let workload = Workload { prompts: 1, group: 2, prompt_len: 3, new: 2 };
        // Five tokens pass; the prompt's see 1, 2 and 3 keys, each completion's fed token sees 4.
        let layers = 2.0 * 160.0 * 5.0 + 16.0 * (6.0 + 8.0);
        let generation = workload.generation(&shape, Kind::Float);
        let equal = |one: f64, other: f64| (one - other).abs() < f64::EPSILON;
        assert!(equal(generation.flop, layers + 2.0 * 64.0 * 3.0));
        // All weights for the prompt, and again for the one decoding step, which sees 5 pairs of 4 + 4 numbers.
        assert_eq!(generation.bytes_read, Some(4.0 * (224.0 + 224.0 + 8.0 * 5.0)));
        assert!(equal(workload.learning(&shape, false).flop, 3.0 * (layers + 2.0 * 64.0 * 4.0)));
        assert!(equal(workload.learning(&shape, true).flop, 2.0 * (layers + 2.0 * 64.0 * 4.0)));
    }
}
