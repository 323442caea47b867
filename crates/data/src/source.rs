//! [`Sources`]: the files of one dataset by their plain name, plain or gzip, and bounded ways to read them.
//!
//! `X.gz` stands for `X` everywhere. Text is read line by line through a fixed window, so that neither a gigabyte without
//! a line break nor a decompression bomb fills the memory. A byte order mark at the start of a text is no part of it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::read::MultiGzDecoder;
use memchr::memchr;

use super::read_error::{ReadError, quote};

/// Most bytes a line may have. The longest line of the known datasets has 7.4 kB.
pub const MAX_LINE_BYTES: usize = 1 << 20;
/// Most bytes a text file may have after decompression.
pub(super) const MAX_TEXT_BYTES: u64 = 8 << 30;
/// Most bytes a file that is read in one piece (pickle, JSON) may have after decompression.
pub(super) const MAX_OBJECT_BYTES: u64 = 1 << 30;

const WINDOW_BYTES: usize = 256 << 10;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Folders below a dataset's folder whose files are looked at, how deep, and at most how many files in all.
const MAX_DEPTH: usize = 3;
const MAX_FILES: usize = 100_000;

/// Files by plain name; those in folders below by their path, `split/time/train.csv`.
#[derive(Debug)]
pub struct Sources {
    origin: PathBuf,
    files: BTreeMap<String, SourceFile>,
}

#[derive(Debug)]
struct SourceFile {
    path: PathBuf,
    /// Whether a reader asked for it.
    used: AtomicBool,
}

impl SourceFile {
    fn new(path: PathBuf) -> Self {
        Self { path, used: AtomicBool::new(false) }
    }
}

impl Sources {
    /// Files given one by one. `origin` is what error messages call the whole.
    pub fn new(origin: &Path, paths: impl IntoIterator<Item = PathBuf>) -> Self {
        let mut files = BTreeMap::new();
        for path in paths {
            if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
                let name = name.strip_suffix(".gz").unwrap_or(name).to_owned();
                files.insert(name, SourceFile::new(path));
            }
        }
        Self { origin: origin.to_owned(), files }
    }

    /// All files of a folder and of the folders below it; a plain file is preferred to its `.gz`.
    pub fn of_folder(folder: &Path) -> Result<Self, ReadError> {
        let mut sources = Self { origin: folder.to_owned(), files: BTreeMap::new() };
        sources.add_folder(folder, "", 0)?;
        Ok(sources)
    }

    fn add_folder(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), ReadError> {
        let io_error = |source| ReadError::Io { path: folder.to_owned(), source };
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(io_error)? {
            paths.push(entry.map_err(io_error)?.path());
        }
        paths.sort_by_key(|path| (!is_compressed(path), path.clone()));
        for path in paths {
            let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| !name.starts_with('.'))
            else {
                continue;
            };
            let name = format!("{prefix}{name}");
            // A link may lead back to a folder above.
            if path.is_dir() && !path.is_symlink() && depth < MAX_DEPTH {
                self.add_folder(&path, &format!("{name}/"), depth + 1)?;
            } else if path.is_file() {
                self.insert(&name, path);
            }
            if self.files.len() > MAX_FILES {
                let path = self.origin.clone();
                return Err(ReadError::Content { path, problem: format!("it holds more than {MAX_FILES} files") });
            }
        }
        Ok(())
    }

    /// Adds a file under a name, `.gz` apart, in place of the one that has it.
    pub fn insert(&mut self, name: &str, path: PathBuf) {
        self.files.insert(name.strip_suffix(".gz").unwrap_or(name).to_owned(), SourceFile::new(path));
    }

    /// The files that belong to one file: the same dataset form next to it, or the file alone.
    pub fn of_file(file: &Path) -> Result<Self, ReadError> {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let plain = name.strip_suffix(".gz").unwrap_or(name);
        let planetoid = plain.starts_with("ind.");
        let linqs = Path::new(plain).extension().is_some_and(|end| end == "content" || end == "cites");
        if !(planetoid || linqs) {
            return Ok(Self::new(file, [file.to_owned()]));
        }
        let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut sources = Self::of_folder(folder)?;
        sources.files.retain(|name, _| name.starts_with("ind.") == planetoid && !name.contains('/'));
        Ok(sources)
    }

    /// The folder or file that the user named.
    pub fn origin(&self) -> &Path {
        &self.origin
    }

    /// Where every file lies, by name.
    pub fn paths(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.files.iter().map(|(name, file)| (name.as_str(), file.path.as_path()))
    }

    /// Where a file lies. A file that was found counts as read.
    pub fn find(&self, name: &str) -> Option<&Path> {
        let file = self.files.get(name)?;
        file.used.store(true, Ordering::Relaxed);
        Some(&file.path)
    }

    /// Whether a file is there.
    pub fn contains(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// Names and places of the files that a reader asked for, or of those that none did.
    pub fn read(&self, read: bool) -> impl Iterator<Item = (&str, &Path)> {
        let files = self.files.iter().filter(move |(_, file)| file.used.load(Ordering::Relaxed) == read);
        files.map(|(name, file)| (name.as_str(), file.path.as_path()))
    }

    /// The names of files in the folder itself that end like this.
    pub fn with_suffix(&self, suffix: &str) -> impl Iterator<Item = &str> {
        self.top().filter(move |name| name.ends_with(suffix))
    }

    fn top(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str).filter(|name| !name.contains('/'))
    }

    /// Where a file lies that must be there.
    pub fn require(&self, name: &str) -> Result<&Path, ReadError> {
        self.find(name).ok_or_else(|| ReadError::Missing { folder: self.origin.clone(), wanted: name.to_owned() })
    }

    /// What is left of the only name of the form `prefix…suffix`; `None` where no name or more than one has it.
    pub fn stem(&self, prefix: &str, suffix: &str) -> Option<&str> {
        let mut stems = self.top().filter_map(|name| name.strip_prefix(prefix)?.strip_suffix(suffix));
        stems.next().filter(|_| stems.next().is_none())
    }
}

