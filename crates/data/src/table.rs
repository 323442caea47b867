//! Tables as text: records of cells, separated by tabs, commas, semicolons or blanks.
//!
//! The first record decides what separates cells: a tab if it has one, else a comma, else a semicolon, else blanks where the
//! caller allows them. Cells may be quoted as in CSV: `"a ""b"", c"`, line breaks included. A byte order mark, `\r\n`, empty
//! lines and lines that start with `#` or `%` are skipped. Blanks around a cell are not part of it. A record, quoted line
//! breaks included, has at most [`MAX_LINE_BYTES`] bytes.

use std::ops::Range;
use std::path::{Path, PathBuf};

use csv_core::ReadRecordResult;

use super::read_error::{ReadError, quote};
use super::source::{Line, Lines, MAX_LINE_BYTES};

/// An open table.
pub(super) struct Table {
    path: PathBuf,
    lines: Lines,
    blanks: bool,
}

/// One record and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Row<'table> {
    line: Line<'table>,
    cells: &'table [Range<usize>],
}

impl<'table> Row<'table> {
    /// Number of cells.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// A cell as text, without the blanks around it; the empty text where the record is too short.
    pub(super) fn text(&self, cell: usize) -> Result<&'table str, ReadError> {
        let range = self.cells.get(cell).cloned().unwrap_or_default();
        Ok(self.line.text_of(&self.line.bytes[range])?.trim())
    }

    /// All cells as text.
    pub(super) fn texts(&self) -> Result<Vec<&'table str>, ReadError> {
        (0..self.len()).map(|cell| self.text(cell)).collect()
    }

    /// A cell as a number.
    pub(super) fn number<Number: std::str::FromStr>(&self, cell: usize, expected: &str) -> Result<Number, ReadError> {
        self.line.number_of(self.text(cell)?, expected)
    }

    /// A cell as a number that is neither NaN nor infinite.
    pub(super) fn finite(&self, cell: usize, expected: &str) -> Result<f32, ReadError> {
        let value: f32 = self.number(cell, expected)?;
        if value.is_finite() { Ok(value) } else { Err(self.wrong(expected, quote(self.text(cell)?.as_bytes()))) }
    }

    /// The error that this record is not what was expected.
    pub(super) fn wrong(&self, expected: impl Into<String>, got: impl Into<String>) -> ReadError {
        self.line.wrong(expected, got)
    }

    /// The record for an error message.
    pub(super) fn shown(&self) -> String {
        let cells: Vec<&[u8]> = self.cells.iter().map(|range| &self.line.bytes[range.clone()]).collect();
        quote(&cells.join(&b" | "[..]))
    }

    /// Holds the record to so many cells.
    pub(super) fn expect_len(&self, expected: usize, why: &str) -> Result<(), ReadError> {
        if self.len() == expected {
            return Ok(());
        }
        Err(self.wrong(format!("{expected} columns, {why}"), format!("{} in {}", self.len(), self.shown())))
    }
}

impl Table {
    /// Opens a table; where `blanks`, cells may be separated by blanks.
    pub(super) fn open(path: &Path, blanks: bool) -> Result<Self, ReadError> {
        Ok(Self { path: path.to_owned(), lines: Lines::open(path)?, blanks })
    }

