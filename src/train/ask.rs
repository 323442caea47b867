//! The questions of one step: fresh ones from the training split, those left out that do not fit the model's context.
//!
//! A prompt is never cut. A question that leaves no room for an answer is skipped and counted, and the next one of the
//! stream takes its place.

use super::TrainError;
use super::questions::{self, Question};
use crate::config::Config;
use crate::model::{Policy, Tokenizer};
use crate::tasks::{Mixture, Split};

/// How often questions are drawn to take the place of skipped ones; a step that is still short goes on with fewer.
pub(super) const ROUNDS: usize = 8;

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

/// Who is asked, and how much at a time.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'run> {
    tokenizer: &'run Tokenizer,
    room: Room,
    wanted: usize,
}

impl<'run> Asking<'run> {
    /// Batches of `config.rollout.prompts` questions for a policy.
    pub fn of(policy: &'run Policy, config: &Config) -> Self {
        Self { tokenizer: &policy.tokenizer, room: Room::of(policy, config), wanted: config.rollout.prompts as usize }
    }

    /// Draws the questions of a step, of which the first has index `first`.
    pub fn ask(self, mixture: &Mixture, first: u64) -> Result<Asked, TrainError> {
        let mut asked = Asked { questions: Vec::with_capacity(self.wanted), next_question: first, skipped: 0 };
        let mut too_long = Vec::new();
        for _ in 0..ROUNDS {
            let missing = (self.wanted - asked.questions.len()) as u64;
            if missing == 0 {
                break;
            }
            let indices = asked.next_question..asked.next_question + missing;
            asked.next_question = indices.end;
            let fitting = self.room.part(questions::draw(mixture, self.tokenizer, Split::Train, indices)?);
            asked.questions.extend(fitting.questions);
            too_long.extend(fitting.too_long);
        }
        asked.skipped = too_long.len() as u64;
        if asked.questions.is_empty() { Err(self.room.none_fits(&too_long)) } else { Ok(asked) }
    }
}

/// Questions told apart by whether prompt and answer fit the model's context.
pub(super) struct Fitting {
    /// Those that can be asked.
    pub(super) questions: Vec<Question>,
    /// The others.
    pub(super) too_long: Vec<Question>,
}

/// How much of a model's context prompts may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    context: i64,
    max_new_tokens: i64,
    max_prompt_tokens: i64,
}

impl Room {
    pub(super) fn of(policy: &Policy, config: &Config) -> Self {
        let context = policy.transformer.config().max_position_embeddings;
        let (max_new_tokens, max_prompt_tokens) = (config.rollout.max_new_tokens, config.rollout.max_prompt_tokens);
        Self { context, max_new_tokens, max_prompt_tokens }
    }

    /// Longest prompt that may be asked, in tokens: it leaves room for a whole answer, and is within `rollout.max_prompt_tokens`.
    pub(super) fn longest_prompt(self) -> i64 {
        let room = self.context - self.max_new_tokens;
        match self.max_prompt_tokens {
            0 => room,
            most => room.min(most),
        }
    }

    pub(super) fn part(self, questions: Vec<Question>) -> Fitting {
        let fits = |question: &Question| question.prompt_tokens() as i64 <= self.longest_prompt();
        let (questions, too_long) = questions.into_iter().partition(fits);
        Fitting { questions, too_long }
    }

    /// The error that no question can be asked, the `too_long` ones being all there were.
    pub(super) fn none_fits(self, too_long: &[Question]) -> TrainError {
        TrainError::PromptsTooLong {
            skipped: too_long.len() as u64,
            shortest: too_long.iter().map(|question| question.prompt_tokens() as i64).min().unwrap_or_default(),
            room: self.longest_prompt(),
            context: self.context,
            max_new_tokens: self.max_new_tokens,
        }
    }
}
