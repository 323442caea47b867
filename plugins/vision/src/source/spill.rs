//! Bytes put aside in a nameless temporary file: the encoded pictures of tables that may be larger than memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

/// A file that only grows.
pub(super) struct Spill {
    file: Mutex<(File, u64)>,
}

/// Where bytes were put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    start: u64,
    length: usize,
}

impl Spill {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { file: Mutex::new((tempfile::tempfile()?, 0)) })
    }

    /// Puts bytes at the end.
    pub(super) fn put(&self, bytes: &[u8]) -> io::Result<Place> {
        let mut guard = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, end) = &mut *guard;
        let place = Place { start: *end, length: bytes.len() };
        file.seek(SeekFrom::Start(*end))?;
        file.write_all(bytes)?;
        *end += bytes.len() as u64;
        Ok(place)
    }

    /// The bytes at a place.
    pub(super) fn get(&self, place: Place) -> io::Result<Vec<u8>> {
        let mut guard = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = vec![0; place.length];
        guard.0.seek(SeekFrom::Start(place.start))?;
        guard.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}
