//! A mixture: several tasks with weights over one input, as one endless, randomly accessible stream of samples.
//!
//! Which task sample `index` comes from is itself a function of `(seed, split, index)`.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::{DynSample, DynTask, Registry, RegistryError, Split, TaskError, TaskRng};

/// Tasks, their weights, the seed, and the input they draw from. A clone shares them.
#[derive(Clone)]
pub struct Mixture {
    tasks: Vec<Arc<dyn DynTask>>,
    /// Each task at every level of difficulty, easiest first; empty where it has none.
    levels: Vec<Vec<Arc<dyn DynTask>>>,
    cumulative_weights: Vec<f64>,
    input: Arc<dyn Any + Send + Sync>,
    seed: u64,
    left_out: Vec<LeftOut>,
}

/// A task that a mixture does without, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Name of the task.
    pub task: &'static str,
    /// Why its data cannot carry it, or how many draws led nowhere.
    pub reason: String,
}

/// Samples tried before a task counts as one that the input cannot carry.
const TRIED_SAMPLES: u64 = 4;

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
    /// The mixture that a run's settings describe: `weights` and `settings` by task name.
    ///
    /// Without weights it holds, equally weighted, every task of `modality` that is meant for it
    /// ([`PretextTask::BY_DEFAULT`](super::PretextTask::BY_DEFAULT)) and that `input` can carry; [`Mixture::left_out`] says which
    /// of these it cannot. A task that is named and of which no draw leads anywhere is refused.
    pub fn choose(
        registry: &Registry,
        modality: &str,
        weights: &BTreeMap<String, f64>,
        settings: &BTreeMap<String, Value>,
        input: Arc<dyn Any + Send + Sync>,
        seed: u64,
    ) -> Result<Self, MixtureError> {
        // Those of tasks that are not asked are read too: a slip in them would show in another run.
        for (name, settings) in settings {
            registry.build(name, Some(settings.clone()))?;
        }
        let build = |name: &str| registry.build(name, settings.get(name).cloned());
        let (mut tasks, mut left_out) = (Vec::new(), Vec::new());
        for (name, &weight) in weights {
            let task = build(name)?;
            try_samples(&*task, &*input, seed, Split::Train)?;
            tasks.push((task, weight));
        }
        if weights.is_empty() {
            for name in meant_for(registry, modality)? {
                let task = build(name)?;
                match why_not(&*task, &*input, seed)? {
                    None => tasks.push((task, 1.0)),
                    Some(reason) => left_out.push(LeftOut { task: task.name(), reason }),
                }
            }
            if tasks.is_empty() && !left_out.is_empty() {
                return Err(MixtureError::NothingFits { left_out });
            }
        }
        let mut mixture = Self { left_out, ..Self::new(tasks, input, seed)? };
        for (task, levels) in mixture.tasks.iter().zip(&mut mixture.levels) {
            *levels = levels_of(&**task, registry, &*mixture.input)?;
        }
        Ok(mixture)
    }

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
        let levels = tasks.iter().map(|_| Vec::new()).collect();
        let tasks = tasks.into_iter().map(|(task, _)| task.into()).collect();
        Ok(Self { tasks, levels, cumulative_weights, input, seed, left_out: Vec::new() })
    }

    /// The same mixture with each task at one of its levels, or as it is where `levels` has none for it. Which task a
    /// sample belongs to does not change.
    #[must_use]
    pub fn at_levels(&self, levels: &[Option<usize>]) -> Self {
        let at = |(position, task): (usize, &Arc<dyn DynTask>)| {
            let level = levels.get(position).copied().flatten();
            let there = level.and_then(|level| self.levels[position].get(level));
            Arc::clone(there.unwrap_or(task))
        };
        Self { tasks: self.tasks.iter().enumerate().map(at).collect(), ..self.clone() }
    }

    /// Whether `other` holds the same tasks at the same levels.
    pub fn same_tasks(&self, other: &Self) -> bool {
        let same = |(left, right): (&Arc<dyn DynTask>, &Arc<dyn DynTask>)| Arc::ptr_eq(left, right);
        self.tasks.len() == other.tasks.len() && self.tasks.iter().zip(&other.tasks).all(same)
    }

    /// The task at position `task` at every level of difficulty, easiest first; empty where it has none.
    pub fn levels(&self, task: usize) -> &[Arc<dyn DynTask>] {
        &self.levels[task]
    }

    /// The tasks that the input cannot carry, each with the reason, to be said once.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// The tasks, in the order given.
    pub fn tasks(&self) -> &[Arc<dyn DynTask>] {
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

    /// Position of the task that sample `index` of the mixture belongs to.
    pub fn task_of(&self, split: Split, index: u64) -> usize {
        let total = self.cumulative_weights.last().copied().unwrap_or_default();
        let point = TaskRng::new(self.seed, "mixture", split, index).unit() * total;
        self.cumulative_weights.partition_point(|&edge| edge <= point).min(self.tasks.len() - 1)
    }
}

