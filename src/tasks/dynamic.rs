//! [`DynTask`]: any task behind one object-safe face, with truths as JSON. Authors never write it.

use std::any::{Any, type_name};

use serde_json::Value;

use super::{Part, PretextTask, TaskError, TaskRng, Verdict, Verifier};

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
        let input = Self::input(input)?;
        for _ in 0..MAX_DRAWS {
            if let Some(sample) = self.task.make(input, rng) {
                let chance = self.task.chance(&sample.truth);
                let truth = serde_json::to_value(&sample.truth)
                    .map_err(|source| TaskError::UnreadableTruth { task: Task::NAME, source })?;
                return Ok(DynSample { prompt: sample.prompt, truth, chance });
            }
        }
        Err(TaskError::NoSample { task: Task::NAME, attempts: MAX_DRAWS, index })
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