/// Opens a file, decompressing what ends in `.gz`.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read + Send>, ReadError> {
    let file = File::open(path).map_err(|source| ReadError::Io { path: path.to_owned(), source })?;
    if is_compressed(path) { Ok(Box::new(MultiGzDecoder::new(file_window(file)))) } else { Ok(Box::new(file)) }
}

fn file_window(file: File) -> io::BufReader<File> {
    io::BufReader::with_capacity(WINDOW_BYTES, file)
}

fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz")
}

/// The error of a failed read: damage where the bytes went through the decoder, the system's reason otherwise.
pub(super) fn failed_read(path: &Path, source: io::Error) -> ReadError {
    let path = path.to_owned();
    let damaged = matches!(
        source.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
    );
    if is_compressed(&path) && damaged {
        ReadError::Compressed { path, source }
    } else {
        ReadError::Io { path, source }
    }
}

/// A whole file of at most [`MAX_OBJECT_BYTES`], decompressed.
pub(super) fn read_whole(path: &Path) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    let mut reader = open(path)?.take(MAX_OBJECT_BYTES + 1);
    reader.read_to_end(&mut bytes).map_err(|source| failed_read(path, source))?;
    if bytes.len() as u64 > MAX_OBJECT_BYTES {
        return Err(ReadError::TooLarge { path: path.to_owned(), limit: MAX_OBJECT_BYTES });
    }
    Ok(bytes)
}

/// The lines of a text file, without their ends (`\n` or `\r\n`).
pub(super) struct Lines {
    path: PathBuf,
    reader: Box<dyn Read + Send>,
    window: Vec<u8>,
    start: usize,
    end: usize,
    number: u64,
    total_bytes: u64,
    finished: bool,
}

impl Lines {
    /// Opens a file.
    pub(super) fn open(path: &Path) -> Result<Self, ReadError> {
        Ok(Self {
            path: path.to_owned(),
            reader: open(path)?,
            window: vec![0; WINDOW_BYTES],
            start: 0,
            end: 0,
            number: 0,
            total_bytes: 0,
            finished: false,
        })
    }

