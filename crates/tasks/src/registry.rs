//! The registry: tasks by name, added explicitly, refused when a name is taken.
//!
//! ```
//! let registry = ssl4rl_graph::tasks::registry().unwrap();
//! let task = registry.build("graph/edge-prediction", None).unwrap();
//! assert_eq!(task.name(), "graph/edge-prediction");
//! let error = registry.build("graph/edge-predicton", None).err().unwrap();
//! assert!(error.to_string().contains("did you mean `graph/edge-prediction`?"));
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::Schema;
use serde_json::Value;

use super::dynamic::Configured;
use super::examples::{self, WithExamples};
use super::faults::fault;
use super::knobs::{Knob, knobs_of, schema_of};
use super::settings::lay_over;
use super::{DynTask, Modality, PretextTask, TaskError};

/// Tasks by name, and the modalities that their inputs come from, which clones share.
#[derive(Clone, Default)]
pub struct Registry {
    entries: BTreeMap<&'static str, Entry>,
    modalities: BTreeMap<&'static str, Arc<dyn Modality>>,
}

#[derive(Clone)]
struct Entry {
    name: &'static str,
    summary: &'static str,
    by_default: bool,
    default_config: fn() -> Result<Value, serde_json::Error>,
    build: fn(Value) -> Result<Box<dyn DynTask>, TaskError>,
    levels: fn(Value) -> Result<Vec<Value>, TaskError>,
    schema: fn() -> Schema,
}

impl Registry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a task.
    pub fn register<Task: PretextTask>(&mut self) -> Result<(), RegistryError> {
        let well_formed = Task::NAME.split_once('/').is_some_and(|(modality, name)| {
            let kebab = |part: &str| {
                !part.is_empty()
                    && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            };
            kebab(modality) && kebab(name)
        });
        if !well_formed {
            return Err(RegistryError::BadName { name: Task::NAME });
        }
        if self.entries.contains_key(Task::NAME) {
            return Err(RegistryError::Duplicate { name: Task::NAME });
        }
        let entry = Entry {
            name: Task::NAME,
            summary: Task::SUMMARY,
            by_default: Task::BY_DEFAULT,
            default_config: || serde_json::to_value(Task::Config::default()),
            build: |config| Ok(Box::new(Configured::<Task>::new(config)?)),
            levels: Configured::<Task>::levels,
            schema: schema_of::<Task::Config>,
        };
        self.entries.insert(Task::NAME, entry);
        Ok(())
    }

    /// Adds a modality: where the inputs of its tasks come from.
    pub fn add_modality(&mut self, modality: impl Modality) -> Result<(), RegistryError> {
        let name = modality.name();
        if self.modalities.contains_key(name) {
            return Err(RegistryError::Duplicate { name });
        }
        self.modalities.insert(name, Arc::new(modality));
        Ok(())
    }

    /// The modality called `name`.
    pub fn modality(&self, name: &str) -> Result<&dyn Modality, RegistryError> {
        self.modalities.get(name).map(Arc::as_ref).ok_or_else(|| {
            let known = self.modalities.keys().copied().collect::<Vec<_>>().join(", ");
            RegistryError::UnknownModality { name: name.to_owned(), known }
        })
    }

    /// The modality that the inputs of `task` come from.
    pub fn modality_of(&self, task: &str) -> Result<&dyn Modality, RegistryError> {
        self.modality(task.split_once('/').map_or(task, |(modality, _)| modality))
    }

    /// Every modality, in alphabetical order.
    pub fn modalities(&self) -> impl Iterator<Item = &dyn Modality> {
        self.modalities.values().map(Arc::as_ref)
    }

    /// Builds a task from its settings as JSON, laid over the defaults; `None` takes the defaults.
    ///
    /// Beside its own knobs every task has `examples`: how many solved questions stand before each question, 0 to 32.
    pub fn build(&self, name: &str, config: Option<Value>) -> Result<Box<dyn DynTask>, RegistryError> {
        let entry = self.entry(name)?;
        let mut resolved = self.resolved(name, config.clone())?;
        let examples = WithExamples::take(entry.name, &mut resolved)?;
        let task = (entry.build)(resolved).map_err(|error| self.explained(entry, config, error))?;
        Ok(WithExamples::wrap(task, examples))
    }

    /// A task's settings at every level of difficulty, easiest first; knobs that no level moves are as given.
    pub fn levels(&self, name: &str, config: Option<Value>) -> Result<Vec<Value>, RegistryError> {
        let entry = self.entry(name)?;
        let mut resolved = self.resolved(name, config.clone())?;
        let examples = WithExamples::take(entry.name, &mut resolved)?;
        let mut levels = (entry.levels)(resolved).map_err(|error| self.explained(entry, config, error))?;
        for settings in levels.iter_mut().filter_map(Value::as_object_mut).filter(|_| examples > 0) {
            settings.insert(examples::KEY.into(), examples.into());
        }
        Ok(levels)
    }

    /// Whether a run that names no task draws from this one.
    pub fn by_default(&self, name: &str) -> Result<bool, RegistryError> {
        Ok(self.entry(name)?.by_default)
    }

    /// Every knob of a task, its own and then `examples`, which all have.
    pub fn knobs(&self, name: &str) -> Result<Vec<Knob>, RegistryError> {
        let mut knobs = knobs_of(&(self.entry(name)?.schema)(), &self.default_config(name)?);
        knobs.push(examples::knob());
        Ok(knobs)
    }

    /// Why settings do not parse, with the knob at fault where one of those given is.
    fn explained(&self, entry: &Entry, given: Option<Value>, error: TaskError) -> TaskError {
        let (TaskError::UnreadableConfig { .. }, Some(mut given)) = (&error, given) else { return error };
        let parse = |settings| match self.resolved(entry.name, Some(settings)) {
            Ok(resolved) => (entry.build)(resolved).map(|_| ()),
            Err(_) => Ok(()),
        };
        let Ok(knobs) = self.knobs(entry.name) else { return error };
        // Taken before, and no knob of the task itself.
        let _ = WithExamples::take(entry.name, &mut given);
        fault(entry.name, &given, &knobs, parse).unwrap_or(error)
    }

    fn resolved(&self, name: &str, config: Option<Value>) -> Result<Value, RegistryError> {
        let mut resolved = self.default_config(name)?;
        if let Some(given) = config {
            lay_over(&mut resolved, &given);
        }
        Ok(resolved)
    }

    /// A task's settings with every default filled in.
    pub fn default_config(&self, name: &str) -> Result<Value, RegistryError> {
        (self.entry(name)?.default_config)()
            .map_err(|source| RegistryError::UnreadableDefault { name: name.into(), source })
    }

    /// Names and summaries, in alphabetical order.
    pub fn tasks(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        self.entries.iter().map(|(name, entry)| (*name, entry.summary))
    }

    /// Whether any task's name starts with `modality/`.
    pub fn has_modality(&self, modality: &str) -> bool {
        self.entries.keys().any(|name| name.split_once('/').is_some_and(|(prefix, _)| prefix == modality))
    }

    fn entry(&self, name: &str) -> Result<&Entry, RegistryError> {
        self.entries.get(name).ok_or_else(|| RegistryError::Unknown {
            name: name.into(),
            hint: match nearest(name, self.entries.keys().copied()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "`ssl4rl tasks` lists all".into(),
            },
        })
    }
}

