//! [`Text`]: a string of JSON as other programs write it.

use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A text. Half a surrogate pair, which a string of JSON can hold and some tokenizers leave, has no form in UTF-8 and is read
/// as `?`, as Python's `encode("utf-8", "replace")` writes it.
///
/// ```
/// let text: ssl4rl::scoring::Text = serde_json::from_str(r#""\ud83d\ude00 \ud83d""#)?;
/// assert_eq!(&*text, "😀 ?");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text(String);

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Strings with half a pair are handed out as bytes alone.
        deserializer.deserialize_bytes(TextVisitor)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text(text.to_owned()))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Text, E> {
        match str::from_utf8(bytes) {
            Ok(text) => self.visit_str(text),
            Err(_) => {
                String::from_utf8(without_half_pairs(bytes)).map(Text).map_err(|_| E::custom("text is not UTF-8"))
            }
        }
    }
}

/// The bytes with `?` in place of every surrogate, which takes the three bytes ED, A0 to BF, and one more.
fn without_half_pairs(bytes: &[u8]) -> Vec<u8> {
    let mut mended = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, others)) = rest.split_first() {
        if let [0xED, 0xA0..=0xBF, _, after @ ..] = rest {
            mended.push(b'?');
            rest = after;
        } else {
            mended.push(first);
            rest = others;
        }
    }
    mended
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &[u8]) -> Result<String, String> {
        serde_json::from_slice::<Text>(json).map(|text| text.0).map_err(|error| error.to_string())
    }

    #[test]
    fn half_pairs_are_marked_and_whole_ones_kept() {
        assert_eq!(read(br#""a\ud800b\udfff\ud83d\ude00""#).unwrap(), "a?b?😀");
        assert_eq!(read("\"\u{d7ff}ü\\n\"".as_bytes()).unwrap(), "\u{d7ff}ü\n");
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert!(read(b"\"\xff\"").unwrap_err().starts_with("text is not UTF-8"));
        for other in ["3", "null", "[65]", "{}"] {
            assert!(read(other.as_bytes()).unwrap_err().contains("expected a string"), "{other}");
        }
    }
}
