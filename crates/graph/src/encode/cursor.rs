//! A place in a line of text, moved forward by what is read. Nothing is read twice, so that reading is linear.

use super::parsed::ParseError;
use super::quote::CLOSING;

/// What is left of one line.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'text> {
    encoder: &'static str,
    line: usize,
    rest: &'text str,
}

impl<'text> Cursor<'text> {
    /// A cursor at the start of every line that is not blank, without the white space around it.
    pub(super) fn lines(encoder: &'static str, text: &'text str) -> impl Iterator<Item = Self> {
        let lines = text.split('\n').enumerate();
        lines
            .map(move |(line, rest)| Self { encoder, line: line + 1, rest: rest.trim() })
            .filter(|line| !line.is_done())
    }

    /// The first of [`Cursor::lines`], where nothing is left if there is none, and the others.
    pub(super) fn first_line(encoder: &'static str, text: &'text str) -> (Self, impl Iterator<Item = Self>) {
        let mut lines = Self::lines(encoder, text);
        let first = lines.next().unwrap_or_else(|| Self::whole(encoder, ""));
        (first, lines)
    }

    /// A cursor at the start of a text whose lines mean nothing.
    pub(super) fn whole(encoder: &'static str, text: &'text str) -> Self {
        Self { encoder, line: 1, rest: text }
    }

    /// Whether nothing is left.
    pub(super) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'text str {
        self.rest
    }

    /// Passes `mark` if it comes next.
    pub(super) fn take(&mut self, mark: &str) -> bool {
        let after = self.rest.strip_prefix(mark);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    /// Cuts `mark` off the end if it stands there.
    pub(super) fn take_last(&mut self, mark: &str) -> bool {
        let before = self.rest.strip_suffix(mark);
        self.rest = before.unwrap_or(self.rest);
        before.is_some()
    }

    /// Passes `mark`, which must come next.
    pub(super) fn expect(&mut self, mark: &str) -> Result<(), ParseError> {
        if self.take(mark) { Ok(()) } else { Err(self.error(format!("`{mark}`"))) }
    }

    /// Cuts off `mark`, which must stand at the end.
    pub(super) fn expect_last(&mut self, mark: &str) -> Result<(), ParseError> {
        if self.take_last(mark) { Ok(()) } else { Err(self.error(format!("`{mark}` at the end"))) }
    }

    /// Nothing may be left.
    pub(super) fn finish(&self) -> Result<(), ParseError> {
        if self.is_done() { Ok(()) } else { Err(self.error("the end of the line")) }
    }

    /// Reads a name: a JSON string, or everything up to the first of `marks` or the end. The mark `)` does not close what
    /// opened inside the name.
    pub(super) fn name(&mut self, marks: &[&str]) -> Result<String, ParseError> {
        if self.rest.starts_with('"') {
            return self.string();
        }
        let mut open = 0_usize;
        let ends_name = |&(at, character): &(usize, char)| {
            let here = &self.rest[at..];
            let ends = marks.iter().any(|mark| here.starts_with(mark) && (*mark != CLOSING || open == 0));
            match character {
                '(' => open += 1,
                ')' => open = open.saturating_sub(1),
                _ => {}
            }
            ends
        };
        let end = self.rest.char_indices().find(ends_name).map_or(self.rest.len(), |(at, _)| at);
        if end == 0 {
            return Err(self.error("a name"));
        }
        Ok(self.advance(end).to_owned())
    }

    /// Reads a name that may be the bare word `word`, which is `None`.
    pub(super) fn name_or(&mut self, word: &str, marks: &[&str]) -> Result<Option<String>, ParseError> {
        let bare = !self.rest.starts_with('"');
        let name = self.name(marks)?;
        Ok(if bare && name == word { None } else { Some(name) })
    }

    /// Passes the characters at the front that are `wanted`.
    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'text str {
        self.advance(self.rest.find(|character| !wanted(character)).unwrap_or(self.rest.len()))
    }

    /// Reads a decimal number.
    pub(super) fn number(&mut self) -> Result<u32, ParseError> {
        let end = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = self.rest[..end].parse().map_err(|_| self.error("a number below 2^32"))?;
        self.advance(end);
        Ok(number)
    }

    /// What is wrong here.
    pub(super) fn error(&self, expected: impl Into<String>) -> ParseError {
        const SHOWN: usize = 40;
        let got = self.rest.chars().take(SHOWN).collect::<String>();
        let got = if got.is_empty() { "the end".into() } else { format!("`{got}`") };
        ParseError { encoder: self.encoder, line: self.line, expected: expected.into(), got }
    }

    /// Reads a JSON string.
    fn string(&mut self) -> Result<String, ParseError> {
        let mut escaped = false;
        let is_end = |&(_, byte): &(usize, u8)| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        };
        let closing = self.rest.bytes().enumerate().skip(1).find(is_end);
        let (end, _) = closing.ok_or_else(|| self.error("a closed quote"))?;
        let name = serde_json::from_str(&self.rest[..=end]).map_err(|_| self.error("a JSON string"))?;
        self.advance(end + 1);
        Ok(name)
    }

    fn advance(&mut self, by: usize) -> &'text str {
        let (passed, rest) = self.rest.split_at(by);
        self.rest = rest;
        self.line += memchr::memchr_iter(b'\n', passed.as_bytes()).count();
        passed
    }
}
