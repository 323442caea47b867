//! How short answers are read: normalised text, whole words, denials, and lists.
//!
//! ```
//! use ssl4rl_tasks::verifiers::wording::{items, normalised, write_items};
//! assert_eq!(normalised(" **The  Matrix**. "), "the matrix");
//! assert_eq!(normalised("Lock &amp; Key"), "lock & key");
//! assert_eq!(items("[3, 1, 2]"), ["3", "1", "2"]);
//! assert_eq!(items("Paris, Texas | Rome"), ["Paris, Texas", "Rome"]);
//! assert_eq!(write_items(["Paris, Texas", "Rome"]), "Paris, Texas | Rome");
//! ```

use std::borrow::Cow;
use std::ops::Range;

/// Longest answer, in bytes, that is searched for what it names; a longer one must be the bare answer.
pub const LONGEST_PHRASE: usize = 400;

/// What a verdict says where [`protocol::answer`](crate::protocol::answer) finds nothing to read.
pub(super) const UNREADABLE_ANSWER: &str = "no answer block, or one too long to be read";

/// Words that turn what is named into its opposite.
const DENIALS: [&str; 8] = ["not", "never", "neither", "nor", "except", "but", "without", "minus"];

/// Marks around an answer that mean nothing: quotes, emphasis, mathematics.
const WRAPPING: [char; 9] = ['"', '\'', '`', '*', '$', '“', '”', '‘', '’'];

/// Bytes of an entity's name, at most.
const LONGEST_ENTITY: usize = 8;

/// Marks that mean nothing after an answer; before it, `.5` is a number.
const CLOSING: [char; 3] = ['.', ',', ';'];

/// Lower case, runs of white space as one blank, hyphens of every kind as the plain one, entities of XML as what they stand for,
/// without quotes, emphasis or full stops at the ends.
pub fn normalised(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for word in bare(&without_entities(text)).split_whitespace() {
        if !result.is_empty() {
            result.push(' ');
        }
        result.extend(word.chars().map(plain).flat_map(char::to_lowercase));
    }
    result
}

/// `text` without white space, quotes, emphasis or full stops at the ends; a text of nothing else stays as it is.
pub fn bare(text: &str) -> &str {
    let wraps = |symbol: char| symbol.is_whitespace() || WRAPPING.contains(&symbol);
    let start = text.trim_start_matches(wraps);
    let inside = start.trim_end_matches(|symbol| wraps(symbol) || CLOSING.contains(&symbol));
    match inside.len() {
        0 => text.trim(),
        end if closes_entity(start, end) => &start[..=end],
        _ => inside,
    }
}

/// The pieces of a text between marks such as commas. A `;` that closes an entity of XML separates nothing.
pub fn separated<'text>(text: &'text str, marks: &[char]) -> Vec<&'text str> {
    let mut start = 0;
    let mut pieces = Vec::new();
    for (at, mark) in text.char_indices().filter(|(_, symbol)| marks.contains(symbol)) {
        if !closes_entity(text, at) {
            pieces.push(&text[start..at]);
            start = at + mark.len_utf8();
        }
    }
    pieces.push(&text[start..]);
    pieces
}

/// Whether a `;` at this byte is the end of an entity.
fn closes_entity(text: &str, at: usize) -> bool {
    text[at..].starts_with(';') && entity(&text[..=at]).is_some()
}

/// The entity at the end of the text, from `&` to `;`: how long it is and what it stands for.
fn entity(text: &str) -> Option<(usize, char)> {
    let inside = text.strip_suffix(';')?;
    // `&#1114111;` is the longest.
    let start = inside.bytes().rev().take(LONGEST_ENTITY).position(|byte| byte == b'&')?;
    let name = &inside[inside.len() - start..];
    let symbol = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((name.len() + 2, symbol))
}

