//! [`ImageFile`]: the encoded file of an image, wherever its bytes are.
//!
//! Tables may hold more images than fit into memory: what is read of them is put aside in a nameless temporary file, equal files once.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::picture::first_bytes;

/// The encoded file of an image.
#[derive(Debug, Clone)]
pub enum ImageFile {
    /// Its bytes.
    Memory(Arc<[u8]>),
    /// Its path.
    Path(PathBuf),
    /// Its place among bytes that were put aside.
    Aside(Aside),
}

impl ImageFile {
    /// Its bytes, read anew where they are not in memory.
    pub fn bytes(&self) -> io::Result<Vec<u8>> {
        match self {
            Self::Memory(bytes) => Ok(bytes.to_vec()),
            Self::Path(path) => std::fs::read(path),
            Self::Aside(Aside { spill, place }) => spill.get(*place),
        }
    }

    /// How many there are; 0 where that cannot be told.
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Path(path) => std::fs::metadata(path).map_or(0, |found| found.len()),
            Self::Aside(Aside { place, .. }) => place.length as u64,
        }
    }
}

/// What tells one file from another.
pub(super) fn content_hash(bytes: &[u8]) -> u64 {
    first_bytes(&blake3::hash(bytes))
}

/// Bytes that were put aside.
#[derive(Clone)]
pub struct Aside {
    spill: Arc<Spill>,
    place: Place,
}

impl fmt::Debug for Aside {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} bytes put aside", self.place.length)
    }
}

/// A file that only grows.
pub(crate) struct Spill {
    written: Mutex<Written>,
}

struct Written {
    file: File,
    end: u64,
    /// Where the bytes of a hash are.
    places: BTreeMap<u64, Place>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    start: u64,
    length: usize,
}

impl Spill {
    pub(crate) fn new() -> io::Result<Arc<Self>> {
        let written = Written { file: tempfile::tempfile()?, end: 0, places: BTreeMap::new() };
        Ok(Arc::new(Self { written: Mutex::new(written) }))
    }

    /// Puts an image's file at the end, unless it is there.
    pub(crate) fn put(self: &Arc<Self>, bytes: &[u8]) -> io::Result<ImageFile> {
        let mut guard = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let Written { file, end, places } = &mut *guard;
        let place = match places.entry(content_hash(bytes)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                let place = Place { start: *end, length: bytes.len() };
                file.seek(SeekFrom::Start(*end))?;
                file.write_all(bytes)?;
                *end += bytes.len() as u64;
                *new.insert(place)
            }
        };
        Ok(ImageFile::Aside(Aside { spill: Arc::clone(self), place }))
    }

    fn get(&self, place: Place) -> io::Result<Vec<u8>> {
        let mut guard = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = vec![0; place.length];
        guard.file.seek(SeekFrom::Start(place.start))?;
        guard.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_files_are_put_aside_once_and_come_back() {
        let spill = Spill::new().unwrap();
        let files: Vec<ImageFile> =
            [&b"one"[..], b"another", b"one"].iter().map(|file| spill.put(file).unwrap()).collect();
        let read: Vec<Vec<u8>> = files.iter().map(|file| file.bytes().unwrap()).collect();
        assert_eq!(read, [b"one".to_vec(), b"another".to_vec(), b"one".to_vec()]);
        assert_eq!(spill.written.lock().unwrap().end, 10);
        assert_eq!(files[1].length(), 7);
    }
}
