//! Parquet: rows of any schema, nested records and lists among them.

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row as ParquetRow};

use super::{Cell, Row, Rows, TableError};

/// How many rows a file says it has.
pub(super) fn count(path: &Path) -> Result<usize, TableError> {
    Ok(usize::try_from(reader(path)?.metadata().file_metadata().num_rows()).unwrap_or_default())
}

fn reader(path: &Path) -> Result<SerializedFileReader<File>, TableError> {
    let damaged = |error: ParquetError| TableError::Damaged { path: path.into(), reason: error.to_string() };
    let file = File::open(path).map_err(|source| TableError::Io { path: path.into(), source })?;
    SerializedFileReader::new(file).map_err(damaged)
}

/// The rows of a file. A damaged one ends them, since nothing behind it can be found.
pub(super) fn rows(path: &Path) -> Result<Rows, TableError> {
    let rows = RowIter::from_file_into(Box::new(reader(path)?));
    Ok(Box::new(Reading { path: path.into(), rows: Some(rows), number: 0 }))
}

struct Reading {
    path: PathBuf,
    /// None once a row was damaged.
    rows: Option<RowIter<'static>>,
    number: usize,
}

impl Iterator for Reading {
    type Item = Result<Row, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        let place = format!("{} row {}", self.path.display(), self.number);
        self.number += 1;
        match self.rows.as_mut()?.next()? {
            Ok(row) => Some(Ok(Row { place, cells: cells(&row) })),
            Err(error) => {
                self.rows = None;
                Some(Err(TableError::Row { place, reason: error.to_string() }))
            }
        }
    }
}

fn cells(row: &ParquetRow) -> std::collections::BTreeMap<String, Cell> {
    row.get_column_iter().map(|(name, field)| (name.clone(), cell(field))).collect()
}

fn cell(field: &Field) -> Cell {
    match field {
        Field::Null => Cell::Absent,
        Field::Str(text) => Cell::Text(text.clone()),
        Field::Bytes(bytes) => Cell::Bytes(bytes.data().to_vec()),
        Field::Group(fields) => Cell::Record(cells(fields)),
        Field::ListInternal(list) => Cell::List(list.elements().iter().map(cell).collect()),
        plain => Cell::Text(plain.to_string()),
    }
}
