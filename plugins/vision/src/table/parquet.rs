//! Parquet: rows of any schema, nested records and lists among them.
//!
//! Values are read row by row, so that a column has one page in memory and a row its own cells. A row that is longer than rows may be is an
//! error of its own; where a page is damaged or too long, the rest of its row group is left out with one error, and the next group
//! is read.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::{ReaderIter, TreeBuilder};
use parquet::record::{Field, Row as ParquetRow};

use super::bounded::LONGEST_ROW;
use super::pages::{LONGEST_PAGE, Pages};
use super::{Cell, Row, Rows, TableError};

/// How many rows a file says it has.
pub(super) fn count(path: &Path) -> Result<usize, TableError> {
    Ok(usize::try_from(reader(path, LONGEST_PAGE)?.metadata().file_metadata().num_rows()).unwrap_or_default())
}

fn reader(path: &Path, longest_page: u64) -> Result<SerializedFileReader<Pages>, TableError> {
    let damaged = |error: ParquetError| TableError::Damaged { path: path.into(), reason: error.to_string() };
    let file = File::open(path).map_err(|source| TableError::Io { path: path.into(), source })?;
    SerializedFileReader::new(Pages::new(file, longest_page)).map_err(damaged)
}

/// The rows of a file.
pub(super) fn rows(path: &Path) -> Result<Rows, TableError> {
    rows_within(path, LONGEST_ROW, LONGEST_PAGE)
}

/// [`rows`] of which none may have more than `longest_row` bytes, and none of whose pages more than `longest_page`.
fn rows_within(path: &Path, longest_row: u64, longest_page: u64) -> Result<Rows, TableError> {
    let file = reader(path, longest_page)?;
    Ok(Box::new(Reading { path: path.into(), file, longest_row, group: 0, rows: None, number: 0, next_group: 0 }))
}

struct Reading {
    path: PathBuf,
    file: SerializedFileReader<Pages>,
    longest_row: u64,
    /// The row group that is begun next.
    group: usize,
    /// What is left of the one before it.
    rows: Option<ReaderIter>,
    /// The row that is read next.
    number: usize,
    /// The first row of the group that is begun next.
    next_group: usize,
}

impl Iterator for Reading {
    type Item = Result<Row, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rows.is_none() {
                if self.group == self.file.num_row_groups() {
                    return None;
                }
                if let Err(error) = self.begin() {
                    return Some(Err(self.left_out(&error)));
                }
            }
            match self.rows.as_mut().and_then(Iterator::next) {
                Some(Ok(row)) => return Some(self.checked(&row)),
                Some(Err(error)) => return Some(Err(self.left_out(&error))),
                None => self.rows = None,
            }
        }
    }
}

impl Reading {
    fn begin(&mut self) -> Result<(), ParquetError> {
        let group = self.group;
        self.group += 1;
        self.number = self.next_group;
        let counted = self.file.metadata().row_group(group).num_rows();
        self.next_group += usize::try_from(counted).unwrap_or_default();
        let schema = self.file.metadata().file_metadata().schema_descr_ptr();
        let rows = TreeBuilder::new().with_batch_size(1).as_iter(schema, &*self.file.get_row_group(group)?)?;
        self.rows = Some(rows);
        Ok(())
    }

    fn place(&self) -> String {
        format!("{} row {}", self.path.display(), self.number)
    }

    fn checked(&mut self, row: &ParquetRow) -> Result<Row, TableError> {
        let place = self.place();
        self.number += 1;
        let (length, most) = (row.get_column_iter().map(|(_, field)| length(field)).sum::<u64>(), self.longest_row);
        if length > most {
            let reason =
                format!("the row has {length} bytes, at most {most} are read; leave out or scale down its images");
            return Err(TableError::Row { place, reason });
        }
        Ok(Row { place, cells: cells(row.get_column_iter()) })
    }

    /// What is told of a row group that cannot be read on.
    fn left_out(&mut self, error: &ParquetError) -> TableError {
        let (place, last) = (self.place(), self.next_group.saturating_sub(1));
        self.rows = None;
        let rest = if last > self.number { format!("; rows up to {last} are left out with it") } else { String::new() };
        TableError::Row { place, reason: format!("{error}{rest}") }
    }
}

