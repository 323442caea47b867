//! Text of anybody as text of a page: nothing in it is markup, and nothing in it is invisible.
//!
//! Completions and prompts are written by models and by strangers. The five characters that mean something to HTML become
//! references; control characters and those that turn the direction of writing become visible.
//!
//! ```text
//! </script>&    ->  &lt;/script&gt;&amp;
//! a NUL         ->  ␀
//! U+202E        ->  \u{202e}
//! ```

use std::fmt::{self, Write};

/// Writes text that may stand between tags and in a quoted attribute.
///
/// Line breaks and tabs stay as they are.
pub(super) fn write_text(out: &mut impl Write, text: &str) -> fmt::Result {
    for letter in text.chars() {
        match letter {
            '&' => out.write_str("&amp;")?,
            '<' => out.write_str("&lt;")?,
            '>' => out.write_str("&gt;")?,
            '"' => out.write_str("&quot;")?,
            '\'' => out.write_str("&#39;")?,
            '\n' | '\t' => out.write_char(letter)?,
            // Control pictures lie in the order of what they show.
            '\0'..='\u{1f}' => out.write_char(char::from_u32(0x2400 + u32::from(letter)).unwrap_or('\u{fffd}'))?,
            '\u{7f}' => out.write_char('\u{2421}')?,
            _ if is_hidden(letter) => write!(out, "\\u{{{:x}}}", u32::from(letter))?,
            _ => out.write_char(letter)?,
        }
    }
    Ok(())
}

/// Later control characters, marks of direction, and code points that HTML does not allow.
fn is_hidden(letter: char) -> bool {
    let noncharacter = u32::from(letter) & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&letter);
    let direction = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    noncharacter || direction || matches!(letter, '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}')
}

/// The text itself where it has at most `most` characters; else its beginning and its end, and between them how many are
/// left out. Answers stand at the end.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let letters = text.chars().count();
    if letters <= most {
        return text.to_owned();
    }
    let (front, back) = (most - most / 2, most / 2);
    let start = |count: usize| text.char_indices().nth(count).map_or(text.len(), |(start, _)| start);
    let (first, last) = (&text[..start(front)], &text[start(letters - back)..]);
    format!("{first}\n[… {} of {letters} characters are left out here …]\n{last}", letters - most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::{Split, TaskRng};

    fn escaped(text: &str) -> String {
        let mut out = String::new();
        write_text(&mut out, text).unwrap();
        out
    }

    #[test]
    fn by_hand() {
        assert_eq!(escaped("</script><b a='1'>\"&amp;"), "&lt;/script&gt;&lt;b a=&#39;1&#39;&gt;&quot;&amp;amp;");
        assert_eq!(escaped("a\0b\r\n\tc\x1b[31m\x7f"), "a␀b␍\n\tc␛[31m␡");
        assert_eq!(escaped("\u{202e}x\u{85}\u{ffff}\u{1fffe}"), "\\u{202e}x\\u{85}\\u{ffff}\\u{1fffe}");
        assert_eq!(escaped("Zürich 图 🦀"), "Zürich 图 🦀");
    }

    /// The plain inverse, for text without hidden characters.
    fn read_back(text: &str) -> String {
        let mut text = text.to_owned();
        for (reference, letter) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")] {
            text = text.replace(reference, letter);
        }
        text
    }

    #[test]
    fn nothing_is_markup_and_nothing_is_lost() {
        let pieces =
            ["<", ">", "&", "\"", "'", "</script>", "]]>", "<!--", "&lt;", "\n", "a", "é", "🦀", "&#39;", "x=1 "];
        for index in 0..2000 {
            let mut rng = TaskRng::new(7, "escape", Split::Train, index);
            let text: String = (0..rng.below(20)).map(|_| pieces[rng.below(pieces.len())]).collect();
            let escaped = escaped(&text);
            assert!(!escaped.contains(['<', '>', '"', '\'']), "{escaped}");
            assert_eq!(read_back(&escaped), text);
        }
    }

    #[test]
    fn no_control_character_is_left() {
        for letter in (0..=0x0011_0000).filter_map(char::from_u32) {
            let shown = escaped(&letter.to_string());
            assert!(!shown.is_empty() && shown.chars().all(|shown| !shown.is_control() || "\n\t".contains(shown)));
        }
    }

    #[test]
    fn what_is_too_long_keeps_its_ends() {
        assert_eq!(shortened("aébc", 4), "aébc");
        assert_eq!(shortened("aébcd", 4), "aé\n[… 1 of 5 characters are left out here …]\ncd");
        assert_eq!(shortened("aébcd", 3), "aé\n[… 2 of 5 characters are left out here …]\nd");
        assert!(shortened(&"x".repeat(1 << 20), 100).len() < 200);
    }
}
