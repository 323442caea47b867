//! Which knob is at fault where the settings of a task do not parse, in words for whoever set it.
//!
//! A parser of JSON names neither the knob nor anything but the types of this program. Each value that was given is laid over the
//! defaults by itself, until one is refused; that it is read only where something was refused makes the cost of no account.
//!
//! ```
//! let registry = ssl4rl_graph::tasks::registry().unwrap();
//! let refusal = |settings| registry.build("graph/edge-prediction", Some(settings)).err().unwrap().to_string();
//! let text = refusal(serde_json::json!({ "options": "many" }));
//! assert!(text.contains("`options` must be a whole number, 0 or more, got \"many\""), "{text}");
//! let text = refusal(serde_json::json!({ "optoins": 4 }));
//! assert!(text.contains("unknown knob `optoins`; did you mean `options`?"), "{text}");
//! ```

use serde_json::Value;

use super::{Knob, TaskError, nearest};

/// A message about a value of the wrong type, with what was expected in words in place of the types that hold settings.
pub fn in_words(message: &str) -> String {
    match message.rsplit_once("expected ") {
        Some((before, expected)) => format!("{before}expected {}", type_in_words(expected)),
        None => message.to_owned(),
    }
}

fn type_in_words(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" => "a text",
        "a sequence" => "a list",
        "a map" => "a section",
        "string or map" => "one of its names",
        other if other.starts_with("struct ") => "a section",
        other => other,
    }
}

/// What is wrong with the first of the `given` settings that is wrong by itself; `None` where each of them is fine alone.
///
/// `parse` builds the task from such settings laid over the defaults.
pub(super) fn fault(
    task: &'static str,
    given: &Value,
    knobs: &[Knob],
    parse: impl Fn(Value) -> Result<(), TaskError>,
) -> Option<TaskError> {
    let mut values = Vec::new();
    collect(String::new(), given, knobs, &mut values);
    values.into_iter().find_map(|(path, value)| {
        if !is_knob(&path, knobs) && !is_section(&path, knobs) {
            let hint = hint(&path, task, knobs);
            return Some(TaskError::UnknownKnob { task, knob: path, hint });
        }
        match parse(alone(&path, value)) {
            Err(TaskError::UnreadableConfig { source, .. }) => {
                Some(refused(task, path, value, &source.to_string(), knobs))
            }
            _ => None,
        }
    })
}

/// Every value with its path, sections opened.
fn collect<'given>(path: String, given: &'given Value, knobs: &[Knob], values: &mut Vec<(String, &'given Value)>) {
    match given.as_object() {
        Some(section) if path.is_empty() || is_section(&path, knobs) => {
            for (name, below) in section {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(path, below, knobs, values);
            }
        }
        _ => values.push((path, given)),
    }
}

fn is_knob(path: &str, knobs: &[Knob]) -> bool {
    knobs.iter().any(|knob| knob.path == path)
}

fn is_section(path: &str, knobs: &[Knob]) -> bool {
    knobs.iter().any(|knob| knob.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

/// Settings that say one thing.
fn alone(path: &str, value: &Value) -> Value {
    path.rsplit('.').fold(value.clone(), |below, name| serde_json::json!({ name: below }))
}

fn refused(task: &'static str, knob: String, value: &Value, message: &str, knobs: &[Knob]) -> TaskError {
    let expected = message.rsplit_once("expected ").map_or("readable", |(_, expected)| type_in_words(expected));
    // What is expected of an item of a list stands there as if it were expected of the list.
    let of_item = value.is_array() && !message.contains("sequence") && !message.starts_with("invalid length");
    let expected = if of_item { format!("a list, each {expected}") } else { expected.to_owned() };
    let about = match knobs.iter().find(|known| known.path == knob) {
        Some(known) => format!("`{knob}`: {}", known.about),
        None => {
            format!("`{knob}` has {}", listed(knobs.iter().filter(|known| known.path.starts_with(&format!("{knob}.")))))
        }
    };
    TaskError::RefusedValue { task, knob, expected, got: value.to_string(), about }
}

/// The knob that was meant, or where all are listed.
fn hint(path: &str, task: &str, knobs: &[Knob]) -> String {
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let same_name = knobs.iter().map(|knob| knob.path.as_str()).find(|known| last(known) == last(path));
    let found = same_name.or_else(|| nearest(path, knobs.iter().map(|knob| knob.path.as_str())));
    match found {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("`{task}` has {}", listed(knobs.iter())),
    }
}

fn listed<'knobs>(knobs: impl Iterator<Item = &'knobs Knob>) -> String {
    knobs.map(|knob| format!("`{}`", knob.path)).collect::<Vec<_>>().join(", ")
}
