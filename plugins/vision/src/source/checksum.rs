//! Checksums of what an album is made from, so that a run can tell whether its pictures are still the same.
//!
//! A file has its SHA-256. A folder has that of the lines which `sha256sum` prints of its files, names relative and in the order of
//! their bytes:
//!
//! ```sh
//! find . -type f | sed 's|^\./||' | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum
//! ```

use std::fmt::Write as _;
use std::fs::File;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

/// SHA-256 of bytes, in hexadecimal.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// SHA-256 of a file, which is not read into memory.
pub(crate) fn of_file(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut file = File::open(path)?;
    let mut chunk = vec![0; 1 << 17];
    loop {
        match io::Read::read(&mut file, &mut chunk)? {
            0 => return Ok(hexadecimal(&hasher.finalize())),
            count => hasher.update(&chunk[..count]),
        }
    }
}

/// Checksum of a folder, from the name and the checksum of each of its files.
pub(crate) fn of_folder(mut files: Vec<(String, String)>) -> String {
    files.sort_unstable();
    let mut hasher = Sha256::new();
    for (name, checksum) in files {
        hasher.update(format!("{checksum}  {name}\n"));
    }
    hexadecimal(&hasher.finalize())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
