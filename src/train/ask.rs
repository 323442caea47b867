//! The questions of one step: fresh ones from the training split, those left out that do not fit the model's context.
//!
//! A prompt is never cut. A question that leaves no room for an answer is skipped and counted, and the next one of the
//! stream takes its place.

use super::TrainError;
use super::questions::{self, Question};
use crate::config::Config;
use crate::model::Policy;
use crate::tasks::{Mixture, Split};

/// How often questions are drawn to take the place of skipped ones; a step that is still short goes on with fewer.
const ROUNDS: usize = 8;

/// What a step asks.
#[derive(Debug)]
pub struct Asked {
    /// At least one question, `config.rollout.prompts` where enough of them fit.
    pub questions: Vec<Question>,
    /// Index of the next step's first question.
    pub next_question: u64,
    /// Questions left out because their prompt is too long.
    pub skipped: u64,
}

/// Draws the questions of a step, of which the first has index `first`.
pub fn ask(mixture: &Mixture, policy: &Policy, config: &Config, first: u64) -> Result<Asked, TrainError> {
    let wanted = config.rollout.prompts as usize;
    let mut asked = Asked { questions: Vec::with_capacity(wanted), next_question: first, skipped: 0 };
    let mut too_long = Vec::new();
    for _ in 0..ROUNDS {
        let missing = (wanted - asked.questions.len()) as u64;
        if missing == 0 {
            break;
        }
        let indices = asked.next_question..asked.next_question + missing;
        asked.next_question = indices.end;
        let drawn = questions::draw(mixture, &policy.tokenizer, Split::Train, indices)?;
        let fitting = Fitting::of(drawn, policy, config);
        asked.questions.extend(fitting.questions);
        too_long.extend(fitting.too_long);
    }
    asked.skipped = too_long.len() as u64;
    if asked.questions.is_empty() { Err(none_fits(&too_long, policy, config)) } else { Ok(asked) }
}

/// Questions told apart by whether prompt and answer fit the model's context.
pub(super) struct Fitting {
    /// Those that can be asked.
    pub(super) questions: Vec<Question>,
    /// The others.
    pub(super) too_long: Vec<Question>,
}

impl Fitting {
    pub(super) fn of(questions: Vec<Question>, policy: &Policy, config: &Config) -> Self {
        let room = room(policy, config);
        let (questions, too_long) = questions.into_iter().partition(|question| question.prompt_tokens() as i64 <= room);
        Self { questions, too_long }
    }
}

/// The error that no question can be asked, the `too_long` ones being all there were.
pub(super) fn none_fits(too_long: &[Question], policy: &Policy, config: &Config) -> TrainError {
    TrainError::PromptsTooLong {
        skipped: too_long.len() as u64,
        shortest: too_long.iter().map(|question| question.prompt_tokens() as i64).min().unwrap_or_default(),
        room: room(policy, config),
        context: policy.transformer.config().max_position_embeddings,
        max_new_tokens: config.rollout.max_new_tokens,
    }
}

/// Longest prompt that may be asked, in tokens: it leaves room for a whole answer, and is within `rollout.max_prompt_tokens`.
pub(super) fn room(policy: &Policy, config: &Config) -> i64 {
    let room = policy.transformer.config().max_position_embeddings - config.rollout.max_new_tokens;
    match config.rollout.max_prompt_tokens {
        0 => room,
        most => room.min(most),
    }
}
