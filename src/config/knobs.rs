//! The names of all knobs, read off the default settings, and the nearest one to a name that does not exist.

use serde_json::Value;

use super::Config;
use crate::tasks::nearest;

/// Tables whose keys the caller chooses: task names, what a saved run records of its making, what a template may ask for,
/// and what a plugin reads of how media are made ready.
const OPEN_TABLES: [&str; 5] = ["tasks", "task", "provenance", "policy.chat_template_kwargs", "policy.preprocessor"];

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
        if OPEN_TABLES.contains(&path[..=depth].join(".").as_str()) {
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
    let names = all();
    let (last, section) = path.split_last().map_or(("", String::new()), |(last, section)| (*last, section.join(".")));
    let same_name = || names.iter().find(|name| last_part(name) == last).map(String::as_str);
    let found = if names.contains(&section) {
        let siblings: Vec<&str> = names.iter().map(String::as_str).filter(|name| parent(name) == section).collect();
        if siblings.is_empty() { Some(section.as_str()) } else { nearest_last(last, &siblings).or_else(same_name) }
    } else {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        same_name().or_else(|| nearest(&path.join("."), names.iter().copied())).or_else(|| nearest_last(last, &names))
    };
    match found {
        Some(name) => format!("did you mean `{name}`?"),
        None if names.contains(&section) => {
            let siblings = names.iter().filter(|name| parent(name) == section).map(|name| last_part(name));
            format!("`{section}` has {}", quoted(siblings))
        }
        None => format!("the sections are {}", quoted(names.iter().filter(|name| parent(name).is_empty()))),
    }
}

fn nearest_last<'names>(last: &str, names: &[&'names str]) -> Option<&'names str> {
    let found = nearest(last, names.iter().map(|name| last_part(name)))?;
    names.iter().copied().find(|name| last_part(name) == found)
}

fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}

fn parent(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(parent, _)| parent)
}

fn quoted(names: impl Iterator<Item = impl std::fmt::Display>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
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