/// The text with entities of XML replaced, also where what one stands for begins another: `&amp;amp;` is a name shown twice.
fn without_entities(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len());
    for symbol in text.chars() {
        result.push(symbol);
        if let Some((length, symbol)) = entity(&result) {
            result.truncate(result.len() - length);
            result.push(symbol);
        }
    }
    Cow::Owned(result)
}

/// Whether a phrase (normalised) holds a word such as `not`.
pub fn denies(phrase: &str) -> bool {
    phrase
        .split(|symbol: char| !symbol.is_alphanumeric() && symbol != '\'' && symbol != '’')
        .any(|word| DENIALS.contains(&word) || word.ends_with("n't") || word.ends_with("n’t"))
}

/// Whether a phrase (normalised) leaves open which of several things it means.
pub fn hedges(phrase: &str) -> bool {
    phrase.split(|symbol: char| !symbol.is_alphanumeric()).any(|word| matches!(word, "or" | "either"))
}

/// Byte ranges where `wanted` stands in `phrase` as whole words; `12` does not stand in `112`, `12.5`, or `-12`.
pub fn whole_word_ranges<'text>(phrase: &'text str, wanted: &'text str) -> impl Iterator<Item = Range<usize>> + 'text {
    // `match_indices` of an empty pattern would yield every boundary.
    let found = if wanted.is_empty() { None } else { Some(phrase.match_indices(wanted)) };
    found
        .into_iter()
        .flatten()
        .map(|(start, text)| start..start + text.len())
        .filter(|range| stands_alone(phrase, range))
}

/// [`whole_word_ranges`] where the parts of a compound may have a hyphen, a slash, an underscore or a blank between them: `top-left`
/// stands in `top left`, but `left` does not stand in `top-left`.
pub(super) fn compound_ranges(phrase: &str, wanted: &str) -> Vec<Range<usize>> {
    let (loose, wanted) = (loosened(phrase), loosened(wanted));
    let found = if wanted.is_empty() { None } else { Some(loose.match_indices(&wanted)) };
    let ranges = found.into_iter().flatten().map(|(start, text)| start..start + text.len());
    ranges.filter(|range| stands_alone(phrase, range)).collect()
}

/// The words of a list however they are separated: by commas, semicolons, bars or white space, in brackets, with an `and` among them.
///
/// ```
/// use ssl4rl_tasks::verifiers::wording::words_listed;
/// for text in ["3 1 2", "3, 1 and 2", "[[3], [1, 2]]", "3;1\n2"] {
///     assert_eq!(words_listed(text), ["3", "1", "2"]);
/// }
/// ```
pub fn words_listed(text: &str) -> Vec<&str> {
    let separates = |symbol: char| symbol.is_whitespace() || ",;|[](){}".contains(symbol);
    text.split(separates).map(bare).filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case("and")).collect()
}

/// The items of a written list, in order, trimmed, empty ones left out.
///
/// Items are separated by line breaks, `;` or `|` where one of these occurs, else by commas. One pair of brackets around
/// the whole is dropped.
pub fn items(text: &str) -> Vec<&str> {
    let inside = without_brackets(text.trim());
    let strong = separated(inside, &['\n', ';', '|']);
    let pieces = if strong.len() > 1 { strong } else { separated(inside, &[',']) };
    pieces.into_iter().map(bare).filter(|item| !item.is_empty()).collect()
}

/// Writes a list that [`items`] reads back: commas, or bars where an item holds a comma.
pub fn write_items<Item: AsRef<str>>(list: impl IntoIterator<Item = Item>) -> String {
    let list: Vec<Item> = list.into_iter().collect();
    if list.iter().any(|item| item.as_ref().contains(',')) {
        let mut text = list.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(" | ");
        if list.len() == 1 {
            text.push_str(" |");
        }
        return text;
    }
    list.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", ")
}

