//! Names in formats that escape by entities, `&quot;` and `&#10;`: `GraphML` and GML.
//!
//! XML has no way to write most control characters. A name that holds one, and one that begins with a quote, stands as a
//! JSON string, escaped in turn.

use std::fmt::Write as _;

use super::quote::in_quotes;

/// Which characters are written as they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// All that XML allows.
    Unicode,
    /// Those of ASCII, as GML demands.
    Ascii,
}

/// The name with entities, on one line.
pub(super) fn escape(name: &str, alphabet: Alphabet) -> String {
    let forbidden = |character: char| character.is_control() && !matches!(character, '\t' | '\n' | '\r');
    let quoted = if name.starts_with('"') || name.contains(forbidden) { Some(in_quotes(name)) } else { None };
    let mut escaped = String::with_capacity(name.len());
    for character in quoted.as_deref().unwrap_or(name).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ if character.is_control() || alphabet == Alphabet::Ascii && !character.is_ascii() => {
                let _ = write!(escaped, "&#{};", u32::from(character));
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// The name that [`escape`] wrote; `None` where an entity is unknown.
pub(super) fn unescape(escaped: &str) -> Option<String> {
    let name = quick_xml::escape::unescape(escaped).ok()?;
    let quoted = if name.starts_with('"') { serde_json::from_str(&name).ok() } else { None };
    Some(quoted.unwrap_or_else(|| name.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_one_line_and_comes_back() {
        for name in ["Ada", "<b> & \"c\"", "\"quoted\"", "a\nb\u{1}\u{0}", "\"", "Łódź", "&amp;", ""] {
            for alphabet in [Alphabet::Unicode, Alphabet::Ascii] {
                let escaped = escape(name, alphabet);
                assert!(!escaped.contains(['\n', '"', '<']), "{escaped}");
                assert_eq!(unescape(&escaped).as_deref(), Some(name));
            }
            assert!(escape(name, Alphabet::Ascii).is_ascii());
        }
    }

    #[test]
    fn an_unknown_entity_is_no_name() {
        assert_eq!(unescape("&nonsense;"), None);
    }
}
