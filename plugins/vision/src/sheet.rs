//! Samples to look at: a PNG file for each picture of a prompt, one sheet with all of them, and the text.
//!
//! ```
//! use ssl4rl_tasks::{Split, TaskRng};
//! use ssl4rl_vision::{sheet, source, tasks};
//! let album = source::open("scenes:count=40").unwrap();
//! let task = tasks::registry().unwrap().build("vision/jigsaw", None).unwrap();
//! let sample = task.sample(&album, &mut TaskRng::new(0, task.name(), Split::Train, 0), 0).unwrap();
//! let pictures = sheet::pictures(&sample.prompt).unwrap();
//! assert_eq!(pictures.len(), 4);
//! let sheet = sheet::sheet(&pictures).unwrap();
//! assert!(sheet.width() > 4 * pictures[0].width());
//! ```

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use ssl4rl_tasks::{DynSample, Part, blob_references, prompt_text};

use crate::picture::{Picture, PictureError, decode};

/// Pixels between pictures, and around them.
const GAP: usize = 6;
/// Most pictures in a row.
const COLUMNS: usize = 6;
const PAPER: [u8; 3] = [255, 255, 255];

/// The pictures of a prompt, in order.
pub fn pictures(prompt: &[Part]) -> Result<Vec<Picture>, PictureError> {
    files(prompt).map(decode).collect()
}

/// The files of a prompt's pictures, in order.
fn files(prompt: &[Part]) -> impl Iterator<Item = &[u8]> {
    prompt.iter().filter_map(|part| match part {
        Part::Blob { bytes, .. } => Some(bytes.as_slice()),
        Part::Text(_) => None,
    })
}

/// The pictures side by side, in rows of up to six; `None` where there are none.
pub fn sheet(pictures: &[Picture]) -> Option<Picture> {
    let rows: Vec<&[Picture]> = pictures.chunks(COLUMNS).collect();
    let row_width = |row: &[Picture]| row.iter().map(|picture| picture.width() + GAP).sum::<usize>() + GAP;
    let row_height = |row: &[Picture]| row.iter().map(Picture::height).max().unwrap_or_default() + GAP;
    let width = rows.iter().map(|row| row_width(row)).max()?;
    let height = rows.iter().map(|row| row_height(row)).sum::<usize>() + GAP;
    let mut sheet = Picture::filled(width, height, PAPER)?;
    let mut top = GAP;
    for row in rows {
        let mut left = GAP;
        for picture in row {
            sheet.paste(picture, left, top);
            left += picture.width() + GAP;
        }
        top += row_height(row);
    }
    Some(sheet)
}

/// Writes `STEM-1.png` and so on, the very bytes that a policy is given, `STEM.png` with all of them, and `STEM.txt` with the
/// prompt's text, the truth and what the pictures were made from; their paths.
pub fn save(sample: &DynSample, folder: &Path, stem: &str) -> Result<Vec<PathBuf>, SheetError> {
    fs::create_dir_all(folder).map_err(|source| SheetError::Unwritable { path: folder.to_owned(), source })?;
    let mut paths = Vec::new();
    let mut write = |name: String, bytes: &[u8]| -> Result<(), SheetError> {
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(|source| SheetError::Unwritable { path: path.clone(), source })?;
        paths.push(path);
        Ok(())
    };
    for (number, file) in files(&sample.prompt).enumerate() {
        write(format!("{stem}-{}.png", number + 1), file)?;
    }
    if let Some(sheet) = sheet(&pictures(&sample.prompt)?) {
        write(format!("{stem}.png"), &sheet.encode_png()?)?;
    }
    let mut text = format!("{}\n\n{:#}\n\n", prompt_text(&sample.prompt), sample.truth);
    for (at, blob) in blob_references(&sample.prompt).into_iter().enumerate() {
        let source = blob.source.as_deref().unwrap_or("something else");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "picture {} was made from {source}, blake3 {}", at + 1, blob.blake3);
    }
    write(format!("{stem}.txt"), text.as_bytes())?;
    Ok(paths)
}

/// Why a sample cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// A part of the prompt is no picture, or cannot be written as one.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// A file cannot be written.
    #[error("{path}: {source}")]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