    /// The next line, or `None` at the end. A last line without an end counts.
    pub(super) fn next_line(&mut self) -> Result<Option<Line<'_>>, ReadError> {
        let mut searched = self.start;
        let range = loop {
            if let Some(offset) = memchr(b'\n', &self.window[searched..self.end]) {
                let range = self.start..searched + offset;
                self.start = range.end + 1;
                break range;
            }
            if self.finished {
                if self.start == self.end {
                    return Ok(None);
                }
                let range = self.start..self.end;
                self.start = self.end;
                break range;
            }
            let pending = self.end - self.start;
            if pending > MAX_LINE_BYTES {
                return Err(self.line_too_long());
            }
            self.refill()?;
            searched = self.start + pending;
        };
        if range.len() > MAX_LINE_BYTES {
            return Err(self.line_too_long());
        }
        self.number += 1;
        let bytes = &self.window[range];
        let bytes = if self.number == 1 { bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes) } else { bytes };
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        Ok(Some(Line { path: &self.path, number: self.number, bytes }))
    }

    /// Calls `each` with every line.
    pub(super) fn for_each(mut self, mut each: impl FnMut(Line<'_>) -> Result<(), ReadError>) -> Result<(), ReadError> {
        while let Some(line) = self.next_line()? {
            each(line)?;
        }
        Ok(())
    }

    /// Moves the unfinished line to the front and reads behind it.
    fn refill(&mut self) -> Result<(), ReadError> {
        self.window.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.window.len() {
            self.window.resize(self.end * 2, 0);
        }
        let count = loop {
            match self.reader.read(&mut self.window[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other.map_err(|source| failed_read(&self.path, source))?,
            }
        };
        self.end += count;
        self.finished = count == 0;
        self.total_bytes += count as u64;
        if self.total_bytes > MAX_TEXT_BYTES {
            return Err(ReadError::TooLarge { path: self.path.clone(), limit: MAX_TEXT_BYTES });
        }
        Ok(())
    }

    fn line_too_long(&self) -> ReadError {
        ReadError::LineTooLong { path: self.path.clone(), line: self.number + 1, limit: MAX_LINE_BYTES }
    }
}

/// One line and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'lines> {
    path: &'lines Path,
    /// From 1.
    pub(super) number: u64,
    /// Content without the line end.
    pub(super) bytes: &'lines [u8],
}

impl<'lines> Line<'lines> {
    /// The error that this line is not what was expected.
    pub(super) fn wrong(&self, expected: impl Into<String>, got: impl Into<String>) -> ReadError {
        let (path, line) = (self.path.to_owned(), self.number);
        ReadError::Line { path, line, expected: expected.into(), got: got.into() }
    }

    /// The error that the line, or the record it ends, is too long.
    pub(super) fn too_long(&self) -> ReadError {
        ReadError::LineTooLong { path: self.path.to_owned(), line: self.number, limit: MAX_LINE_BYTES }
    }

    /// Other bytes at another line of the same file.
    pub(super) fn part<'part>(&self, number: u64, bytes: &'part [u8]) -> Line<'part>
    where
        'lines: 'part,
    {
        Line { path: self.path, number, bytes }
    }

    /// The whole line as text.
    pub(super) fn text(&self) -> Result<&'lines str, ReadError> {
        self.text_of(self.bytes)
    }

    /// A part of the line as text.
    pub(super) fn text_of(&self, part: &'lines [u8]) -> Result<&'lines str, ReadError> {
        str::from_utf8(part).map_err(|error| {
            let rest = &part[error.valid_up_to()..];
            let bytes = quote(&rest[..rest.len().min(8)]);
            self.wrong(
                "UTF-8 text",
                format!(
                    "the bytes {bytes}; save text of another encoding as UTF-8, as `iconv -f ENCODING -t UTF-8` does"
                ),
            )
        })
    }

    /// The line's tab-separated columns, exactly `COUNT` and none of them blank.
    pub(super) fn columns<const COUNT: usize>(&self, expected: &str) -> Result<[&'lines str; COUNT], ReadError> {
        let mut columns = [""; COUNT];
        let mut found = 0;
        for part in self.text()?.split('\t') {
            if let Some(column) = columns.get_mut(found) {
                *column = part;
            }
            found += 1;
        }
        if found != COUNT {
            let got = format!("{found} in {}", quote(self.bytes));
            return Err(self.wrong(format!("{COUNT} columns separated by tabs ({expected})"), got));
        }
        if columns.iter().any(|column| column.trim().is_empty()) {
            return Err(self.wrong(format!("text in every column ({expected})"), quote(self.bytes)));
        }
        Ok(columns)
    }

    /// A part of the line as a non-negative whole number.
    pub(super) fn number_of<Number: std::str::FromStr>(&self, part: &str, expected: &str) -> Result<Number, ReadError> {
        part.parse().map_err(|_| self.wrong(expected, quote(part.as_bytes())))
    }
}
