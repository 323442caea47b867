//! [`Knob`]: what can be set of a task, read off the type of its settings: name, default, and the documentation of the field.
//!
//! ```
//! let registry = ssl4rl_graph::tasks::registry().unwrap();
//! let knobs = registry.knobs("graph/edge-prediction").unwrap();
//! let options = knobs.iter().find(|knob| knob.path == "options").unwrap();
//! assert_eq!(options.default, 4);
//! assert!(options.about.starts_with("Number of candidates"));
//! assert!(knobs.iter().any(|knob| knob.path == "writing.encoder"));
//! ```

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::Value;

/// One setting of a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Knob {
    /// Name, with the sections it lies in: `writing.encoder`.
    pub path: String,
    /// The value where nothing is set.
    pub default: Value,
    /// Meaning, unit and range, as plain text on one line.
    pub about: String,
}

/// The schema of settings of type `Config`, with everything in place and nothing by reference.
pub(super) fn schema_of<Config: JsonSchema>() -> Schema {
    let settings = SchemaSettings::default().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<Config>()
}

/// The knobs that a schema describes, in the order of the fields; a section's knobs stand where the section does.
pub(super) fn knobs_of(schema: &Schema, defaults: &Value) -> Vec<Knob> {
    let mut knobs = Vec::new();
    collect("", schema.as_value(), defaults, &mut knobs);
    knobs
}

fn collect(prefix: &str, schema: &Value, defaults: &Value, knobs: &mut Vec<Knob>) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    for (name, below) in properties {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        let default = defaults.get(name).cloned().unwrap_or_default();
        if below.get("properties").is_some() {
            collect(&path, below, &default, knobs);
            continue;
        }
        let about = below.get("description").and_then(Value::as_str).unwrap_or_default();
        knobs.push(Knob { path, default, about: plain(about) });
    }
}

/// Documentation as one line of text: links become their text.
fn plain(documentation: &str) -> String {
    let mut text = String::with_capacity(documentation.len());
    let mut rest = documentation;
    while let Some((before, after)) = rest.split_once('[') {
        text.push_str(before);
        let (inside, behind) = match after.split_once(']') {
            Some((inside, behind)) if inside.starts_with('`') || behind.starts_with('(') => (inside, behind),
            _ => {
                text.push('[');
                rest = after;
                continue;
            }
        };
        text.push_str(inside);
        rest = behind.strip_prefix('(').and_then(|target| target.split_once(')')).map_or(behind, |(_, behind)| behind);
    }
    text.push_str(rest);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn links_become_their_text() {
        assert_eq!(plain("see [`encode`](crate::graph::encode),\n0 to [`MAX`]"), "see `encode`, 0 to `MAX`");
        assert_eq!(plain("from [0, 1) to 2"), "from [0, 1) to 2");
    }
}
