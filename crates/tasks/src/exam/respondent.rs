//! [`Respondent`]: who is examined, a policy or a program.

use super::EvalError;
use crate::protocol::{self, AnswerRule};
use crate::{Part, prompt_text};

/// What was written in reply to a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The text.
    pub text: String,
    /// Whether it was cut off before its end.
    pub truncated: bool,
}

impl Reply {
    /// The answer in the reply; none where it was cut off.
    pub fn answer(&self, rule: AnswerRule) -> Option<String> {
        if self.truncated {
            return None;
        }
        protocol::answer(&protocol::canonical(&self.text, rule)).map(str::to_owned)
    }
}

/// The log-prob of a text after a prompt.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LogLikelihood {
    /// Sum over the text's tokens.
    pub total: f64,
    /// Number of tokens.
    pub tokens: usize,
}

impl LogLikelihood {
    /// Mean log-prob of a token, so that long texts can be compared with short ones.
    pub fn per_token(self) -> f64 {
        self.total / self.tokens.max(1) as f64
    }
}

/// Answers prompts, and tells how likely it finds texts after them. Prompts that are too long for it are left out: `None`.
pub trait Respondent {
    /// Which answer block of a reply counts.
    fn answer_rule(&self) -> AnswerRule {
        AnswerRule::default()
    }

    /// The most likely reply to each prompt.
    fn reply(&mut self, prompts: &[String]) -> Result<Vec<Option<Reply>>, EvalError>;

    /// The same to prompts that may hold media. Who reads text alone refuses those that do.
    fn reply_to_parts(&mut self, prompts: &[Vec<Part>]) -> Result<Vec<Option<Reply>>, EvalError> {
        if prompts.iter().flatten().any(|part| matches!(part, Part::Blob { .. })) {
            return Err(EvalError::Respondent("the questions hold media, and text alone is read here".into()));
        }
        self.reply(&prompts.iter().map(|prompt| prompt_text(prompt)).collect::<Vec<_>>())
    }

    /// Log-probs of `continuations[prompt]` after each prompt.
    fn log_likelihoods(
        &mut self,
        prompts: &[String],
        continuations: &[Vec<String>],
    ) -> Result<Vec<Option<Vec<LogLikelihood>>>, EvalError>;
}

/// P(yes) of a yes/no question: the softmax over the log-probs of the two whole answers.
///
/// ```
/// use ssl4rl_tasks::exam::{LogLikelihood, yes_probability};
/// let likely = |probability: f64| LogLikelihood { total: probability.ln(), tokens: 5 };
/// assert!((yes_probability(likely(0.3), likely(0.1)) - 0.75).abs() < 1e-12);
/// ```
pub fn yes_probability(yes: LogLikelihood, no: LogLikelihood) -> f64 {
    1.0 / (1.0 + (no.total - yes.total).exp())
}
