//! TSV as `VLMEvalKit` writes it: tabs, double quotes around text with line breaks, images as base64 in the column `image`.
//!
//! An `image` cell of at most 64 characters is the `index` of the row that holds the image, written once for all that share it.
//! A cell with several images is a Python list of strings.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Cell, Row, Rows, TableError};

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

/// The rows of a file. References may point forward, so that the file is read before the first row is given.
pub(super) fn rows(path: &Path) -> Result<Rows, TableError> {
    let file = File::open(path).map_err(|source| TableError::Io { path: path.into(), source })?;
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').flexible(true).from_reader(file);
    let damaged = |error: csv::Error| TableError::Damaged { path: path.into(), reason: error.to_string() };
    let header = reader.headers().map_err(damaged)?.clone();
    if !header.iter().any(|column| column == INDEX) {
        let reason = format!("its columns are {}; `{INDEX}` is missing", header.iter().collect::<Vec<_>>().join(", "));
        return Err(TableError::Damaged { path: path.into(), reason });
    }
    let mut read = Vec::new();
    for (number, record) in reader.records().enumerate() {
        let place = format!("{} row {number}", path.display());
        read.push(match record {
            Ok(record) => Ok(Row { place, cells: cells(&header, &record) }),
            Err(error) => Err(TableError::Row { place, reason: error.to_string() }),
        });
    }
    let whole: BTreeMap<String, String> = read.iter().flatten().filter_map(own_images).collect();
    Ok(Box::new(read.into_iter().map(move |row| row.and_then(|row| with_images(row, &whole)))))
}

fn cells(header: &csv::StringRecord, record: &csv::StringRecord) -> BTreeMap<String, Cell> {
    let cell = |text: &str| if text.is_empty() { Cell::Absent } else { Cell::Text(text.to_owned()) };
    header.iter().zip(record).map(|(column, text)| (column.to_owned(), cell(text))).collect()
}

/// A row's index and its images, where it holds them itself.
fn own_images(row: &Row) -> Option<(String, String)> {
    let images = row.text(IMAGES).filter(|text| text.len() > LONGEST_REFERENCE)?;
    Some((row.text(INDEX)?.to_owned(), images.to_owned()))
}

/// The row with its images as bytes, followed to where they are written.
fn with_images(mut row: Row, whole: &BTreeMap<String, String>) -> Result<Row, TableError> {
    let Some(text) = row.text(IMAGES) else { return Ok(row) };
    let refuse = |reason: String| TableError::Row { place: row.place.clone(), reason };
    let text = match whole.get(text) {
        Some(images) => images,
        None if text.len() <= LONGEST_REFERENCE => {
            return Err(refuse(format!("its image is that of row `{text}`, which has none or is not there")));
        }
        None => text,
    };
    let decoded = |encoded: &str| base64(encoded).map(Cell::Bytes).map_err(&refuse);
    let files = listed(text).into_iter().map(decoded).collect::<Result<Vec<_>, _>>()?;
    row.cells.insert(IMAGES.into(), Cell::List(files));
    Ok(row)
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
