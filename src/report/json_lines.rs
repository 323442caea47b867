//! JSON lines: one record a line, flushed after each, so that whoever reads along sees every finished step.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::{Serialize, de::DeserializeOwned};

use super::RunFolderError;

/// A file that records are appended to.
#[derive(Debug)]
pub struct JsonLines<Record> {
    path: PathBuf,
    file: File,
    records: PhantomData<fn(&Record)>,
}

impl<Record: Serialize> JsonLines<Record> {
    /// Opens `path` for appending; it is created where it does not exist.
    pub fn append(path: &Path) -> Result<Self, RunFolderError> {
        let file =
            OpenOptions::new().create(true).append(true).open(path).map_err(RunFolderError::io("create", path))?;
        Ok(Self { path: path.to_owned(), file, records: PhantomData })
    }

    /// Writes one record in one system call.
    pub fn write(&mut self, record: &Record) -> Result<(), RunFolderError> {
        let mut line =
            serde_json::to_vec(record).map_err(|source| RunFolderError::NotJson { path: self.path.clone(), source })?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(RunFolderError::io("write", &self.path))
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
                    return Err(RunFolderError::BadLine { path, line: number, message });
                }
            }
        }
        Ok(logged)
    }
}

/// Keeps the records of a file that `keep` accepts, whole or not at all; a cut-off last line goes.
pub(super) fn retain<Record: Serialize + DeserializeOwned>(
    path: &Path,
    keep: impl Fn(&Record) -> bool,
) -> Result<(), RunFolderError> {
    if !fs::exists(path).map_err(RunFolderError::io("read", path))? {
        return Ok(());
    }
    let logged = Logged::<Record>::read(path)?;
    super::atomic::write_file(path, |file| {
        for record in logged.records.iter().filter(|record| keep(record)) {
            serde_json::to_writer(&mut *file, record)?;
            file.write_all(b"\n")?;
        }
        Ok(())
    })
}
