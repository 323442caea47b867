//! TensorBoard event files, `events.out.tfevents.*`: the scalars of `metrics.jsonl` and `eval.jsonl` under the same names.
//!
//! A file is a row of records, each framed as TensorFlow's `RecordWriter` does (all numbers little-endian):
//!
//! ```text
//! u64 length | u32 masked crc32c of the length | length bytes | u32 masked crc32c of the bytes
//! ```
//!
//! The bytes are an `Event` in protocol buffers' encoding, of which four messages are written here by hand:
//!
//! ```text
//! Event      { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; SessionLog session_log = 7 }
//! Summary    { repeated Value value = 1 }
//! Value      { string tag = 1; float simple_value = 2 }
//! SessionLog { SessionStatus status = 1 }     START = 1
//! ```
//!
//! A run that goes on begins a new file with `START` at its first step: TensorBoard then drops what it had read from there on.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::RunFolderError;

const PREFIX: &str = "events.out.tfevents.";
const FILE_VERSION: &[u8] = b"brain.Event:2";
const VARINT: u64 = 0;
const FIXED_64: u64 = 1;
const BYTES: u64 = 2;
const FIXED_32: u64 = 5;

/// One file of events, for appending.
#[derive(Debug)]
pub struct EventLog {
    path: PathBuf,
    file: File,
}

impl EventLog {
    /// Begins a new file in `folder`; `goes_on_at` is the first step of a run that was resumed.
    pub(super) fn create(folder: &Path, goes_on_at: Option<u64>) -> Result<Self, RunFolderError> {
        let path = folder.join(next_name(&event_files(folder)?));
        let file = OpenOptions::new().create_new(true).append(true).open(&path);
        let mut log = Self { file: file.map_err(RunFolderError::io("create", &path))?, path };
        log.append(&event(now(), 0, 3, FILE_VERSION))?;
        if let Some(step) = goes_on_at {
            let mut start = Vec::new();
            key(&mut start, 1, VARINT);
            varint(&mut start, 1);
            log.append(&event(now(), step, 7, &start))?;
        }
        Ok(log)
    }

    /// Writes scalars of one step; what is not finite is left out.
    pub fn scalars(&mut self, step: u64, scalars: &[(String, f64)]) -> Result<(), RunFolderError> {
        let finite = scalars.iter().filter(|(_, value)| value.is_finite());
        let mut summary = Vec::new();
        for (tag, value) in finite {
            let mut entry = Vec::new();
            bytes(&mut entry, 1, tag.as_bytes());
            key(&mut entry, 2, FIXED_32);
            entry.extend((*value as f32).to_le_bytes());
            bytes(&mut summary, 1, &entry);
        }
        if summary.is_empty() { Ok(()) } else { self.append(&event(now(), step, 5, &summary)) }
    }

    /// Flushes to the disk.
    pub(super) fn sync(&self) -> Result<(), RunFolderError> {
        self.file.sync_data().map_err(RunFolderError::io("flush", &self.path))
    }

    fn append(&mut self, event: &[u8]) -> Result<(), RunFolderError> {
        self.file.write_all(&record(event)).map_err(RunFolderError::io("write", &self.path))
    }
}

/// Names of the event files of a folder, in the order in which TensorBoard reads them.
pub(super) fn event_files(folder: &Path) -> Result<Vec<String>, RunFolderError> {
    let failed = || RunFolderError::io("read", folder);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed())? {
        let name = entry.map_err(failed())?.file_name().to_string_lossy().into_owned();
        if name.starts_with(PREFIX) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// TensorBoard reads files in the order of their names, which begin with the time in seconds; a clock that was set back,
/// or two starts within a second, must not change the order.
fn next_name(existing: &[String]) -> String {
    let seconds = |name: &String| name.strip_prefix(PREFIX)?.split('.').next()?.parse::<u64>().ok();
    let last = existing.iter().filter_map(seconds).max();
    let time = last.map_or(0, |last| last + 1).max(now() as u64);
    format!("{PREFIX}{time:010}.ssl4rl.{}", std::process::id())
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// An event whose field `number` holds `content`.
fn event(wall_time: f64, step: u64, number: u64, content: &[u8]) -> Vec<u8> {
    let mut event = Vec::new();
    key(&mut event, 1, FIXED_64);
    event.extend(wall_time.to_le_bytes());
    if step > 0 {
        key(&mut event, 2, VARINT);
        varint(&mut event, step);
    }
    bytes(&mut event, number, content);
    event
}

fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [&length, masked_crc(&length).to_le_bytes().as_slice(), data, &masked_crc(data).to_le_bytes()].concat()
}

fn key(message: &mut Vec<u8>, number: u64, wire_type: u64) {
    varint(message, number << 3 | wire_type);
}

fn bytes(message: &mut Vec<u8>, number: u64, content: &[u8]) {
    key(message, number, BYTES);
    varint(message, content.len() as u64);
    message.extend_from_slice(content);
}

/// Seven bits a byte, lowest first; the high bit says that more follow.
fn varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

/// A checksum that may stand in data that is itself checksummed.
fn masked_crc(data: &[u8]) -> u32 {
    crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// CRC-32C (Castagnoli), reflected, as in RFC 3720.
fn crc32c(data: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    !data.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_of_the_standard() {
        // RFC 3720, B.4, and the check value of the catalogue of CRC algorithms.
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(&std::array::from_fn::<u8, 32, _>(|position| position as u8)), 0x46dd_794e);
    }

    #[test]
    fn a_record_by_hand() {
        // Event { wall_time: 1.5, step: 300, summary { value { tag: "loss" simple_value: 0.25 } } }, put together field by
        // field; the checksums come from a table-driven CRC.
        let expected: [&[u8]; 9] = [
            &[27, 0, 0, 0, 0, 0, 0, 0],
            &[0x1a, 0x0d, 0x9e, 0x13],
            &[0x09, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f],
            &[0x10, 0xac, 0x02],
            &[0x2a, 13],
            &[0x0a, 11],
            b"\x0a\x04loss",
            &[0x15, 0, 0, 0x80, 0x3e],
            &[0x99, 0x08, 0xde, 0xed],
        ];
        let folder = tempfile::tempdir().unwrap();
        let mut log = EventLog::create(folder.path(), None).unwrap();
        let begun = fs::metadata(&log.path).unwrap().len() as usize;
        log.scalars(300, &[("loss".into(), 0.25), ("kl".into(), f64::NAN)]).unwrap();
        let mut written = fs::read(&log.path).unwrap().split_off(begun);
        // The wall time is the clock's, and the checksum with it.
        written[13..21].copy_from_slice(&1.5_f64.to_le_bytes());
        let sum = masked_crc(&written[12..39]).to_le_bytes();
        written[39..].copy_from_slice(&sum);
        assert_eq!(written, expected.concat());
    }

    #[test]
    fn names_keep_their_order() {
        let first = next_name(&[]);
        let second = next_name(std::slice::from_ref(&first));
        let later = next_name(&[format!("{PREFIX}9999999998.host.1")]);
        assert!(first < second, "{first} {second}");
        assert!(later.starts_with(&format!("{PREFIX}9999999999.")), "{later}");
    }
}