/// The candidate most like `name`, if any is similar enough to be a slip of the finger.
pub fn nearest<'name>(name: &str, candidates: impl Iterator<Item = &'name str>) -> Option<&'name str> {
    const SIMILAR: f64 = 0.6;
    fn parts(full: &str) -> (&str, &str) {
        full.rsplit_once('/').unwrap_or(("", full))
    }
    let (place, last) = parts(name);
    // The lengths bound it, and spare the comparison with a name of any length.
    let similarity = |one: &str, other: &str| {
        let (one_length, other_length) = (one.chars().count(), other.chars().count());
        let alike = one_length.min(other_length) as f64 >= SIMILAR * one_length.max(other_length) as f64;
        if alike { strsim::normalized_damerau_levenshtein(one, other) } else { 0.0 }
    };
    candidates
        .map(|candidate| {
            let (its_place, its_last) = parts(candidate);
            // What stands before the last part is alike in all that stand there, and says nothing.
            let whole = if place == its_place { 0.0 } else { similarity(name, candidate) };
            (whole.max(similarity(last, its_last)), candidate)
        })
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}

/// Why a task cannot be registered or found.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// Two tasks, or two modalities, share a name.
    #[error("`{name}` is registered twice; names must be unique")]
    Duplicate {
        /// The name.
        name: &'static str,
    },
    /// A name is not `modality/kebab-case`.
    #[error("task name `{name}` must have the form `modality/kebab-case`")]
    BadName {
        /// The name.
        name: &'static str,
    },
    /// No such task.
    #[error("unknown task `{name}`; {hint}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The nearest name, or where to find the list.
        hint: String,
    },
    /// No such modality.
    #[error("there is no modality `{name}` here; known: {known}")]
    UnknownModality {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A default configuration cannot be written as JSON.
    #[error("task `{name}`: its default settings are not JSON: {source}")]
    UnreadableDefault {
        /// The task.
        name: String,
        /// What the serializer said.
        source: serde_json::Error,
    },
    /// The task refused its configuration.
    #[error(transparent)]
    Task(#[from] TaskError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_told_where_it_may_be_a_slip() {
        let names = ["graph/cycle", "graph/edge-prediction", "vision/jigsaw"];
        for (given, meant) in [
            ("graph/cylce", Some("graph/cycle")),
            ("edge-predicton", Some("graph/edge-prediction")),
            ("grahp/cycle", Some("graph/cycle")),
            ("graph/jigsaw", Some("vision/jigsaw")),
            ("graph/nope", None),
            ("graph/", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, names.into_iter()), meant, "{given}");
        }
    }
}
