//! [`DynTask`]: any task behind one object-safe face, with truths as JSON. Authors never write it.

use std::any::{Any, type_name};

use serde_json::Value;

use super::verifiers::ChoiceTruth;
use super::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier};

/// Draws made for one sample before giving up; a task whose draws fail more often than this is misconfigured.
const MAX_DRAWS: usize = 256;

/// A question with its truth as JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct DynSample {
    /// What the model is shown.
    pub prompt: Vec<Part>,
    /// What the verifier compares with.
    pub truth: Value,
    /// Expected score of blind guessing.
    pub chance: f32,
}

/// A sample together with what the conformance kit must see before the truth becomes JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Audit {
    /// The sample, as [`DynTask::sample`] returns it.
    pub sample: DynSample,
    /// The oracle's completion, from the truth as the task made it.
    pub oracle: String,
    /// The verdict on the oracle's completion, against the truth as the task made it.
    pub verdict: Verdict,
    /// The options among which the answer chooses; `None` where the answer is open.
    pub choice: Option<ChoiceTruth>,
    /// Draws that the sample took.
    pub draws: usize,
}

/// A configured task of any modality. Made by [`Registry::build`](super::Registry::build).
pub trait DynTask: Send + Sync {
    /// [`PretextTask::NAME`].
    fn name(&self) -> &'static str;
    /// The resolved configuration.
    fn config(&self) -> &Value;
    /// Sample `index` of `split`; draws again from the same stream while the task returns `None`.
    fn sample(&self, input: &dyn Any, rng: &mut TaskRng, index: u64) -> Result<DynSample, TaskError>;
    /// Checks that `input` is of the task's type and can carry it.
    fn check_input(&self, input: &dyn Any) -> Result<(), TaskError>;
    /// Scores a completion.
    fn verify(&self, completion: &str, truth: &Value) -> Result<Verdict, TaskError>;
    /// A completion that scores exactly 1.
    fn oracle(&self, truth: &Value) -> Result<String, TaskError>;
    /// The sample that [`DynTask::sample`] makes, with the oracle's completion and its verdict.
    fn audit(&self, input: &dyn Any, rng: &mut TaskRng, index: u64) -> Result<Audit, TaskError>;
    /// [`PretextTask::ANSWER_SHOWN`].
    fn answer_shown(&self) -> bool;
    /// [`Verifier::SCORING`] of the task's verifier.
    fn scoring(&self) -> &'static str;
    /// The type of the task's verifier, for telling whether two tasks share one.
    fn verifier_name(&self) -> &'static str;
}

/// A task with the configuration it was made from.
pub(super) struct Configured<Task> {
    task: Task,
    config: Value,
}

impl<Task: PretextTask> Configured<Task> {
    pub(super) fn new(config: Value) -> Result<Self, TaskError> {
        let unreadable = |source| TaskError::UnreadableConfig { task: Task::NAME, source };
        let typed: Task::Config = serde_json::from_value(config).map_err(unreadable)?;
        let config = serde_json::to_value(&typed).map_err(unreadable)?;
        Ok(Self { task: Task::new(typed)?, config })
    }

    /// [`PretextTask::levels`] of settings as JSON.
    pub(super) fn levels(config: Value) -> Result<Vec<Value>, TaskError> {
        let unreadable = |source| TaskError::UnreadableConfig { task: Task::NAME, source };
        let typed: Task::Config = serde_json::from_value(config).map_err(unreadable)?;
        Task::levels(&typed).iter().map(|level| serde_json::to_value(level).map_err(unreadable)).collect()
    }

    /// The first draw that leads somewhere, and which one it was.
    fn draw(&self, input: &dyn Any, rng: &mut TaskRng, index: u64) -> Result<(Sample<Task::Truth>, usize), TaskError> {
        let input = Self::input(input)?;
        (1..=MAX_DRAWS)
            .find_map(|draws| self.task.make(input, rng).map(|sample| (sample, draws)))
            .ok_or(TaskError::NoSample { task: Task::NAME, attempts: MAX_DRAWS, index })
    }

    fn untyped(&self, sample: Sample<Task::Truth>) -> Result<DynSample, TaskError> {
        let chance = self.task.chance(&sample.truth);
        let truth = serde_json::to_value(&sample.truth)
            .map_err(|source| TaskError::UnreadableTruth { task: Task::NAME, source })?;
        Ok(DynSample { prompt: sample.prompt, truth, chance })
    }

    fn truth(truth: &Value) -> Result<Task::Truth, TaskError> {
        serde::Deserialize::deserialize(truth).map_err(|source| TaskError::UnreadableTruth { task: Task::NAME, source })
    }

    fn input(input: &dyn Any) -> Result<&Task::Input, TaskError> {
        input.downcast_ref().ok_or(TaskError::WrongInput { task: Task::NAME, expected: type_name::<Task::Input>() })
    }
}

impl<Task: PretextTask> DynTask for Configured<Task> {
    fn name(&self) -> &'static str {
        Task::NAME
    }

    fn config(&self) -> &Value {
        &self.config
    }

    fn sample(&self, input: &dyn Any, rng: &mut TaskRng, index: u64) -> Result<DynSample, TaskError> {
        let (sample, _) = self.draw(input, rng, index)?;
        self.untyped(sample)
    }

    fn audit(&self, input: &dyn Any, rng: &mut TaskRng, index: u64) -> Result<Audit, TaskError> {
        let (sample, draws) = self.draw(input, rng, index)?;
        let verifier = self.task.verifier();
        let oracle = self.task.oracle(&sample.truth);
        let verdict = verifier.verify(&oracle, &sample.truth);
        let choice = verifier.choice(&sample.truth).cloned();
        Ok(Audit { sample: self.untyped(sample)?, oracle, verdict, choice, draws })
    }

    fn answer_shown(&self) -> bool {
        Task::ANSWER_SHOWN
    }

    fn scoring(&self) -> &'static str {
        Task::Verifier::SCORING
    }

    fn verifier_name(&self) -> &'static str {
        type_name::<Task::Verifier>()
    }

    fn check_input(&self, input: &dyn Any) -> Result<(), TaskError> {
        match self.task.unusable(Self::input(input)?) {
            Some(reason) => Err(TaskError::Unusable { task: Task::NAME, reason }),
            None => Ok(()),
        }
    }

    fn verify(&self, completion: &str, truth: &Value) -> Result<Verdict, TaskError> {
        Ok(self.task.verifier().verify(completion, &Self::truth(truth)?))
    }

    fn oracle(&self, truth: &Value) -> Result<String, TaskError> {
        Ok(self.task.oracle(&Self::truth(truth)?))
    }
}
