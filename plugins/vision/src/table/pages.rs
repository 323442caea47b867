//! A parquet file of which no page may be larger than memory should hold.
//!
//! A page is read and decompressed as a whole, whatever it claims to hold. Its header (Thrift's compact protocol) begins with its
//! kind and its two lengths, decompressed and as it lies in the file, so that what claims too much is refused before it is read.

use std::fs::File;
use std::io::{BufRead, BufReader};

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

/// Most bytes of a page. Writers put all images of a row group into one page, a hundred by habit.
pub(super) const LONGEST_PAGE: u64 = 1 << 30;

/// A file whose pages are looked at before they are read.
pub(super) struct Pages {
    file: File,
    longest: u64,
}

impl Pages {
    /// A file of whose pages none may have more than `longest` bytes.
    pub(super) fn new(file: File, longest: u64) -> Self {
        Self { file, longest }
    }

    fn check(&self, length: u64) -> Result<()> {
        if length <= self.longest {
            return Ok(());
        }
        let most = self.longest;
        Err(ParquetError::General(format!(
            "a page of it has {length} bytes, at most {most} are read at once; write the table with smaller row groups"
        )))
    }
}

impl Length for Pages {
    fn len(&self) -> u64 {
        Length::len(&self.file)
    }
}

impl ChunkReader for Pages {
    type T = BufReader<File>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let mut read = self.file.get_read(start)?;
        if let Some(length) = decompressed(read.fill_buf()?) {
            self.check(length)?;
        }
        Ok(read)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.check(length as u64)?;
        self.file.get_bytes(start, length)
    }
}

/// How many bytes a page has once it is decompressed, by the first two fields of its header; `None` where no page begins.
fn decompressed(head: &[u8]) -> Option<u64> {
    const KINDS: u64 = 4;
    let mut bytes = head.iter().copied();
    let kind = field(&mut bytes)?;
    if kind >= KINDS {
        return None;
    }
    let length = field(&mut bytes)?;
    field(&mut bytes).map(|_| length)
}

/// A field that follows the one before: a number of 32 bits, seven bits a byte, the lowest first, doubled where it is not negative.
fn field(bytes: &mut impl Iterator<Item = u8>) -> Option<u64> {
    /// One field on, of the type `i32`.
    const NEXT_NUMBER: u8 = 0x15;
    const MOST_BYTES: u32 = 5;
    if bytes.next()? != NEXT_NUMBER {
        return None;
    }
    let mut doubled = 0;
    for at in 0..MOST_BYTES {
        let byte = bytes.next()?;
        doubled |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return (doubled % 2 == 0).then_some(doubled / 2);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_a_header_by_hand() {
        // A data page (kind 0) of 300 bytes, 100 of them in the file: 600 = 0b100_1011000, 200 = 0b1_1001000.
        let header = [0x15, 0x00, 0x15, 0b1101_1000, 0b100, 0x15, 0b1100_1000, 0b1, 0x2c];
        assert_eq!(decompressed(&header), Some(300));
        assert_eq!(decompressed(&header[..6]), None);
        // A fifth kind, and a number that never ends.
        assert_eq!(decompressed(&[0x15, 0x08, 0x15, 0x02, 0x15, 0x02]), None);
        assert_eq!(decompressed(&[0x15, 0x00, 0x15, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(decompressed(b"any bytes of an image"), None);
    }
}