    /// Calls `each` with every record.
    pub(super) fn for_each(self, mut each: impl FnMut(Row<'_>) -> Result<(), ReadError>) -> Result<(), ReadError> {
        let mut separator = None;
        // Once a quote was seen: the parser, and whether its record is open.
        let mut quoted: Option<Quoted> = None;
        let mut is_open = false;
        let mut cells = Vec::new();
        self.lines.for_each(|line| {
            if let Some(quoted) = quoted.as_mut().filter(|_| is_open) {
                is_open = !quoted.feed(&line)?;
                return if is_open { Ok(()) } else { each(quoted.row(&line)) };
            }
            if line.bytes.trim_ascii().is_empty() || line.bytes.starts_with(b"#") || line.bytes.starts_with(b"%") {
                return Ok(());
            }
            let separator = *separator.get_or_insert_with(|| Separator::of(line.bytes, self.blanks));
            match separator {
                Separator::Byte(byte) if memchr::memchr(b'"', line.bytes).is_some() => {
                    let quoted = quoted.get_or_insert_with(|| Quoted::new(byte));
                    quoted.restart(line.number);
                    is_open = !quoted.feed(&line)?;
                    if is_open { Ok(()) } else { each(quoted.row(&line)) }
                }
                _ => {
                    separator.split(line.bytes, &mut cells);
                    each(Row { line, cells: &cells })
                }
            }
        })?;
        match quoted.filter(|_| is_open) {
            None => Ok(()),
            Some(quoted) => Err(ReadError::Line {
                path: self.path,
                line: quoted.number,
                expected: "a closing quote for every opening one".into(),
                got: "a quote that is open at the end of the file".into(),
            }),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Separator {
    Byte(u8),
    Blanks,
}

impl Separator {
    fn of(line: &[u8], blanks: bool) -> Self {
        // Quotes open and close, so that every other part between them is outside; a record may go on behind the line.
        let outside: Vec<u8> = line.split(|&byte| byte == b'"').step_by(2).flatten().copied().collect();
        let found = [b'\t', b',', b';'].into_iter().find(|byte| outside.contains(byte));
        match found {
            Some(byte) => Self::Byte(byte),
            None if blanks && !line.contains(&b'"') => Self::Blanks,
            None => Self::Byte(b','),
        }
    }

    fn split(self, line: &[u8], cells: &mut Vec<Range<usize>>) {
        cells.clear();
        let mut start = 0;
        match self {
            Self::Byte(byte) => {
                for end in memchr::memchr_iter(byte, line) {
                    cells.push(start..end);
                    start = end + 1;
                }
                cells.push(start..line.len());
            }
            Self::Blanks => {
                for cell in line.split(u8::is_ascii_whitespace) {
                    if !cell.is_empty() {
                        cells.push(start..start + cell.len());
                    }
                    start += cell.len() + 1;
                }
            }
        }
    }
}

/// A record with quotes, which may go over several lines.
struct Quoted {
    reader: csv_core::Reader,
    /// Line on which the record starts.
    number: u64,
    bytes: Vec<u8>,
    written: usize,
    ends: Vec<usize>,
    end_count: usize,
    cells: Vec<Range<usize>>,
}

impl Quoted {
    fn new(separator: u8) -> Self {
        let reader = csv_core::ReaderBuilder::new().delimiter(separator).build();
        Self { reader, number: 0, bytes: Vec::new(), written: 0, ends: Vec::new(), end_count: 0, cells: Vec::new() }
    }

    /// Starts a record on a line.
    fn restart(&mut self, number: u64) {
        self.reader.reset();
        self.number = number;
        self.written = 0;
        self.end_count = 0;
        self.cells.clear();
    }

    /// Takes a line; whether the record ends with it.
    fn feed(&mut self, line: &Line<'_>) -> Result<bool, ReadError> {
        // Cells together are never longer than what they are read from, nor more than its bytes and one.
        self.bytes.resize(self.written + line.bytes.len() + 2, 0);
        self.ends.resize(self.end_count + line.bytes.len() + 2, 0);
        if self.bytes.len() > MAX_LINE_BYTES {
            return Err(line.too_long());
        }
        for input in [line.bytes, b"\n"] {
            // The parser takes the empty input for the end of the file.
            if input.is_empty() {
                continue;
            }
            let (bytes, ends) = (&mut self.bytes[self.written..], &mut self.ends[self.end_count..]);
            let (result, _, written, ended) = self.reader.read_record(input, bytes, ends);
            self.written += written;
            self.end_count += ended;
            if matches!(result, ReadRecordResult::Record) {
                self.close();
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn close(&mut self) {
        let mut start = 0;
        for &end in &self.ends[..self.end_count] {
            self.cells.push(start..end);
            start = end;
        }
    }

    fn row<'record>(&'record self, line: &Line<'record>) -> Row<'record> {
        Row { line: line.part(self.number, &self.bytes[..self.written]), cells: &self.cells }
    }
}
