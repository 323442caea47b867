//! The task under examination and the questions drawn from it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Settings;
use crate::verifiers::ChoiceTruth;
use crate::{Audit, DynSample, DynTask, Part, Split, TaskError, TaskRng, Verdict, prompt_text, protocol};

/// What equal prompts share and others do not; media are far too large to be kept twice.
pub(super) type Fingerprint = [u8; 32];

/// A task, an input, and questions made from both.
pub(super) struct Subject<'run> {
    pub(super) task: &'run dyn DynTask,
    /// Makes another instance of the task.
    pub(super) fresh: &'run (dyn Fn() -> Option<Box<dyn DynTask>> + Sync),
    pub(super) input: &'run (dyn Any + Send + Sync),
    pub(super) settings: &'run Settings,
    /// Questions of the training split, by index.
    pub(super) train: Vec<Question>,
    /// Questions of the held-out split, by index; a quarter as many.
    pub(super) held_out: Vec<Question>,
    /// Why questions stopped, where they did.
    pub(super) stopped: Option<Stop>,
}

/// One question and the oracle's answer to it.
pub(super) struct Question {
    pub(super) sample: DynSample,
    /// The prompt's text.
    pub(super) prompt: String,
    /// The oracle's completion, made before the truth became JSON.
    pub(super) oracle: String,
    /// The verdict on it, against the truth before it became JSON.
    pub(super) verdict: Verdict,
    /// The text within the oracle's answer tags.
    pub(super) answer: Option<String>,
    pub(super) choice: Option<ChoiceTruth>,
    pub(super) draws: usize,
}

/// Why a question could not be made.
pub(super) enum Stop {
    /// The truth does not become JSON.
    Truth(String),
    /// Anything else.
    Other(String),
}

/// What came of scoring a completion.
pub(super) enum Scored {
    Verdict(Verdict),
    /// The stored truth could not be read.
    Unreadable,
    Panicked,
}

impl<'run> Subject<'run> {
    pub(super) fn new(
        task: &'run dyn DynTask,
        fresh: &'run (dyn Fn() -> Option<Box<dyn DynTask>> + Sync),
        input: &'run (dyn Any + Send + Sync),
        settings: &'run Settings,
    ) -> Self {
        let mut subject = Self { task, fresh, input, settings, train: Vec::new(), held_out: Vec::new(), stopped: None };
        let drawn = subject
            .draw(Split::Train, settings.samples)
            .and_then(|train| Ok((train, subject.draw(Split::HeldOut, settings.samples / 4)?)));
        match drawn {
            Ok((train, held_out)) => (subject.train, subject.held_out) = (train, held_out),
            Err(stop) => subject.stopped = Some(stop),
        }
        subject
    }

    /// The stream of a question.
    pub(super) fn stream(&self, split: Split, index: usize) -> TaskRng {
        TaskRng::new(self.settings.seed, self.task.name(), split, index as u64)
    }

    /// Scores a completion of a question, by way of the stored truth.
    pub(super) fn score(&self, completion: &str, question: &Question) -> Scored {
        match catch_unwind(AssertUnwindSafe(|| self.task.verify(completion, &question.sample.truth))) {
            Ok(Ok(verdict)) => Scored::Verdict(verdict),
            Ok(Err(_)) => Scored::Unreadable,
            Err(_) => Scored::Panicked,
        }
    }

    fn draw(&self, split: Split, count: usize) -> Result<Vec<Question>, Stop> {
        (0..count)
            .map(|index| {
                let mut rng = self.stream(split, index);
                let audit = catch_unwind(AssertUnwindSafe(|| self.task.audit(self.input, &mut rng, index as u64)));
                match audit {
                    Ok(Ok(audit)) => Ok(Question::from(audit)),
                    Ok(Err(error @ TaskError::UnreadableTruth { .. })) => Err(Stop::Truth(error.to_string())),
                    Ok(Err(error)) => Err(Stop::Other(format!("{} {index}: {error}", split.name()))),
                    Err(_) => Err(Stop::Other(format!("{} {index}: the task panicked", split.name()))),
                }
            })
            .collect()
    }
}

impl Question {
    /// A hash of the prompt, every part with its kind and length.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        let mut hasher = blake3::Hasher::new();
        for part in &self.sample.prompt {
            let (kind, bytes) = match part {
                Part::Text(text) => ("", text.as_bytes()),
                Part::Blob { mime, bytes, .. } => (mime.as_str(), bytes.as_slice()),
            };
            for piece in [kind.as_bytes(), bytes] {
                hasher.update(&(piece.len() as u64).to_le_bytes()).update(piece);
            }
        }
        hasher.finalize().into()
    }
}

impl From<Audit> for Question {
    fn from(audit: Audit) -> Self {
        Self {
            prompt: prompt_text(&audit.sample.prompt),
            answer: protocol::answer(&audit.oracle).map(str::to_owned),
            sample: audit.sample,
            oracle: audit.oracle,
            verdict: audit.verdict,
            choice: audit.choice,
            draws: audit.draws,
        }
    }
}
