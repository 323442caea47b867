//! The reward: accuracy plus optional format, length, repetition and overlong terms, each with a weight and each logged apart.
//!
//! ```
//! use ssl4rl_tasks::{RewardTerms, RewardWeights, Verdict};
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
    /// Weight of a line that is said over and over; negative discourages it.
    pub repeated_lines: f32,
    /// Weight of the use of the last part of the token budget; negative discourages it (-1: DAPO's soft punishment).
    pub overlong: f32,
    /// Whether a completion that is not well-formed has no reward at all: neither earnings nor punishments.
    pub format_required: bool,
}

impl Default for RewardWeights {
    fn default() -> Self {
        Self {
            accuracy: 1.0,
            format: 0.0,
            length: 0.0,
            repetition: 0.0,
            repeated_lines: 0.0,
            overlong: 0.0,
            format_required: false,
        }
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
    /// 1 where a line of seven words or more stands more than three times in a row, as in the reward of Visual Jigsaw
    /// (arXiv 2509.25190).
    #[serde(default)]
    pub repeated_lines: f32,
    /// 0 up to the soft end of the token budget, 1 at its hard end, linear in between; see [`RewardTerms::with_overlong`].
    #[serde(default)]
    pub overlong: f32,
}

impl RewardTerms {
    /// The terms of `completion`, which took `tokens` of `max_tokens`.
    pub fn of(completion: &str, tokens: usize, max_tokens: usize, verdict: &Verdict) -> Self {
        Self {
            accuracy: verdict.score,
            format: f32::from(u8::from(protocol::well_formed(completion))),
            length: (tokens as f32 / max_tokens.max(1) as f32).min(1.0),
            repetition: repeated_share(completion),
            repeated_lines: f32::from(u8::from(repeats_a_line(completion))),
            overlong: 0.0,
        }
    }

    /// With the overlong term of a completion of `tokens`: it rises over the last `share` of `max_tokens`.
    ///
    /// Weighted by -1 this is DAPO's soft overlong punishment (Yu et al. 2025, equation 13), whose cache is
    /// `share * max_tokens` tokens long.
    #[must_use]
    pub fn with_overlong(self, tokens: usize, max_tokens: usize, share: f64) -> Self {
        let zone = share * max_tokens as f64;
        let into_zone = tokens as f64 - (max_tokens as f64 - zone);
        Self { overlong: (into_zone / zone).clamp(0.0, 1.0) as f32, ..self }
    }

    /// The weighted sum.
    pub fn total(&self, weights: &RewardWeights) -> f32 {
        if weights.format_required && self.format < 1.0 {
            return 0.0;
        }
        weights.accuracy * self.accuracy
            + weights.format * self.format
            + weights.length * self.length
            + weights.repetition * self.repetition
            + weights.repeated_lines * self.repeated_lines
            + weights.overlong * self.overlong
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

/// Lines are compared without case and the white space around them; empty ones do not part them.
fn repeats_a_line(text: &str) -> bool {
    const LEAST_WORDS: usize = 7;
    const MOST_IN_A_ROW: usize = 3;
    let (mut last, mut run) = (String::new(), 0);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let line = line.to_lowercase();
        run = if line == last { run + 1 } else { 1 };
        if run > MOST_IN_A_ROW && line.split_whitespace().count() >= LEAST_WORDS {
            return true;
        }
        last = line;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_counts_as_repeated_from_the_fourth_time_in_a_row() {
        let (long, short) = ("The sky is above and the ground below.", "So it goes on.");
        let repeated = |text: &str| RewardTerms::of(text, 1, 8, &Verdict::right("")).repeated_lines.to_bits();
        let (yes, no) = (1.0_f32.to_bits(), 0.0_f32.to_bits());
        assert_eq!(repeated(&format!("{long}\n").repeat(3)), no);
        assert_eq!(repeated(&format!("  {long}\n\n").repeat(4)), yes);
        assert_eq!(repeated(&[long, &long.to_uppercase(), long, long].join("\n")), yes);
        assert_eq!(repeated(&[long, long, short, long, long].join("\n")), no);
        assert_eq!(repeated(&format!("{short}\n").repeat(9)), no);
    }

    #[test]
    fn what_must_be_well_formed_and_is_not_earns_nothing_and_costs_nothing() {
        let weights = RewardWeights { format: 0.2, length: -1.0, format_required: true, ..RewardWeights::default() };
        let total = |text| RewardTerms::of(text, 4, 8, &Verdict::right("b")).total(&weights).to_bits();
        assert_eq!(total("<answer>b</answer>"), (1.0_f32 + 0.2 - 0.5).to_bits());
        assert_eq!(total("It is <answer>b</answer>"), 0.0_f32.to_bits());
    }

    #[test]
    fn the_overlong_term_rises_over_the_end_of_the_budget() {
        let verdict = Verdict::unreadable("nothing");
        let overlong = |tokens| RewardTerms::of("", tokens, 20, &verdict).with_overlong(tokens, 20, 0.2).overlong;
        // A budget of 20 tokens whose last 4 are the soft zone.
        let expected: [(usize, f32); 6] = [(0, 0.0), (16, 0.0), (17, 0.25), (18, 0.5), (19, 0.75), (20, 1.0)];
        for (tokens, term) in expected {
            assert_eq!(overlong(tokens).to_bits(), term.to_bits(), "{tokens} tokens");
        }
        let terms = RewardTerms::of("", 18, 20, &Verdict::right("")).with_overlong(18, 20, 0.2);
        let total = terms.total(&RewardWeights { overlong: -1.0, ..RewardWeights::default() });
        assert_eq!(total.to_bits(), 0.5_f32.to_bits());
    }
}
