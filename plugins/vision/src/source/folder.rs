//! A folder of pictures and tables, or one file.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use image::ImageFormat;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::album::{Contents, Page};
use super::spill::{ImageFile, Spill};
use super::{Album, AlbumOptions, Skipped, SourceError, checksum, pages};
use crate::table::is_table;
use crate::walk::files_of;

/// Ends of pictures' names. What a file is, its content says: others are looked at whose first bytes are a picture's.
const EXTENSIONS: [&str; 6] = ["png", "jpg", "jpeg", "jfif", "webp", "gif"];
/// Ends of the names of pictures in formats that are not read. They are looked at so that they are told of.
const UNREAD: [&str; 9] = ["bmp", "dib", "tif", "tiff", "avif", "heic", "heif", "jp2", "jxl"];

/// Opens a folder with its subfolders, or one file.
pub(super) fn open(path: &Path, options: AlbumOptions) -> Result<Album, SourceError> {
    let unreadable = |path: &Path, source| SourceError::Unreadable { path: path.to_owned(), source };
    let of_folder = path.is_dir();
    let mut found = Vec::new();
    let mut files = vec![path.to_owned()];
    if of_folder {
        let walk = files_of(path, |file| is_table(file) || ends_as(file, &UNREAD) || is_picture(file))
            .map_err(|e| unreadable(path, e))?;
        let skipped = |(file, reason): (PathBuf, std::io::Error)| Skipped::new(name(path, &file), &reason);
        found.extend(walk.unreadable.into_iter().map(|file| Err(skipped(file))));
        files = walk.files;
    }
    let lone = files.len() == 1;
    let (tables, pictures): (Vec<&PathBuf>, Vec<&PathBuf>) = files.iter().partition(|file| is_table(file));
    let mut checksums = Vec::new();
    for (page, checksum) in pictures.par_iter().map(|file| page(path, file, options.file_bytes)).collect::<Vec<_>>() {
        checksums.extend(checksum);
        found.push(page);
    }
    if !tables.is_empty() {
        let spill = Spill::new().map_err(|source| SourceError::Spill { source })?;
        for file in tables {
            let called = name(path, file);
            let read = match pages::of_table(file, &called, &spill) {
                Err(SourceError::Table(error)) if !lone => vec![Err(Skipped::new(called.clone(), &error))],
                pages => pages?,
            };
            found.extend(read);
            checksums.push((called, checksum::of_file(file).map_err(|error| unreadable(file, error))?));
        }
    }
    // A file alone has a checksum of its own.
    let checksum = match checksums.pop() {
        Some((_, checksum)) if !of_folder => checksum,
        last => checksum::of_folder(checksums.into_iter().chain(last).collect()),
    };
    let contents = Contents { pages: found, files: vec![(path.to_owned(), checksum)] };
    Album::assemble(path.display().to_string(), contents, options)
}

/// Whether a file is called a picture, or begins as one whatever it is called.
fn is_picture(file: &Path) -> bool {
    ends_as(file, &EXTENSIONS) || begins_as_picture(file)
}

fn ends_as(file: &Path, extensions: &[&str]) -> bool {
    let extension = file.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    extension.is_some_and(|extension| extensions.contains(&extension.as_str()))
}

fn begins_as_picture(file: &Path) -> bool {
    const HEAD: u64 = 16;
    let mut head = Vec::new();
    // A pipe would be waited for.
    let plain = fs::metadata(file).is_ok_and(|found| found.is_file());
    let read = plain && File::open(file).and_then(|file| file.take(HEAD).read_to_end(&mut head)).is_ok();
    let known = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif];
    read && image::guess_format(&head).is_ok_and(|format| known.contains(&format))
}

/// The files of a folder that are pictures, or are called so, sorted; those that cannot be read are left out.
pub(super) fn image_files(path: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let walk = files_of(path, is_picture);
    Ok(walk.map_err(|source| SourceError::Unreadable { path: path.to_owned(), source })?.files)
}

/// What a file is called: its path below the folder, or its own name.
fn name(root: &Path, file: &Path) -> String {
    let below = file.strip_prefix(root).ok().filter(|name| !name.as_os_str().is_empty());
    below.or(file.file_name().map(Path::new)).unwrap_or(file).display().to_string()
}

/// Reads a file once, for its head, its hash, and its name with its checksum.
fn page(root: &Path, file: &Path, most_bytes: u64) -> (Result<Page, Skipped>, Option<(String, String)>) {
    let name = name(root, file);
    let bytes = match read(file, most_bytes) {
        Ok(bytes) => bytes,
        Err(reason) => return (Err(Skipped::new(name, &reason)), None),
    };
    let checksum = Some((name.clone(), checksum::of_bytes(&bytes)));
    let page = Page::of(name, &bytes, ImageFile::Path(file.to_owned()));
    (page, checksum)
}

fn read(file: &Path, most_bytes: u64) -> std::io::Result<Vec<u8>> {
    let found = fs::metadata(file)?;
    let refuse = |reason: String| Err(std::io::Error::other(reason));
    if !found.is_file() {
        return refuse("it is no plain file".to_owned());
    }
    if found.len() > most_bytes {
        return refuse(format!("it has {} bytes, at most {most_bytes} are read", found.len()));
    }
    fs::read(file)
}
