//! [`Benchmark`]: a way to make an [`Exam`], and what all of them do with their settings.

use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{EvalError, Exam};
use crate::Graph;
use ssl4rl_tasks::in_words;

/// What is examined on.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A whole graph, test data included.
    Graph(Box<Graph>),
    /// A folder of question files.
    Folder(PathBuf),
}

/// A way to examine a model.
pub trait Benchmark: Sync {
    /// Key on the command line and in logs: `graph/node-classification`.
    fn name(&self) -> &'static str;
    /// One line for listings.
    fn summary(&self) -> &'static str;
    /// Name of the data set where only one is possible.
    fn only_dataset(&self) -> Option<&'static str> {
        None
    }
    /// Every setting with its default.
    fn defaults(&self) -> Value;
    /// The exam with some settings changed.
    fn exam(&self, subject: &Subject, settings: Value) -> Result<Box<dyn Exam>, EvalError>;
}

/// Settings from their defaults and changes.
pub(super) fn settings<Settings: Serialize + DeserializeOwned>(
    benchmark: &'static str,
    defaults: &Settings,
    changes: Value,
    check: impl FnOnce(&Settings) -> Result<(), String>,
) -> Result<Settings, EvalError> {
    let mut merged = json(defaults);
    let known = merged.to_string();
    merge(&mut merged, changes);
    let wrong = |problem: String| EvalError::Settings { benchmark, problem, known: known.clone() };
    let settings = serde_json::from_value(merged).map_err(|error| wrong(in_words(&error.to_string())))?;
    check(&settings).map_err(wrong)?;
    Ok(settings)
}

/// Puts changes in the place of what was there, section by section.
fn merge(into: &mut Value, changes: Value) {
    match (into, changes) {
        (Value::Object(into), Value::Object(changes)) => {
            for (key, value) in changes {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, changes) => *into = changes,
    }
}

/// Settings as JSON.
pub(super) fn json<Settings: Serialize>(settings: &Settings) -> Value {
    serde_json::to_value(settings).unwrap_or_default()
}

/// The graph of a subject.
pub(super) fn graph_of<'subject>(
    benchmark: &'static str,
    subject: &'subject Subject,
) -> Result<&'subject Graph, EvalError> {
    match subject {
        Subject::Graph(graph) => Ok(graph),
        Subject::Folder(folder) => Err(EvalError::Unusable {
            benchmark,
            dataset: folder.display().to_string(),
            reason: "it is a folder of questions, not a graph".into(),
        }),
    }
}