/// Whether any of a few training samples can be made; an input of which this is not true cannot carry the task.
pub fn makes_any_sample(task: &dyn DynTask, input: &(dyn Any + Send + Sync), seed: u64) -> bool {
    (0..TRIED_SAMPLES)
        .any(|index| task.sample(input, &mut TaskRng::new(seed, task.name(), Split::Train, index), index).is_ok())
}

/// Whether the input can carry the task, as far as a few samples of a split tell; where one cannot be made, the error counts the
/// draws that were rejected. A run that meets such a sample can only end there, so that one is one too many.
fn try_samples(task: &dyn DynTask, input: &(dyn Any + Send + Sync), seed: u64, split: Split) -> Result<(), TaskError> {
    task.check_input(input)?;
    let mut draws = 0;
    for index in 0..TRIED_SAMPLES {
        let mut rng = TaskRng::new(seed, task.name(), split, index);
        match task.sample(input, &mut rng, index) {
            Err(TaskError::NoSample { attempts, .. }) => draws += attempts,
            Err(other) => return Err(other),
            Ok(_) => {}
        }
    }
    match draws {
        0 => Ok(()),
        attempts => Err(TaskError::NoSample { task: task.name(), attempts, index: TRIED_SAMPLES - 1 }),
    }
}

/// The tasks of a modality from which a run draws that names none.
fn meant_for(registry: &Registry, modality: &str) -> Result<Vec<&'static str>, RegistryError> {
    let mut names = Vec::new();
    for (name, _) in registry.tasks() {
        let of_modality = name.split_once('/').is_some_and(|(prefix, _)| prefix == modality);
        if of_modality && registry.by_default(name)? {
            names.push(name);
        }
    }
    Ok(names)
}

/// Why the input cannot carry the task, as far as a few samples of each split tell; nothing where it can. Small data may have targets
/// to learn from and none to be scored on.
fn why_not(task: &dyn DynTask, input: &(dyn Any + Send + Sync), seed: u64) -> Result<Option<String>, TaskError> {
    for (split, question) in [(Split::Train, "a question"), (Split::HeldOut, "a held-out question")] {
        match try_samples(task, input, seed, split) {
            Ok(()) => {}
            Err(TaskError::Unusable { reason, .. }) => return Ok(Some(reason)),
            Err(TaskError::NoSample { attempts, .. }) => {
                return Ok(Some(format!("none of {attempts} draws made {question}")));
            }
            Err(other) => return Err(other),
        }
    }
    Ok(None)
}

/// The task at each of its levels, easiest first, those left out that ask for more than the data has.
fn levels_of(
    task: &dyn DynTask,
    registry: &Registry,
    input: &(dyn Any + Send + Sync),
) -> Result<Vec<Arc<dyn DynTask>>, MixtureError> {
    let mut levels: Vec<Arc<dyn DynTask>> = Vec::new();
    for settings in registry.levels(task.name(), Some(task.config().clone()))? {
        let level = registry.build(task.name(), Some(settings))?;
        match level.check_input(input) {
            Ok(()) => levels.push(level.into()),
            Err(TaskError::Unusable { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Ok(levels)
}

/// Why a mixture cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum MixtureError {
    /// No task was named.
    #[error("no task was named, and this data can carry none of the tasks at hand; `ssl4rl tasks` lists them")]
    Empty,
    /// No task was named, and none of those at hand can be made.
    #[error("this data can carry none of the tasks at hand:\n{}", reasons(left_out))]
    NothingFits {
        /// Every task and why.
        left_out: Vec<LeftOut>,
    },
    /// A weight is not a positive number.
    #[error("the weight of `{task}` must be a positive number, got {weight}")]
    BadWeight {
        /// Task name.
        task: &'static str,
        /// The weight given.
        weight: f64,
    },
    /// A task is unknown or refused its settings.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A task refused the input.
    #[error(transparent)]
    Task(#[from] TaskError),
}

fn reasons(left_out: &[LeftOut]) -> String {
    left_out.iter().map(|one| format!("- {}: {}", one.task, one.reason)).collect::<Vec<_>>().join("\n")
}
