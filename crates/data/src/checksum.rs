//! Checksums of files: the sha256 of the uncompressed bytes, and git's id of them.

use std::fmt::Write;
use std::io::Read;
use std::path::Path;

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::manifest::ManifestFile;
use super::read_error::ReadError;
use super::source::{failed_read, open};

/// Lower-case hexadecimal.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The sha256 of a file's bytes, decompressed where the name ends in `.gz`.
pub fn sha256(path: &Path) -> Result<String, ReadError> {
    let mut hasher = Sha256::new();
    for_each_chunk(path, |chunk| hasher.update(chunk))?;
    Ok(hexadecimal(&hasher.finalize()))
}

/// Git's id of a file's bytes: the SHA-1 of `blob SIZE`, a zero byte and the content.
pub fn git_blob(path: &Path) -> Result<String, ReadError> {
    let mut size = 0;
    for_each_chunk(path, |chunk| size += chunk.len())?;
    let mut hasher = Sha1::new();
    hasher.update(format!("blob {size}\0"));
    for_each_chunk(path, |chunk| hasher.update(chunk))?;
    Ok(hexadecimal(&hasher.finalize()))
}

/// Whether a file is the one that the manifest means, and its sha256.
pub fn check(path: &Path, file: &ManifestFile) -> Result<Checked, ReadError> {
    let sha256 = sha256(path)?;
    let (expected, got) = match (&file.sha256, &file.git_blob) {
        (Some(expected), _) => (format!("sha256 {expected}"), format!("sha256 {sha256}")),
        (None, Some(expected)) => (format!("git blob {expected}"), format!("git blob {}", git_blob(path)?)),
        (None, None) => return Ok(Checked { sha256, mismatch: None }),
    };
    let mismatch = (expected != got).then_some((expected, got));
    Ok(Checked { sha256, mismatch })
}

/// A file's checksum and how it compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Of the uncompressed bytes.
    pub sha256: String,
    /// Expected and found checksum, where they differ.
    pub mismatch: Option<(String, String)>,
}

fn for_each_chunk(path: &Path, mut each: impl FnMut(&[u8])) -> Result<(), ReadError> {
    let mut reader = open(path)?;
    let mut chunk = vec![0; 128 << 10];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(count) => each(&chunk[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(source) => return Err(failed_read(path, source)),
        }
    }
}
