//! A mixture: several tasks with weights over one input, as one endless, randomly accessible stream of samples.
//!
//! Which task sample `index` comes from is itself a function of `(seed, split, index)`.

use std::any::Any;
use std::sync::Arc;

use super::{DynSample, DynTask, Split, TaskError, TaskRng};

/// Tasks, their weights, the seed, and the input they draw from.
pub struct Mixture {
    tasks: Vec<Box<dyn DynTask>>,
    cumulative_weights: Vec<f64>,
    input: Arc<dyn Any + Send + Sync>,
    seed: u64,
}

/// A sample and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnSample {
    /// Position of the task in the mixture.
    pub task: usize,
    /// Index in the task's stream: with seed, task and split it makes the sample again.
    pub index: u64,
    /// The question.
    pub sample: DynSample,
}

impl Mixture {
    /// A mixture over `input`; every task must accept it, every weight must be positive and finite.
    pub fn new(
        tasks: Vec<(Box<dyn DynTask>, f64)>,
        input: Arc<dyn Any + Send + Sync>,
        seed: u64,
    ) -> Result<Self, MixtureError> {
        if tasks.is_empty() {
            return Err(MixtureError::Empty);
        }
        let mut cumulative_weights = Vec::with_capacity(tasks.len());
        let mut total = 0.0;
        for (task, weight) in &tasks {
            if !(weight.is_finite() && *weight > 0.0) {
                return Err(MixtureError::BadWeight { task: task.name(), weight: *weight });
            }
            task.check_input(&*input)?;
            total += weight;
            cumulative_weights.push(total);
        }
        let tasks = tasks.into_iter().map(|(task, _)| task).collect();
        Ok(Self { tasks, cumulative_weights, input, seed })
    }

    /// The tasks, in the order given.
    pub fn tasks(&self) -> &[Box<dyn DynTask>] {
        &self.tasks
    }

    /// Sample `index` of the mixture.
    pub fn draw(&self, split: Split, index: u64) -> Result<DrawnSample, TaskError> {
        let task = self.task_of(split, index);
        Ok(DrawnSample { task, index, sample: self.draw_from(task, split, index)? })
    }

    /// Sample `index` of the task at position `task`.
    pub fn draw_from(&self, task: usize, split: Split, index: u64) -> Result<DynSample, TaskError> {
        let task = &self.tasks[task];
        let mut rng = TaskRng::new(self.seed, task.name(), split, index);
        task.sample(&*self.input, &mut rng, index)
    }

    fn task_of(&self, split: Split, index: u64) -> usize {
        let total = self.cumulative_weights.last().copied().unwrap_or_default();
        let point = TaskRng::new(self.seed, "mixture", split, index).unit() * total;
        self.cumulative_weights.partition_point(|&edge| edge <= point).min(self.tasks.len() - 1)
    }
}

/// Why a mixture cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum MixtureError {
    /// No task was named.
    #[error("no task was chosen; name at least one with `--task`")]
    Empty,
    /// A weight is not a positive number.
    #[error("the weight of `{task}` must be a positive number, got {weight}")]
    BadWeight {
        /// Task name.
        task: &'static str,
        /// The weight given.
        weight: f64,
    },
    /// A task refused the input.
    #[error(transparent)]
    Task(#[from] TaskError),
}
