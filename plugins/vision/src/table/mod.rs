//! Tables whose cells hold images: rows of parquet files in the Hugging Face layout, and of the TSV files of `VLMEvalKit`.
//!
//! Both become the same [`Row`]: cells by the name of their column. Which columns mean what is for the reader of a benchmark to
//! say. A row that cannot be read is an error of its own, so that the others can be used.
//!
//! ```no_run
//! use ssl4rl_vision::table;
//! for row in table::rows("BLINK/Jigsaw/val-00000-of-00001.parquet".as_ref())? {
//!     let row = row?;
//!     println!("{}: {} images", row.text("idx").unwrap_or("?"), row.files("image_1").len());
//! }
//! # Ok::<(), ssl4rl_vision::table::TableError>(())
//! ```

mod bounded;
mod pages;
mod parquet;
mod tsv;

pub(crate) use tsv::base64;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::walk::files_of;

/// Rows in the order of the file.
pub type Rows = Box<dyn Iterator<Item = Result<Row, TableError>>>;

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Where it stands: the file, and the number of the row from 0.
    pub place: String,
    /// Its cells by column.
    pub cells: BTreeMap<String, Cell>,
}

/// What a column holds in a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Absent,
    /// Text; numbers and truth values as they are written.
    Text(String),
    /// A file, or other bytes.
    Bytes(Vec<u8>),
    /// Several values.
    List(Vec<Cell>),
    /// Values with names.
    Record(BTreeMap<String, Cell>),
}

impl Row {
    /// The text in a column; `None` where there is none, or it is empty or `nan`, as empty cells of a table are often written.
    pub fn text(&self, column: &str) -> Option<&str> {
        written(&self.cells, column)
    }

    /// The texts of a list in a column.
    pub fn texts(&self, column: &str) -> Vec<&str> {
        match self.cells.get(column) {
            Some(Cell::List(cells)) => cells
                .iter()
                .filter_map(|cell| match cell {
                    Cell::Text(text) => Some(text.as_str()),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The files in a column: one, or those of a list; a record with a field `bytes` counts as that file.
    pub fn files(&self, column: &str) -> Vec<&[u8]> {
        self.cells.get(column).map(Cell::files).unwrap_or_default()
    }

    /// Whether the table has a column of this name.
    pub fn has(&self, column: &str) -> bool {
        self.cells.contains_key(column)
    }
}

impl Cell {
    fn files(&self) -> Vec<&[u8]> {
        match self {
            Self::Bytes(bytes) => vec![bytes],
            Self::List(cells) => cells.iter().flat_map(Self::files).collect(),
            Self::Record(fields) => fields.get("bytes").map(Self::files).unwrap_or_default(),
            Self::Absent | Self::Text(_) => Vec::new(),
        }
    }
}

/// The text in a column of a row.
fn written<'row>(cells: &'row BTreeMap<String, Cell>, column: &str) -> Option<&'row str> {
    match cells.get(column)? {
        Cell::Text(text) if !text.trim().is_empty() && !text.eq_ignore_ascii_case("nan") => Some(text),
        _ => None,
    }
}

/// The rows of a file, by the ending of its name.
pub fn rows(file: &Path) -> Result<Rows, TableError> {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("parquet") => parquet::rows(file),
        Some("tsv") => tsv::rows(file),
        _ => Err(TableError::UnknownFormat { path: file.into() }),
    }
}

/// How many rows a file has.
pub(crate) fn count(file: &Path) -> Result<usize, TableError> {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("parquet") => parquet::count(file),
        _ => rows(file).map(Iterator::count),
    }
}

/// Every table in a folder and its subfolders, in the order of their paths, or the file itself.
pub fn files(place: &Path) -> Result<Vec<PathBuf>, TableError> {
    if place.is_file() {
        return Ok(vec![place.into()]);
    }
    let failed = |path: &Path, source| TableError::Io { path: path.into(), source };
    let walk = files_of(place, is_table).map_err(|source| failed(place, source))?;
    match walk.unreadable.into_iter().next() {
        Some((path, source)) => Err(failed(&path, source)),
        None => Ok(walk.files),
    }
}

/// Whether a file's name ends as that of a table.
pub(crate) fn is_table(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending == "parquet" || ending == "tsv")
}

/// Why a table, or a row of it, cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file's name ends in neither of the two.
    #[error("{path}: neither `.parquet` nor `.tsv`", path = path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// A file or folder cannot be opened.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is damaged, or is not what its name says.
    #[error("{path}: {reason}", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// One row cannot be read.
    #[error("{place}: {reason}")]
    Row {
        /// The file, and the number of the row from 0.
        place: String,
        /// What is wrong.
        reason: String,
    },
}
