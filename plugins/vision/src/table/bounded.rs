//! A file of which no row may be longer than memory should hold.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

/// Most bytes of a row: a few large images as base64.
pub(super) const LONGEST_ROW: u64 = 256 << 20;

/// A file that ends in an error once more is read than is left for the row.
pub(super) struct Bounded {
    pub(super) file: File,
    allowance: Allowance,
}

/// What may be read of a row, and what is left of it.
#[derive(Clone)]
pub(super) struct Allowance {
    whole: u64,
    left: Rc<Cell<u64>>,
}

impl Allowance {
    /// Begins a row.
    pub(super) fn renew(&self) {
        self.left.set(self.whole);
    }
}

impl Bounded {
    /// A file whose rows have at most about `longest_row` bytes: the reader takes whole buffers.
    pub(super) fn new(file: File, longest_row: u64) -> (Self, Allowance) {
        let allowance = Allowance { whole: longest_row, left: Rc::new(Cell::new(longest_row)) };
        (Self { file, allowance: allowance.clone() }, allowance)
    }
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Allowance { whole, left } = &self.allowance;
        if left.get() == 0 {
            let reason = format!("a row is longer than {whole} bytes; a quote in it may never be closed");
            return Err(io::Error::other(reason));
        }
        let count = self.file.read(buffer)?;
        left.set(left.get().saturating_sub(count as u64));
        Ok(count)
    }
}

impl Seek for Bounded {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
