//! The names of all knobs, read off the default settings, and the nearest one to a name that does not exist.

use serde_json::Value;

use super::Config;
use crate::tasks::nearest;

/// Tables whose keys the caller chooses: task names, and what a saved run records of its making.
const OPEN_TABLES: [&str; 3] = ["tasks", "task", "provenance"];

/// What a dotted path names.
pub(super) enum Knob {
    /// A knob or a section that exists.
    Known,
    /// Something in a table whose keys the caller chooses; what is below is checked by whoever reads it.
    Open,
    /// Nothing.
    Unknown {
        /// The nearest knob, or where to look.
        hint: String,
    },
}

/// Looks a path up.
pub(super) fn find(path: &[&str]) -> Knob {
    let mut place = &default_settings();
    for (depth, name) in path.iter().enumerate() {
        if depth == 0 && OPEN_TABLES.contains(name) {
            return Knob::Open;
        }
        match place.get(name) {
            Some(below) => place = below,
            None => return Knob::Unknown { hint: hint(path) },
        }
    }
    Knob::Known
}

/// The settings with every default, as a tree.
pub(super) fn default_settings() -> Value {
    // The derived serializer of plain structs with string keys has no way to fail.
    serde_json::to_value(Config::default()).unwrap_or_default()
}

fn hint(path: &[&str]) -> String {
    let asked = path.join(".");
    let names = all();
    let last = path.last().copied().unwrap_or_default();
    let same_name = names.iter().find(|name| name.rsplit('.').next() == Some(last)).map(String::as_str);
    match same_name.or_else(|| nearest(&asked, names.iter().map(String::as_str))).or_else(|| nearest_last(last, &names))
    {
        Some(name) => format!("did you mean `{name}`?"),
        None => match path {
            [section, _, ..] if names.iter().any(|name| name.starts_with(&format!("{section}."))) => {
                format!("`{section}` has {}", quoted(&names, section))
            }
            _ => format!("the sections are {}", sections().join(", ")),
        },
    }
}

fn nearest_last<'names>(last: &str, names: &'names [String]) -> Option<&'names str> {
    let last_parts = names.iter().filter_map(|name| name.rsplit('.').next());
    let found = nearest(last, last_parts)?;
    names.iter().map(String::as_str).find(|name| name.rsplit('.').next() == Some(found))
}

fn quoted(names: &[String], section: &str) -> String {
    let prefix = format!("{section}.");
    let knobs: Vec<String> =
        names.iter().filter_map(|name| name.strip_prefix(&prefix)).map(|name| format!("`{name}`")).collect();
    knobs.join(", ")
}

fn sections() -> Vec<String> {
    let settings = default_settings();
    settings.as_object().map(|table| table.keys().map(|name| format!("`{name}`")).collect()).unwrap_or_default()
}

/// Every knob as `section.name`, sections included, in the order of the struct.
fn all() -> Vec<String> {
    fn walk(prefix: &str, place: &Value, names: &mut Vec<String>) {
        let Some(table) = place.as_object() else { return };
        for (name, below) in table {
            let full = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            names.push(full.clone());
            walk(&full, below, names);
        }
    }
    let mut names = Vec::new();
    walk("", &default_settings(), &mut names);
    names
}
