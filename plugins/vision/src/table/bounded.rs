//! A file of which no row may be longer than memory should hold.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

/// Most bytes of a row: a few large images as base64.
pub(super) const LONGEST_ROW: u64 = 256 << 20;

/// A file that ends in an error once more is read than is left for the row.
pub(super) struct Bounded {
    file: File,
    left: Allowance,
}

/// What may still be read of a row.
#[derive(Clone)]
pub(super) struct Allowance(Rc<Cell<u64>>);

impl Allowance {
    /// Begins a row.
    pub(super) fn renew(&self) {
        self.0.set(LONGEST_ROW);
    }
}

impl Bounded {
    pub(super) fn new(file: File) -> (Self, Allowance) {
        let left = Allowance(Rc::new(Cell::new(LONGEST_ROW)));
        (Self { file, left: left.clone() }, left)
    }
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.0.get();
        if left == 0 {
            let reason = format!("a row is longer than {} MiB; a quote in it may never be closed", LONGEST_ROW >> 20);
            return Err(io::Error::other(reason));
        }
        let count = self.file.read(buffer)?;
        self.left.0.set(left.saturating_sub(count as u64));
        Ok(count)
    }
}

impl Seek for Bounded {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
