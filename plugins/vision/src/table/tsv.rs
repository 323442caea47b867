//! TSV as `VLMEvalKit` writes it: tabs, double quotes around text with line breaks, images as base64 in the column `image`.
//!
//! An `image` cell of at most 64 characters is the `index` of the row that holds the image, written once for all that share it.
//! A cell with several images is a Python list of strings. Files may be larger than memory: rows are read one by one, and those
//! that others refer to are read again where they stand.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::bounded::{Allowance, Bounded, LONGEST_ROW};
use super::{Cell, Row, Rows, TableError, written};

/// Padding may be left out, as some writers do.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Longest cell that is a reference to another row.
const LONGEST_REFERENCE: usize = 64;

/// Columns that hold images.
const IMAGES: &str = "image";
/// The column that references name.
const INDEX: &str = "index";

/// The rows of a file, one in memory at a time.
pub(super) fn rows(path: &Path) -> Result<Rows, TableError> {
    rows_within(path, LONGEST_ROW)
}

/// [`rows`] of which none may have more than about so many bytes.
fn rows_within(path: &Path, longest_row: u64) -> Result<Rows, TableError> {
    let mut table = Table::open(path, longest_row)?;
    let damaged = |reason: String| TableError::Damaged { path: path.into(), reason };
    let header = table.reader.headers().map_err(|error| damaged(error.to_string()))?.clone();
    if !header.iter().any(|column| column == INDEX) {
        // What is no table may hold anything, which a terminal must not obey.
        let columns = header.iter().map(|column| column.escape_debug().to_string()).collect::<Vec<_>>().join(", ");
        return Err(damaged(format!("its columns are {columns}; `{INDEX}` is missing")));
    }
    Ok(Box::new(Reading { path: path.into(), longest_row, header, table: Some(table), number: 0, elsewhere: None }))
}

/// An open file.
struct Table {
    reader: csv::Reader<Bounded>,
    allowance: Allowance,
    record: csv::StringRecord,
}

impl Table {
    fn open(path: &Path, longest_row: u64) -> Result<Self, TableError> {
        let file = File::open(path).map_err(|source| TableError::Io { path: path.into(), source })?;
        let (file, allowance) = Bounded::new(file, longest_row);
        let reader = csv::ReaderBuilder::new().delimiter(b'\t').flexible(true).from_reader(file);
        Ok(Self { reader, allowance, record: csv::StringRecord::new() })
    }

    /// The next row; `None` at the end.
    fn next(&mut self, header: &csv::StringRecord) -> Result<Option<BTreeMap<String, Cell>>, csv::Error> {
        self.allowance.renew();
        let there = self.reader.read_record(&mut self.record)?;
        Ok(there.then(|| cells(header, &self.record)))
    }
}

struct Reading {
    path: PathBuf,
    longest_row: u64,
    header: csv::StringRecord,
    /// `None` behind the last row, and where the file cannot be read on.
    table: Option<Table>,
    number: usize,
    elsewhere: Option<Elsewhere>,
}

impl Iterator for Reading {
    type Item = Result<Row, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        let place = format!("{} row {}", self.path.display(), self.number);
        self.number += 1;
        match self.table.as_mut()?.next(&self.header) {
            Ok(Some(cells)) => Some(self.with_images(Row { place, cells })),
            Ok(None) => {
                self.table = None;
                None
            }
            Err(error) => {
                // Behind text in another encoding the next row is found; behind what cannot be read, nothing.
                if error.is_io_error() {
                    self.table = None;
                }
                Some(Err(TableError::Row { place, reason: error.to_string() }))
            }
        }
    }
}

impl Reading {
    /// The row with its images as bytes, followed to where they are written.
    fn with_images(&mut self, mut row: Row) -> Result<Row, TableError> {
        let Some(text) = row.text(IMAGES) else { return Ok(row) };
        let place = row.place.clone();
        let refuse = move |reason: String| TableError::Row { place: place.clone(), reason };
        let text = if text.len() > LONGEST_REFERENCE {
            text.to_owned()
        } else {
            let missing = format!("its image is that of row `{text}`, which has none or is not there");
            self.elsewhere(text)?.ok_or_else(|| refuse(missing))?
        };
        let decoded = |encoded: &str| base64(encoded).map(Cell::Bytes).map_err(&refuse);
        let files = listed(&text).into_iter().map(decoded).collect::<Result<Vec<_>, _>>()?;
        row.cells.insert(IMAGES.into(), Cell::List(files));
        Ok(row)
    }

