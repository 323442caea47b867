//! Answers: completions read back as text, verified, and turned into rewards.

use rayon::prelude::*;

use super::TrainError;
use super::questions::Question;
use crate::config::RewardConfig;
use crate::model::Tokenizer;
use crate::rollout::Completion;
use crate::tasks::{Mixture, RewardTerms, Verdict};

/// A completion and what the verifier says of it.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What the policy wrote.
    pub completion: Completion,
    /// The same as text.
    pub text: String,
    /// The verifier's word.
    pub verdict: Verdict,
    /// The reward's terms.
    pub terms: RewardTerms,
    /// The weighted sum that is learned from.
    pub reward: f32,
}

/// Verifies every completion, in parallel: `[question][member]`.
pub fn verify(
    mixture: &Mixture,
    tokenizer: &Tokenizer,
    settings: &RewardConfig,
    max_new_tokens: i64,
    questions: &[Question],
    groups: Vec<Vec<Completion>>,
) -> Result<Vec<Vec<Answer>>, TrainError> {
    questions
        .par_iter()
        .zip(groups)
        .map(|(question, group)| {
            group
                .into_iter()
                .map(|completion| {
                    let text = tokenizer.decode(&completion.ids)?;
                    let task = mixture.tasks()[question.task].as_ref();
                    let verdict = settings.reading().verdict(task, &text, completion.truncated, &question.truth)?;
                    let (tokens, budget) = (completion.ids.len(), max_new_tokens as usize);
                    let terms = RewardTerms::of(&text, tokens, budget, &verdict);
                    let terms = terms.with_overlong(tokens, budget, settings.overlong_share);
                    let reward = terms.total(&settings.weights);
                    if !reward.is_finite() {
                        return Err(TrainError::Reward { task: task.name(), index: question.index, value: reward });
                    }
                    Ok(Answer { completion, text, verdict, terms, reward })
                })
                .collect()
        })
        .collect()
}
