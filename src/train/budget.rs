//! [`PromptBudget`]: how long the prompts of a run are, known before it is trained, and which of them are not asked.
//!
//! A prompt with media can be far longer than its text. Where many are over the budget, a run trains on what is left, and its
//! user should know.

use serde::Serialize;

use super::TrainError;
use super::ask::Room;
use super::questions;
use crate::config::Config;
use crate::model::Policy;
use crate::tasks::{Mixture, Split};

/// Questions that are looked at, the first of the training stream.
const SEEN: u64 = 64;

/// Lengths of the first prompts of a run, in tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PromptBudget {
    /// Prompts that were looked at.
    pub seen: usize,
    /// Longest prompt that is asked.
    pub most_tokens: i64,
    /// Their median length.
    pub median_tokens: usize,
    /// The longest of them.
    pub longest_tokens: usize,
    /// Tokens of the longest that stand for media.
    pub media_tokens: usize,
    /// Those over the budget.
    pub over: Vec<OverBudget>,
}

/// A prompt that is not asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OverBudget {
    /// Its task.
    pub task: &'static str,
    /// Its index in the stream of questions.
    pub index: u64,
    /// Its length, in tokens.
    pub tokens: usize,
}

impl PromptBudget {
    /// Looks at the first questions that the run will draw.
    pub fn of(mixture: &Mixture, policy: &Policy, config: &Config) -> Result<Self, TrainError> {
        let drawn = questions::draw(mixture, &policy.tokenizer, Split::Train, 0..SEEN)?;
        let most_tokens = Room::of(policy, config).longest_prompt();
        let is_over = |question: &&questions::Question| question.prompt_tokens() as i64 > most_tokens;
        let over = drawn.iter().filter(is_over).map(|question| OverBudget {
            task: mixture.tasks()[question.task].name(),
            index: question.index,
            tokens: question.prompt_tokens(),
        });
        let longest = drawn.iter().max_by_key(|question| question.prompt_tokens());
        let media = longest.iter().flat_map(|question| &question.encoded.media);
        let mut lengths: Vec<usize> = drawn.iter().map(questions::Question::prompt_tokens).collect();
        lengths.sort_unstable();
        Ok(Self {
            seen: lengths.len(),
            most_tokens,
            median_tokens: lengths.get(lengths.len() / 2).copied().unwrap_or_default(),
            longest_tokens: lengths.last().copied().unwrap_or_default(),
            media_tokens: media.map(|placed| placed.medium.offsets.len()).sum(),
            over: over.collect(),
        })
    }

    /// Whether there are media, whose length nobody sees beforehand, or prompts over the budget.
    pub fn is_worth_telling(&self) -> bool {
        self.media_tokens > 0 || !self.over.is_empty()
    }

    /// The same in one line.
    pub fn summary(&self) -> String {
        let Self { seen, most_tokens, median_tokens, longest_tokens, media_tokens, over } = self;
        let over = match over.first() {
            None => "all are asked".to_owned(),
            Some(first) => format!(
                "{} of {seen} are longer and are not asked, the first of them question {} of {} with {}",
                over.len(),
                first.index,
                first.task,
                first.tokens
            ),
        };
        format!(
            "prompts have {median_tokens} tokens, the longest {longest_tokens} ({media_tokens} for its media), and room for {most_tokens}: \
             {over}"
        )
    }
}