    /// The images of the row called `index`, which may stand before or behind the one that refers to it.
    fn elsewhere(&mut self, index: &str) -> Result<Option<String>, TableError> {
        if self.elsewhere.is_none() {
            self.elsewhere = Some(Elsewhere::find(&self.path, self.longest_row, &self.header)?);
        }
        Ok(self.elsewhere.as_mut().and_then(|elsewhere| elsewhere.images(index, &self.header)))
    }
}

/// Where rows stand that hold their images themselves, by their index.
struct Elsewhere {
    table: Table,
    places: BTreeMap<String, csv::Position>,
}

impl Elsewhere {
    fn find(path: &Path, longest_row: u64, header: &csv::StringRecord) -> Result<Self, TableError> {
        let mut table = Table::open(path, longest_row)?;
        let mut places = BTreeMap::new();
        // Rows are counted from behind the header.
        let _ = table.reader.headers();
        loop {
            let place = table.reader.position().clone();
            match table.next(header) {
                Ok(Some(cells)) => {
                    if let Some((index, _)) = own_images(&cells) {
                        places.insert(index.to_owned(), place);
                    }
                }
                Ok(None) => break,
                Err(error) if error.is_io_error() => break,
                Err(_) => {}
            }
        }
        Ok(Self { table, places })
    }

    fn images(&mut self, index: &str, header: &csv::StringRecord) -> Option<String> {
        let place = self.places.get(index)?.clone();
        self.table.reader.seek(place).ok()?;
        let cells = self.table.next(header).ok()??;
        own_images(&cells).map(|(_, images)| images.to_owned())
    }
}

fn cells(header: &csv::StringRecord, record: &csv::StringRecord) -> BTreeMap<String, Cell> {
    let cell = |text: &str| if text.is_empty() { Cell::Absent } else { Cell::Text(text.to_owned()) };
    header.iter().zip(record).map(|(column, text)| (column.to_owned(), cell(text))).collect()
}

/// A row's index and its images, where it holds them itself.
fn own_images(cells: &BTreeMap<String, Cell>) -> Option<(&str, &str)> {
    let images = written(cells, IMAGES).filter(|text| text.len() > LONGEST_REFERENCE)?;
    Some((written(cells, INDEX)?, images))
}

/// The bytes of base64 text, line breaks in it allowed.
pub(crate) fn base64(text: &str) -> Result<Vec<u8>, String> {
    let compact: String = text.split_whitespace().collect();
    BASE64.decode(compact).map_err(|error| format!("its image is no base64: {error}"))
}

/// The strings of a Python list, or the text itself. Base64 holds neither quotes nor commas.
fn listed(text: &str) -> Vec<&str> {
    match text.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(list) => list.split(',').map(|item| item.trim().trim_matches(['\'', '"'])).collect(),
        None => vec![text],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of 10,000 bytes that may have 50,000, then one whose quote is never closed.
    #[test]
    fn a_row_beyond_the_limit_ends_the_table_before_memory_does() {
        const LONGEST: u64 = 50_000;
        let file = tempfile::Builder::new().suffix(".tsv").tempfile().unwrap();
        let sound: Vec<String> = (0..20).map(|index| format!("{index}\t{}\n", "x".repeat(10_000))).collect();
        let text = format!("index\tquestion\n{}20\t\"{}", sound.concat(), "y".repeat(4_000_000));
        std::fs::write(file.path(), text).unwrap();
        let read: Vec<_> = rows_within(file.path(), LONGEST).unwrap().collect();
        assert_eq!(read.len(), 21);
        assert!(read[..20].iter().all(Result::is_ok));
        let error = read[20].as_ref().unwrap_err().to_string();
        assert!(error.contains("row 20: ") && error.contains("a row is longer than 50000 bytes"), "{error}");
        // Nothing behind the limit was read.
        let mut table = Table::open(file.path(), LONGEST).unwrap();
        let header = table.reader.headers().unwrap().clone();
        while let Ok(Some(_)) = table.next(&header) {}
        let read = std::io::Seek::stream_position(&mut &table.reader.get_ref().file).unwrap();
        assert!(read < 300_000, "{read} bytes");
    }
}
