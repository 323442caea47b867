//! Settings as JSON: laid over their defaults, and which of those given is at fault where they do not parse.
//!
//! A parser of JSON names neither the setting nor anything but the types of this program. Each value that was given is laid over the
//! defaults by itself, until one is refused; that it is read only where something was refused makes the cost of no account.
//!
//! ```
//! use serde_json::json;
//! use ssl4rl_tasks::{Fault, lay_over};
//!
//! let mut settings = json!({ "options": 4, "cut": { "min_nodes": 6, "max_nodes": 10 } });
//! lay_over(&mut settings, &json!({ "cut": { "max_nodes": 8 } }));
//! assert_eq!(settings, json!({ "options": 4, "cut": { "min_nodes": 6, "max_nodes": 8 } }));
//!
//! let known = ["options", "cut.min_nodes", "cut.max_nodes"];
//! let given = json!({ "max_nodes": 8 });
//! let fault = Fault::first(&given, &known, |_| None);
//! assert!(matches!(fault, Some(Fault::Unknown { meant: Some("cut.max_nodes"), .. })));
//! ```

use serde_json::Value;

use super::nearest;

/// Puts every value of `given` into `settings`, section by section, so that a section given in part keeps its other settings.
pub fn lay_over(settings: &mut Value, given: &Value) {
    match (settings, given) {
        (Value::Object(settings), Value::Object(given)) => {
            for (name, value) in given {
                lay_over(settings.entry(name.as_str()).or_insert(Value::Null), value);
            }
        }
        (settings, given) => *settings = given.clone(),
    }
}

/// What is wrong with a setting.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault<'given, 'known> {
    /// There is none of this name.
    Unknown {
        /// The name, with the sections it lies in.
        path: String,
        /// The one that may have been meant.
        meant: Option<&'known str>,
    },
    /// Its value is refused.
    Refused {
        /// The name, with the sections it lies in.
        path: String,
        /// The value.
        value: &'given Value,
        /// What the parser said.
        message: String,
    },
}

impl<'given, 'known> Fault<'given, 'known> {
    /// The first of the `given` settings that is wrong by itself; `None` where each of them is fine alone.
    ///
    /// `known` are the names of all settings, with the sections they lie in; `refusal` is what the parser says of some settings that
    /// are laid over the defaults.
    pub fn first(
        given: &'given Value,
        known: &[&'known str],
        refusal: impl Fn(Value) -> Option<String>,
    ) -> Option<Self> {
        let mut values = Vec::new();
        collect(String::new(), given, known, &mut values);
        values.into_iter().find_map(|(path, value)| {
            if !known.contains(&path.as_str()) && !is_section(&path, known) {
                let meant = meant(&path, known);
                return Some(Self::Unknown { path, meant });
            }
            let message = refusal(alone(&path, value))?;
            Some(Self::Refused { path, value, message })
        })
    }
}

/// Every value with its path, sections opened, those that nobody knows among them.
fn collect<'given>(path: String, given: &'given Value, known: &[&str], values: &mut Vec<(String, &'given Value)>) {
    match given.as_object() {
        Some(section) if !known.contains(&path.as_str()) && (path.is_empty() || !section.is_empty()) => {
            for (name, below) in section {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(path, below, known, values);
            }
        }
        _ => values.push((path, given)),
    }
}

fn is_section(path: &str, known: &[&str]) -> bool {
    known.iter().any(|name| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

/// A setting whose name ends alike, or is alike.
fn meant<'known>(path: &str, known: &[&'known str]) -> Option<&'known str> {
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let same_name = known.iter().copied().find(|name| last(name) == last(path));
    same_name.or_else(|| nearest(path, known.iter().copied()))
}

/// Settings that say one thing.
fn alone(path: &str, value: &Value) -> Value {
    path.rsplit('.').fold(value.clone(), |below, name| serde_json::json!({ name: below }))
}

/// What the end of a parser's message says was expected, in words in place of the types that hold settings.
pub(super) fn expected_in_words(message: &str) -> Option<&str> {
    message.rsplit_once("expected ").map(|(_, expected)| type_in_words(expected))
}

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
        "a sequence" => "a list in brackets",
        "a map" => "a section",
        "string or map" => "one of its names",
        other if other.starts_with("struct ") => "a section",
        other => other,
    }
}
