//! JSON lines: one record a line, flushed after each, so that whoever reads along sees every finished step.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use memchr::memchr_iter;
use serde::{Serialize, de::DeserializeOwned};

use super::{LogLength, RunFolderError};
use crate::tasks::counted;

const DAMAGED_LOG: &str =
    "the file was changed or damaged after it was written; `ssl4rl report --html` shows what of it can be read";

/// A file that records are appended to.
#[derive(Debug)]
pub struct JsonLines<Record> {
    path: PathBuf,
    file: File,
    length: LogLength,
    records: PhantomData<fn(&Record)>,
}

impl<Record: Serialize> JsonLines<Record> {
    /// Opens `path` for appending; it is created where it does not exist.
    pub fn append(path: &Path) -> Result<Self, RunFolderError> {
        let file =
            OpenOptions::new().create(true).append(true).open(path).map_err(RunFolderError::io("create", path))?;
        // Something that is no plain file, such as a pipe, is not read back.
        let written =
            if path.is_file() { fs::read(path).map_err(RunFolderError::io("read", path))? } else { Vec::new() };
        let lines = memchr_iter(b'\n', &written).count() as u64;
        let length = LogLength { bytes: written.len() as u64, lines };
        Ok(Self { path: path.to_owned(), file, length, records: PhantomData })
    }

    /// Writes one record in one system call.
    pub fn write(&mut self, record: &Record) -> Result<(), RunFolderError> {
        let mut line =
            serde_json::to_vec(record).map_err(|source| RunFolderError::NotJson { path: self.path.clone(), source })?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(RunFolderError::io("write", &self.path))?;
        self.length.bytes += line.len() as u64;
        self.length.lines += 1;
        Ok(())
    }

    /// Flushes to the disk; returns what is there then.
    pub fn sync(&self) -> Result<LogLength, RunFolderError> {
        self.file.sync_data().map_err(RunFolderError::io("flush", &self.path))?;
        Ok(self.length)
    }
}

/// Records read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged<Record> {
    /// Every whole record, in order.
    pub records: Vec<Record>,
    /// The last line was cut off, as by a crash or a full disk; it is left out.
    pub truncated: bool,
}

impl<Record: DeserializeOwned> Logged<Record> {
    /// Reads a file of JSON lines; one that does not exist has no records.
    pub fn read(path: &Path) -> Result<Self, RunFolderError> {
        match File::open(path) {
            Ok(file) => Self::parse(std::io::BufReader::new(file), path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self { records: Vec::new(), truncated: false })
            }
            Err(error) => Err(RunFolderError::io("read", path)(error)),
        }
    }

    /// Reads JSON lines; `path` is only named in errors.
    pub(super) fn parse(mut reader: impl BufRead, path: &Path) -> Result<Self, RunFolderError> {
        let mut logged = Self { records: Vec::new(), truncated: false };
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            if reader.read_until(b'\n', &mut line).map_err(RunFolderError::io("read", path))? == 0 {
                break;
            }
            match serde_json::from_slice(&line) {
                // Records are written with their line break in one call: without it the record is not whole.
                _ if line.last() != Some(&b'\n') => logged.truncated = true,
                Ok(record) => logged.records.push(record),
                Err(error) => {
                    let (path, message) = (path.to_owned(), error.to_string());
                    return Err(RunFolderError::BadLine { path, line: number, message, remedy: DAMAGED_LOG });
                }
            }
        }
        Ok(logged)
    }
}

/// Hands every record that can be read to `take`; returns what is wrong with the others, as the end of "the file …".
///
/// For readers who would rather see a part than nothing: [`Logged`] refuses a file with a line that does not parse.
pub(super) fn salvage<Record: DeserializeOwned>(
    mut reader: impl BufRead,
    mut take: impl FnMut(Record),
) -> Option<String> {
    let (mut line, mut bad, mut first_bad) = (Vec::new(), 0_u64, None);
    for number in 1_u64.. {
        line.clear();
        match reader.read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return Some(format!("cannot be read from line {number} on: {error}")),
        }
        if line.last() != Some(&b'\n') {
            return Some(format!("ends in the middle of line {number}, which is left out"));
        }
        match serde_json::from_slice(&line) {
            Ok(record) => take(record),
            Err(error) => {
                bad += 1;
                first_bad.get_or_insert_with(|| format!("the first is line {number}: {error}"));
            }
        }
    }
    first_bad.map(|first| {
        format!("has {}, left out here; {first}", counted(bad, "line that does not parse", "lines that do not parse"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn salvaged(text: &str) -> (Vec<u64>, Option<String>) {
        let mut numbers = Vec::new();
        let told = salvage(text.as_bytes(), |number| numbers.push(number));
        (numbers, told)
    }

    #[test]
    fn what_can_be_read_is() {
        assert_eq!(salvaged("1\n2\n"), (vec![1, 2], None));
        assert_eq!(salvaged(""), (vec![], None));
        let (numbers, told) = salvaged("1\n{\"a\n3\n?\n");
        assert_eq!(numbers, [1, 3]);
        let told = told.unwrap();
        assert!(told.starts_with("has 2 lines that do not parse, left out here; the first is line 2: "), "{told}");
        assert_eq!(salvaged("1\n23").1.unwrap(), "ends in the middle of line 2, which is left out");
    }
}
