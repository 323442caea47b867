//! [`Benchmark`]: a way to make an [`Exam`], and what all of them do with their settings.

use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{EvalError, Exam};
use crate::Graph;
use crate::question::{Writing, WritingConfig};
use ssl4rl_tasks::{Fault, in_words, lay_over};

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
    changes: &Value,
    check: impl FnOnce(&Settings) -> Result<(), String>,
) -> Result<Settings, EvalError> {
    let read = |changes: Value| {
        let mut merged = json(defaults);
        lay_over(&mut merged, &changes);
        serde_json::from_value::<Settings>(merged).map_err(|error| in_words(&error.to_string()))
    };
    let settings = match read(changes.clone()) {
        Ok(settings) => settings,
        Err(together) => {
            let problem = problem(&json(defaults), changes, |change| read(change).err()).unwrap_or(together);
            return Err(refused(benchmark, defaults, problem));
        }
    };
    check(&settings).map_err(|problem| refused(benchmark, defaults, problem))?;
    Ok(settings)
}

/// How a benchmark writes graphs.
pub(super) fn writing<Settings: Serialize>(
    benchmark: &'static str,
    defaults: &Settings,
    config: &WritingConfig,
) -> Result<Writing, EvalError> {
    Writing::new(benchmark, config).map_err(|error| {
        let (text, named) = (error.to_string(), format!("{benchmark}: "));
        refused(benchmark, defaults, text.strip_prefix(&named).unwrap_or(&text).to_owned())
    })
}

/// The error that `problem` keeps settings from being used; it lists all there are.
pub(super) fn refused<Settings: Serialize>(benchmark: &'static str, defaults: &Settings, problem: String) -> EvalError {
    let one = |(path, value): &(String, Value)| format!("`{path}={}`", bare(value));
    let known = leaves(&json(defaults)).iter().map(one).collect::<Vec<_>>().join(", ");
    EvalError::Settings { benchmark, problem, known }
}

/// What is wrong with the first of the `changes` that is unknown or refused by itself.
fn problem(defaults: &Value, changes: &Value, refusal: impl Fn(Value) -> Option<String>) -> Option<String> {
    let known = leaves(defaults);
    let names: Vec<&str> = known.iter().map(|(path, _)| path.as_str()).collect();
    Some(match Fault::first(changes, &names, refusal)? {
        Fault::Unknown { path, meant } => {
            let hint = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
            format!("unknown setting `{path}`{hint}")
        }
        Fault::Refused { path, value, message } => match message.rsplit_once("expected ") {
            Some((_, expected)) => format!("`{path}` must be {expected}, got {value}"),
            None => format!("`{path}`: {message}"),
        },
    })
}

/// Every value with its path, sections opened.
fn leaves(settings: &Value) -> Vec<(String, Value)> {
    let Some(section) = settings.as_object() else { return Vec::new() };
    let open = |(name, value): (&String, &Value)| match value {
        Value::Object(below) if !below.is_empty() => {
            leaves(value).into_iter().map(|(path, value)| (format!("{name}.{path}"), value)).collect()
        }
        value => vec![(name.clone(), value.clone())],
    };
    section.iter().flat_map(open).collect()
}

/// A value as it is written on a command line.
fn bare(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::eval::benchmark;
    use crate::generate::from_spec;

    fn refusal(changes: Value) -> String {
        let graph = from_spec("grid:rows=3,columns=4", 1).unwrap().unwrap();
        let exam = benchmark("graph/link-prediction").unwrap().exam(&Subject::Graph(Box::new(graph)), changes);
        exam.err().unwrap().to_string()
    }

    #[test]
    fn the_setting_at_fault_is_named_with_what_it_may_be() {
        for (changes, problem) in [
            (json!({ "sampels": 5 }), "unknown setting `sampels`; did you mean `samples`?\n"),
            (json!({ "encoder": "dot" }), "unknown setting `encoder`; did you mean `writing.encoder`?\n"),
            (json!({ "foo": { "bar": 1 } }), "unknown setting `foo.bar`\n"),
            (json!({ "samples": "many" }), "`samples` must be a whole number, 0 or more, got \"many\"\n"),
            (json!({ "seed": 1, "samples": -1 }), "`samples` must be a whole number, 0 or more, got -1\n"),
            (json!({ "writing": 3 }), "`writing` must be a section, got 3\n"),
            (json!({ "writing": { "encoder": "morse" } }), "`writing.encoder` must be a known encoder, got `morse`"),
        ] {
            let text = refusal(changes);
            assert!(text.starts_with(&format!("graph/link-prediction: {problem}")), "{text}");
        }
    }

    #[test]
    fn settings_are_listed_as_they_are_given_with_their_defaults() {
        let text = refusal(json!({ "samples": "many", "writing": { "naming": "letters" } }));
        assert!(text.contains("`samples=") && text.contains("`writing.encoder=incident`, `writing.naming="), "{text}");
        assert!(!text.contains("naming=letters"), "{text}");
    }
}
