//! When a name stands in quotes: bare where the text around it cannot be mistaken for a part of it, else as a JSON string.
//!
//! An encoder says which marks may follow a name in its text. A name that contains one, or ends in the beginning of one, is
//! quoted, and so is what is empty, has white space at an end, a quote or a control character, or means something by itself:
//! `none`, `linked`, `leads to`, `Isolated:`. Quoted names never contain a line break, so that texts can be read line by line.

use std::borrow::Cow;

use serde_json::Value;

/// Stands for an empty list.
pub(super) const NONE: &str = "none";
/// Stands for the relation of an edge that has none.
pub(super) const LINKED: &str = "linked";
/// Stands for it where only the order of the ends could tell that the edge is an arrow.
pub(super) const LEADS_TO: &str = "leads to";
/// Begins the line of nodes that no edge touches.
pub(super) const ISOLATED: &str = "Isolated: ";
/// A mark that a name may hold all the same, where it closes what the name opened: `Paris (2)`.
pub(super) const CLOSING: &str = ")";
/// Begins a list of nodes that is a range.
pub(super) const NUMBERED: &str = "numbered from 0 to ";

/// The name as it stands in a text where `marks` may follow it. No mark begins with a letter, a digit or `_`.
pub(super) fn quoted<'name>(name: &'name str, marks: &[&str]) -> Cow<'name, str> {
    if is_plain(name, marks) { Cow::Borrowed(name) } else { Cow::Owned(in_quotes(name)) }
}

/// The name as a JSON string.
pub(super) fn in_quotes(name: &str) -> String {
    Value::from(name).to_string()
}

fn is_plain(name: &str, marks: &[&str]) -> bool {
    if name.is_empty() || name == NONE || name == LINKED || name == LEADS_TO {
        return false;
    }
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return true;
    }
    let speaks = |opening: &str| name.starts_with(opening);
    name.trim() == name
        && !name.contains(|character: char| character == '"' || character.is_control())
        && ![">", "weight ", "numbered ", ISOLATED.trim_end()].into_iter().any(speaks)
        && !marks.iter().any(|mark| collides(name, mark))
}

/// Whether `mark` occurs in the name, or could begin at its end.
pub(super) fn collides(name: &str, mark: &str) -> bool {
    if mark == CLOSING {
        return !is_balanced(name);
    }
    let begins_at_end = |(cut, _): (usize, char)| cut > 0 && name.ends_with(&mark[..cut]);
    name.contains(mark) || mark.char_indices().any(begins_at_end)
}

/// Whether every parenthesis that is opened is closed, and none is closed before.
fn is_balanced(name: &str) -> bool {
    let mut open = 0_usize;
    for character in name.chars() {
        match character {
            '(' => open += 1,
            ')' if open == 0 => return false,
            ')' => open -= 1,
            _ => {}
        }
    }
    open == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_bare_where_it_can_be() {
        for name in ["7", "Ada", "New York", "Schleswig-Holstein", "Paris (2)", "land_reform.n.01", "Łódź", "a,b"] {
            assert_eq!(quoted(name, &[", ", " -", ")"]), name);
        }
    }

    #[test]
    fn a_name_is_quoted_where_it_must_be() {
        for name in [
            "a)",
            "(a",
            ")a(",
            "",
            " a",
            "a ",
            "a\nb",
            "say \"x\"",
            "none",
            "linked",
            "Isolated: a",
            "Paris, Texas",
            "a,",
            "a -b",
        ] {
            let written = quoted(name, &[", ", " -", ")"]);
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), name);
            assert!(!written.contains('\n'));
        }
    }
}
