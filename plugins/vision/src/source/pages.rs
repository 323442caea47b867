//! The pictures of a Parquet or TSV file, each as a page of an album.

use std::path::Path;
use std::sync::Arc;

use super::album::Page;
use super::spill::Spill;
use super::{Skipped, SourceError};
use crate::table::{self, Cell, Row};

/// Every picture of the table, or why a row has none; the bytes go to `spill`.
pub(super) fn of_table(path: &Path, name: &str, spill: &Arc<Spill>) -> Result<Vec<Result<Page, Skipped>>, SourceError> {
    let mut pages = Vec::new();
    let mut columns = String::new();
    for (number, row) in table::rows(path)?.enumerate() {
        let place = format!("{name} row {number}");
        match row {
            Ok(row) => {
                if columns.is_empty() {
                    columns = row.cells.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                }
                add(&row, &place, spill, &mut pages)?;
            }
            Err(error) => pages.push(Err(Skipped::new(place, &error))),
        }
    }
    if pages.is_empty() {
        let reason = if columns.is_empty() {
            "it has no rows".to_owned()
        } else {
            format!("none of its columns holds pictures: {columns}")
        };
        pages.push(Err(Skipped { name: name.to_owned(), reason }));
    }
    Ok(pages)
}

fn add(row: &Row, place: &str, spill: &Arc<Spill>, pages: &mut Vec<Result<Page, Skipped>>) -> Result<(), SourceError> {
    for (column, cell) in &row.cells {
        let name = || format!("{place}, {column}");
        for file in files(column, cell) {
            let bytes = match file {
                Ok(bytes) => bytes,
                Err(reason) => {
                    pages.push(Err(Skipped { name: name(), reason }));
                    continue;
                }
            };
            let aside = spill.put(&bytes).map_err(|source| SourceError::Spill { source })?;
            pages.push(Page::of(name(), &bytes, aside));
        }
    }
    Ok(())
}

/// The image files of a cell, and what is wrong with those that are not there: bytes, the `bytes` of a record, base64 in a column
/// that is called an image, and lists of these. Bytes that are no image count only in such a column.
fn files(column: &str, cell: &Cell) -> Vec<Result<Vec<u8>, String>> {
    let called_image = column.to_lowercase().starts_with("image") && !column.to_lowercase().contains("path");
    match cell {
        Cell::Bytes(bytes) if called_image || image::guess_format(bytes).is_ok() => vec![Ok(bytes.clone())],
        Cell::Text(text) if called_image => {
            table::base64(text).ok().filter(|bytes| image::guess_format(bytes).is_ok()).map(Ok).into_iter().collect()
        }
        Cell::List(cells) => cells.iter().flat_map(|cell| files(column, cell)).collect(),
        Cell::Record(fields) => match (fields.get("bytes"), fields.get("path")) {
            (Some(Cell::Absent), Some(Cell::Text(path))) => {
                vec![Err(format!("the table holds no bytes of it, only the path {path}"))]
            }
            (Some(bytes), _) => files("image", bytes),
            (None, _) => Vec::new(),
        },
        Cell::Absent | Cell::Text(_) | Cell::Bytes(_) => Vec::new(),
    }
}