/// Whether no word goes on at either end of a range.
fn stands_alone(phrase: &str, range: &Range<usize>) -> bool {
    let before = phrase[..range.start].chars().next_back();
    let mut after = phrase[range.end..].chars();
    let open_left = before.is_none_or(|symbol| !symbol.is_alphanumeric() && !joins(symbol));
    let open_right = match after.next() {
        Some(symbol) if symbol.is_alphanumeric() => false,
        Some(symbol) if joins(symbol) => after.next().is_none_or(|next| !next.is_alphanumeric()),
        None | Some(_) => true,
    };
    open_left && open_right
}

/// A blank between the parts of every compound, at the same bytes as before.
fn loosened(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let (mut symbols, mut before) = (text.chars().peekable(), ' ');
    while let Some(symbol) = symbols.next() {
        let within = before.is_alphabetic() && symbols.peek().is_some_and(|next| next.is_alphabetic());
        result.push(if within && matches!(symbol, '-' | '/' | '_') { ' ' } else { symbol });
        before = symbol;
    }
    result
}

/// The plain hyphen for the hyphens and short dashes of Unicode, of which one does not break.
fn plain(symbol: char) -> char {
    if matches!(symbol, '\u{2010}'..='\u{2013}') { '-' } else { symbol }
}

fn joins(symbol: char) -> bool {
    matches!(symbol, '-' | '.' | '_' | '\'' | '’')
}

fn without_brackets(text: &str) -> &str {
    [('[', ']'), ('{', '}'), ('(', ')')]
        .into_iter()
        .find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_only() {
        let count = |phrase, wanted| whole_word_ranges(phrase, wanted).count();
        assert_eq!(count("node 12.", "12"), 1);
        assert_eq!(count("112 and 12.5 and -12 and 12b", "12"), 0);
        assert_eq!(count("new york, york", "york"), 2);
        assert_eq!(count("anything", ""), 0);
        assert_eq!(count("é12é", "12"), 0);
    }

    #[test]
    fn compounds_are_found_however_they_are_joined() {
        for phrase in ["top left", "the top-left part", "top/left", "top_left."] {
            assert_eq!(compound_ranges(phrase, "top-left").len(), 1, "{phrase}");
            assert_eq!(compound_ranges(phrase, "op-left").len(), 0, "{phrase}");
        }
        assert_eq!(compound_ranges("the top-left part", "left").len(), 0);
        assert_eq!(compound_ranges("non-connected, -1 and 1-2", "connected").len(), 0);
        assert_eq!(compound_ranges("non-connected, -1 and 1-2", "1").len(), 0);
        assert_eq!(normalised("Top\u{2011}left"), "top-left");
    }

    #[test]
    fn hedges_are_words() {
        assert!(hedges("1 or 2") && hedges("either of both"));
        assert!(!hedges("1 for 2, neither more"));
    }

    #[test]
    fn denials_are_words() {
        assert!(denies("it isn't 4"));
        assert!(denies("anything but 4"));
        assert!(!denies("a knot in butter"));
    }

    #[test]
    fn entities_are_what_they_stand_for_and_separate_nothing() {
        assert_eq!(normalised("A &amp;"), "a &");
        assert_eq!(normalised("&#321;&#xF3;d&#378;"), "łódź");
        assert_eq!(normalised("&lt;b&gt; &quot;c&quot; &apos;d"), "<b> \"c\" 'd");
        assert_eq!(normalised("&amp;amp;"), normalised("&"));
        assert_eq!(normalised("&nonsense; & &#1114112;"), "&nonsense; & &#1114112");
        assert_eq!(items("A &amp; B; C &amp;"), ["A &amp; B", "C &amp;"]);
        assert_eq!(items("A &amp; B, C"), ["A &amp; B", "C"]);
        assert_eq!(items("A & B; C"), ["A & B", "C"]);
    }

    #[test]
    fn lists_keep_what_they_hold() {
        assert_eq!(items("a; b, c"), ["a", "b, c"]);
        assert_eq!(items(" {a} "), ["a"]);
        assert_eq!(items("[]"), Vec::<&str>::new());
        assert_eq!(items(&write_items(["Paris, Texas"])), ["Paris, Texas"]);
    }
}
