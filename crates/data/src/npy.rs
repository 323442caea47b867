//! `NumPy` arrays: `.npy` files, and the members of `.npz` archives.
//!
//! A `.npy` file is the bytes `\x93NUMPY`, a version, the length of a header, the header as a Python dictionary with `descr`,
//! `fortran_order` and `shape`, and then the values. Read are numbers and truth values, little-endian, of up to two dimensions;
//! Python objects never are. Memory grows with what the file really holds, not with the shape it claims, and what an archive
//! compresses may hold at most [`MAX_OBJECT_BYTES`] in one array.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::read_error::{ReadError, quote};
use super::source::{MAX_OBJECT_BYTES, failed_read, open};

/// Most bytes of a header; real ones have about a hundred.
const MAX_HEADER_BYTES: usize = 64 << 10;
const CHUNK_BYTES: usize = 256 << 10;

/// An array and where it came from.
#[derive(Debug, Clone)]
pub(super) struct Array {
    /// The file, or the archive and its member.
    pub(super) path: PathBuf,
    /// Sizes of its dimensions.
    pub(super) shape: Vec<usize>,
    /// Values, the last dimension running fastest.
    pub(super) values: Values,
}

/// The values of an array.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Values {
    /// Whole numbers.
    Whole(Vec<i64>),
    /// Fractions.
    Real(Vec<f32>),
    /// Truth values.
    Truth(Vec<bool>),
}

impl Array {
    /// The error that this array is not what was expected.
    pub(super) fn wrong(&self, problem: impl Into<String>) -> ReadError {
        ReadError::Content { path: self.path.clone(), problem: problem.into() }
    }

    /// The shape for an error message.
    pub(super) fn shown(&self) -> String {
        format!("an array of shape {:?}", self.shape)
    }

    /// The only dimension of a list; a second one of size 1 is no dimension.
    pub(super) fn length(&self) -> Result<usize, ReadError> {
        match self.shape[..] {
            [] => Ok(1),
            [length] | [length, 1] => Ok(length),
            _ => Err(self.wrong(format!("expected a list, got {}", self.shown()))),
        }
    }

    /// Values as whole numbers.
    pub(super) fn whole(&self) -> Result<Vec<i64>, ReadError> {
        match &self.values {
            Values::Whole(values) => Ok(values.clone()),
            Values::Truth(values) => Ok(values.iter().map(|&value| i64::from(value)).collect()),
            Values::Real(values) => {
                let whole = |(position, &value): (usize, &f32)| {
                    // Labels may be stored as fractions, with NaN for unknown ones.
                    if value.is_nan() {
                        return Ok(-1);
                    }
                    if value.fract() == 0.0 && value.abs() < 16_777_216.0 {
                        return Ok(value as i64);
                    }
                    Err(self.wrong(format!("expected whole numbers, got {value} at position {position}")))
                };
                values.iter().enumerate().map(whole).collect()
            }
        }
    }

    /// Values as fractions.
    pub(super) fn real(&self) -> Vec<f32> {
        match &self.values {
            Values::Real(values) => values.clone(),
            Values::Whole(values) => values.iter().map(|&value| value as f32).collect(),
            Values::Truth(values) => values.iter().map(|&value| f32::from(u8::from(value))).collect(),
        }
    }
}

/// The array of a `.npy` file, plain or `.gz`.
pub(super) fn read_file(path: &Path) -> Result<Array, ReadError> {
    Source { path: path.to_owned(), reader: &mut open(path)?, offset: 0, archive: None }.read()
}

/// Arrays with the names that an archive gives them.
pub(super) type NamedArrays = Vec<(String, Array)>;

/// The arrays of an archive that `wanted` asks for by their names, and the names of the others.
pub(super) fn read_archive(
    path: &Path,
    wanted: impl Fn(&str) -> bool,
) -> Result<(NamedArrays, Vec<String>), ReadError> {
    let io_error = |source| ReadError::Io { path: path.to_owned(), source };
    let bad = |error: zip::result::ZipError| match error {
        zip::result::ZipError::Io(source) => io_error(source),
        other => ReadError::Content {
            path: path.to_owned(),
            problem: format!("it is no intact archive ({other}); replace it by an intact copy"),
        },
    };
    let mut archive = zip::ZipArchive::new(File::open(path).map_err(io_error)?).map_err(bad)?;
    let (mut arrays, mut others) = (Vec::new(), Vec::new());
    for position in 0..archive.len() {
        let mut member = archive.by_index(position).map_err(bad)?;
        let file = member.name().to_owned();
        let name = file.strip_suffix(".npy").unwrap_or(&file).to_owned();
        if !wanted(&name) {
            others.push(name);
            continue;
        }
        let is_stored = member.compression() == zip::CompressionMethod::Stored;
        let limit = if is_stored { member.compressed_size() } else { MAX_OBJECT_BYTES };
        let mut reader = (&mut member).take(limit + 1);
        let source = Source { path: path.join(&file), reader: &mut reader, offset: 0, archive: Some(limit) };
        arrays.push((name, source.read()?));
    }
    Ok((arrays, others))
}

