//! The reward: accuracy plus optional format, length and repetition terms, each with a weight and each logged apart.
//!
//! ```
//! use ssl4rl::tasks::{RewardTerms, RewardWeights, Verdict};
//! let terms = RewardTerms::of("<answer>b</answer>", 4, 16, &Verdict::right("b"));
//! assert_eq!(terms.total(&RewardWeights::default()), 1.0);
//! ```

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Verdict, protocol};

/// Weight of each term; the default pays accuracy alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RewardWeights {
    /// Weight of the verdict's score.
    pub accuracy: f32,
    /// Weight of well-formedness: an optional think block, one answer block, nothing else.
    pub format: f32,
    /// Weight of the share of the token budget used; negative discourages length.
    pub length: f32,
    /// Weight of the share of repeated word 4-grams; negative discourages repetition.
    pub repetition: f32,
}

impl Default for RewardWeights {
    fn default() -> Self {
        Self { accuracy: 1.0, format: 0.0, length: 0.0, repetition: 0.0 }
    }
}

/// The terms of one completion, unweighted, each in `[0, 1]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RewardTerms {
    /// The verdict's score.
    pub accuracy: f32,
    /// 1 when well-formed.
    pub format: f32,
    /// Tokens used over tokens allowed.
    pub length: f32,
    /// Share of word 4-grams that occurred before in the completion.
    pub repetition: f32,
}

impl RewardTerms {
    /// The terms of `completion`, which took `tokens` of `max_tokens`.
    pub fn of(completion: &str, tokens: usize, max_tokens: usize, verdict: &Verdict) -> Self {
        Self {
            accuracy: verdict.score,
            format: f32::from(u8::from(protocol::well_formed(completion))),
            length: (tokens as f32 / max_tokens.max(1) as f32).min(1.0),
            repetition: repeated_share(completion),
        }
    }

    /// The weighted sum.
    pub fn total(&self, weights: &RewardWeights) -> f32 {
        weights.accuracy * self.accuracy
            + weights.format * self.format
            + weights.length * self.length
            + weights.repetition * self.repetition
    }
}

fn repeated_share(text: &str) -> f32 {
    const WINDOW: usize = 4;
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() < WINDOW {
        return 0.0;
    }
    let windows = words.len() - WINDOW + 1;
    let distinct: BTreeSet<&[&str]> = words.windows(WINDOW).collect();
    (windows - distinct.len()) as f32 / windows as f32
}