fn cells<'row>(fields: impl Iterator<Item = (&'row String, &'row Field)>) -> BTreeMap<String, Cell> {
    fields.map(|(name, field)| (name.clone(), cell(field))).collect()
}

fn cell(field: &Field) -> Cell {
    match field {
        Field::Null => Cell::Absent,
        Field::Str(text) => Cell::Text(text.clone()),
        Field::Bytes(bytes) => Cell::Bytes(bytes.data().to_vec()),
        Field::Group(fields) => Cell::Record(cells(fields.get_column_iter())),
        Field::ListInternal(list) => Cell::List(list.elements().iter().map(cell).collect()),
        plain => Cell::Text(plain.to_string()),
    }
}

/// Bytes of text, files, and of what holds them; other values are short.
fn length(field: &Field) -> u64 {
    match field {
        Field::Str(text) => text.len() as u64,
        Field::Bytes(bytes) => bytes.len() as u64,
        Field::Group(fields) => fields.get_column_iter().map(|(_, field)| length(field)).sum(),
        Field::ListInternal(list) => list.elements().iter().map(length).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::basic::{Compression, ZstdLevel};
    use parquet::data_type::{ByteArray, ByteArrayType};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    const LONGEST_ROW: u64 = 50_000;
    const LONGEST_PAGE: u64 = 200_000;

    /// A file of one column, a page and a row group for each of `groups`.
    fn table(groups: &[Vec<Vec<u8>>], compression: Compression) -> tempfile::NamedTempFile {
        let file = tempfile::Builder::new().suffix(".parquet").tempfile().unwrap();
        let schema = Arc::new(parse_message_type("message schema { required binary image; }").unwrap());
        let settings = WriterProperties::builder()
            .set_compression(compression)
            .set_dictionary_enabled(false)
            .set_data_page_size_limit(1 << 30)
            .build();
        let mut writer = SerializedFileWriter::new(file.reopen().unwrap(), schema, Arc::new(settings)).unwrap();
        for cells in groups {
            let mut group = writer.next_row_group().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            let cells: Vec<ByteArray> = cells.iter().map(|cell| ByteArray::from(cell.clone())).collect();
            column.typed::<ByteArrayType>().write_batch(&cells, None, None).unwrap();
            column.close().unwrap();
            group.close().unwrap();
        }
        writer.close().unwrap();
        file
    }

    /// The length of each row's image, or the end of what is wrong with it.
    fn read(file: &tempfile::NamedTempFile) -> Vec<Result<usize, String>> {
        let rows = rows_within(file.path(), LONGEST_ROW, LONGEST_PAGE).unwrap();
        let told = |error: TableError| error.to_string().rsplit_once(".parquet ").unwrap().1.to_owned();
        rows.map(|row| row.map(|row| row.files("image")[0].len()).map_err(told)).collect()
    }

    #[test]
    fn a_row_beyond_the_limit_is_left_out_alone() {
        let groups = [vec![vec![1; 40_000], vec![2; 60_000], vec![3; 30_000]], vec![vec![4; 10]]];
        let wrong = "row 1: the row has 60000 bytes, at most 50000 are read; leave out or scale down its images";
        let rows = read(&table(&groups, Compression::UNCOMPRESSED));
        assert_eq!(rows, [Ok(40_000), Err(wrong.to_owned()), Ok(30_000), Ok(10)]);
    }

    /// Zeros, of which a few bytes of a compressed page make as many as one likes.
    #[test]
    fn a_page_beyond_the_limit_takes_its_row_group_with_it_and_no_memory() {
        let groups = [vec![vec![1; 10]], vec![vec![0; 100_000], vec![0; 2_000_000]], vec![vec![5; 20]]];
        for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::ZSTD(ZstdLevel::default())] {
            let rows = read(&table(&groups, compression));
            assert_eq!((rows.len(), &rows[0], &rows[2]), (3, &Ok(10), &Ok(20)), "{compression:?}");
            let wrong = rows[1].as_ref().unwrap_err();
            assert!(wrong.starts_with("row 1: ") && wrong.contains("a page of it has 2100008 bytes"), "{wrong}");
            assert!(wrong.ends_with("rows up to 2 are left out with it"), "{wrong}");
        }
    }
}
