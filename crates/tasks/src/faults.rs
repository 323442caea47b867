//! Which knob is at fault where the settings of a task do not parse, in words for whoever set it.
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

use super::settings::{Fault, expected_in_words};
use super::{Knob, TaskError};

/// What is wrong with the first of the `given` settings that is wrong by itself; `None` where each of them is fine alone.
///
/// `parse` builds the task from such settings laid over the defaults.
pub(super) fn fault(
    task: &'static str,
    given: &Value,
    knobs: &[Knob],
    parse: impl Fn(Value) -> Result<(), TaskError>,
) -> Option<TaskError> {
    let known: Vec<&str> = knobs.iter().map(|knob| knob.path.as_str()).collect();
    let refusal = |settings| match parse(settings) {
        Err(TaskError::UnreadableConfig { source, .. }) => Some(source.to_string()),
        _ => None,
    };
    Some(match Fault::first(given, &known, refusal)? {
        Fault::Unknown { path, meant } => {
            let hint = match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("`{task}` has {}", listed(knobs.iter())),
            };
            TaskError::UnknownKnob { task, knob: path, hint }
        }
        Fault::Refused { path, value, message } => refused(task, path, value, &message, knobs),
    })
}

fn refused(task: &'static str, knob: String, value: &Value, message: &str, knobs: &[Knob]) -> TaskError {
    let expected = expected_in_words(message).unwrap_or("readable");
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

fn listed<'knobs>(knobs: impl Iterator<Item = &'knobs Knob>) -> String {
    knobs.map(|knob| format!("`{}`", knob.path)).collect::<Vec<_>>().join(", ")
}