/// An array in progress.
struct Source<'reader> {
    path: PathBuf,
    reader: &'reader mut dyn Read,
    offset: usize,
    /// Most bytes, for the member of an archive.
    archive: Option<u64>,
}

impl Source<'_> {
    fn read(mut self) -> Result<Array, ReadError> {
        let header = self.header()?;
        let header = Header::parse(&header).map_err(|(expected, got)| self.wrong(expected, got))?;
        let count = header.shape.iter().try_fold(1usize, |all, &size| all.checked_mul(size));
        let bytes = count.and_then(|count| count.checked_mul(header.kind.bytes()));
        let bytes = bytes.ok_or_else(|| self.wrong("a shape that fits into memory", format!("{:?}", header.shape)))?;
        let values = self.values(header.kind, bytes)?;
        let values = match (header.fortran_order, &header.shape[..]) {
            (true, &[rows, columns]) => transposed(&values, rows, columns),
            _ => values,
        };
        Ok(Array { path: self.path, shape: header.shape, values })
    }

    fn header(&mut self) -> Result<String, ReadError> {
        let start: [u8; 8] = self.take()?;
        if start[..6] != *b"\x93NUMPY" {
            return Err(self.wrong("the bytes `\\x93NUMPY` at the start of an array", quote(&start[..6])));
        }
        let length = match start[6] {
            1 => usize::from(u16::from_le_bytes(self.take()?)),
            2 | 3 => u32::from_le_bytes(self.take()?) as usize,
            other => return Err(self.wrong("version 1, 2 or 3 of the format", other.to_string())),
        };
        if length > MAX_HEADER_BYTES {
            return Err(self.wrong(format!("a header of at most {MAX_HEADER_BYTES} bytes"), length.to_string()));
        }
        let mut header = vec![0; length];
        self.fill(&mut header)?;
        String::from_utf8(header).map_err(|_| self.wrong("a header of text", "other bytes"))
    }

    /// So many bytes of values, and no more.
    fn values(&mut self, kind: Kind, bytes: usize) -> Result<Values, ReadError> {
        let mut values = kind.none();
        let mut chunk = vec![0; CHUNK_BYTES.min(bytes.max(1))];
        let mut left = bytes;
        while left > 0 {
            let part = left.min(chunk.len());
            self.fill(&mut chunk[..part])?;
            kind.extend(&mut values, &chunk[..part]);
            left -= part;
        }
        match self.reader.read(&mut [0]) {
            Ok(0) => Ok(values),
            Ok(_) => Err(self.wrong("the end of the array", "more bytes than its shape asks for")),
            Err(source) => Err(self.failed(source)),
        }
    }

    fn take<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], ReadError> {
        let mut bytes = [0; LENGTH];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), ReadError> {
        match self.reader.read_exact(bytes) {
            Ok(()) => {
                self.offset += bytes.len();
                match self.archive {
                    Some(limit) if self.offset as u64 > limit => {
                        Err(ReadError::TooLarge { path: self.path.clone(), limit })
                    }
                    _ => Ok(()),
                }
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(self.wrong(format!("{} more bytes", bytes.len()), "the end of the file"))
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    fn failed(&self, source: io::Error) -> ReadError {
        match self.archive {
            None => failed_read(&self.path, source),
            Some(_) => ReadError::Compressed { path: self.path.clone(), source },
        }
    }

    fn wrong(&self, expected: impl Into<String>, got: impl Into<String>) -> ReadError {
        let (path, offset) = (self.path.clone(), self.offset);
        ReadError::Bytes { path, offset, expected: expected.into(), got: got.into() }
    }
}

struct Header {
    kind: Kind,
    fortran_order: bool,
    shape: Vec<usize>,
}

impl Header {
    /// What was expected and found, where it is no header.
    fn parse(text: &str) -> Result<Self, (String, String)> {
        let field = |name: &str| {
            let (_, rest) = text.split_once(&format!("'{name}':"))?;
            Some(rest.trim_start())
        };
        let missing = |name: &str| (format!("`{name}` in the array's header"), quote(text.as_bytes()));
        let descr = field("descr").ok_or_else(|| missing("descr"))?;
        let name = descr.strip_prefix('\'').and_then(|rest| rest.split_once('\'')).map_or(descr, |(name, _)| name);
        let kind = Kind::of(name).ok_or_else(|| {
            let expected = "numbers or truth values, little-endian (not Python objects, texts or records; leave out arrays that are `None`)";
            (expected.to_owned(), format!("values of type {}", quote(name.as_bytes())))
        })?;
        let order = field("fortran_order").ok_or_else(|| missing("fortran_order"))?;
        let sizes =
            field("shape").and_then(|rest| rest.strip_prefix('(')?.split_once(')')).ok_or_else(|| missing("shape"))?;
        let sizes = sizes.0.split(',').map(str::trim).filter(|size| !size.is_empty());
        let shape: Result<Vec<usize>, _> = sizes.map(str::parse).collect();
        let shape = shape.map_err(|_| ("sizes as the array's shape".to_owned(), quote(text.as_bytes())))?;
        if shape.len() > 2 {
            return Err(("an array of up to two dimensions".to_owned(), format!("{} dimensions", shape.len())));
        }
        Ok(Self { kind, fortran_order: order.starts_with("True"), shape })
    }
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Truth,
    Signed(usize),
    Unsigned(usize),
    Real(usize),
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        match name {
            "|b1" => Some(Self::Truth),
            "|i1" => Some(Self::Signed(1)),
            "<i2" => Some(Self::Signed(2)),
            "<i4" => Some(Self::Signed(4)),
            "<i8" => Some(Self::Signed(8)),
            "|u1" => Some(Self::Unsigned(1)),
            "<u2" => Some(Self::Unsigned(2)),
            "<u4" => Some(Self::Unsigned(4)),
            "<u8" => Some(Self::Unsigned(8)),
            "<f4" => Some(Self::Real(4)),
            "<f8" => Some(Self::Real(8)),
            _ => None,
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::Truth => 1,
            Self::Signed(bytes) | Self::Unsigned(bytes) | Self::Real(bytes) => bytes,
        }
    }

    fn none(self) -> Values {
        match self {
            Self::Truth => Values::Truth(Vec::new()),
            Self::Signed(_) | Self::Unsigned(_) => Values::Whole(Vec::new()),
            Self::Real(_) => Values::Real(Vec::new()),
        }
    }

    /// Appends values; the bytes are a whole number of them.
    fn extend(self, values: &mut Values, bytes: &[u8]) {
        match values {
            Values::Truth(values) => values.extend(bytes.iter().map(|&byte| byte != 0)),
            Values::Whole(values) => values.extend(bytes.chunks_exact(self.bytes()).map(|value| self.integer(value))),
            Values::Real(values) => values.extend(bytes.chunks_exact(self.bytes()).map(real)),
        }
    }

    /// A number beyond the range of `i64` becomes the largest one, which no id is.
    fn integer(self, bytes: &[u8]) -> i64 {
        let mut wide = [0; 8];
        wide[..bytes.len()].copy_from_slice(bytes);
        let unsigned = u64::from_le_bytes(wide);
        if matches!(self, Self::Signed(_)) {
            let unused = 64 - 8 * bytes.len() as u32;
            return (unsigned << unused) as i64 >> unused;
        }
        i64::try_from(unsigned).unwrap_or(i64::MAX)
    }
}

fn real(bytes: &[u8]) -> f32 {
    let single = || <[u8; 4]>::try_from(bytes).map(f32::from_le_bytes);
    let double = || <[u8; 8]>::try_from(bytes).map(|bytes| f64::from_le_bytes(bytes) as f32);
    single().or_else(|_| double()).unwrap_or(f32::NAN)
}

/// Values of a matrix whose columns came first, row by row.
fn transposed(values: &Values, rows: usize, columns: usize) -> Values {
    fn turned<Value: Copy>(values: &[Value], rows: usize, columns: usize) -> Vec<Value> {
        (0..rows).flat_map(|row| (0..columns).map(move |column| values[column * rows + row])).collect()
    }
    match values {
        Values::Whole(values) => Values::Whole(turned(values, rows, columns)),
        Values::Real(values) => Values::Real(turned(values, rows, columns)),
        Values::Truth(values) => Values::Truth(turned(values, rows, columns)),
    }
}
