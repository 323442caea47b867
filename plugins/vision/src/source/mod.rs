//! Where pictures come from: a name or a path in, an [`Album`] out.
//!
//! | name | pictures |
//! |---|---|
//! | `scenes`, `scenes:size=84,count=4096,seed=0` | drawn scenes with an unmistakable up; see [`scenes`] |
//! | a folder | its PNG, JPEG, WebP and GIF files, whatever they are called, and those of its subfolders, in the order of their paths |
//! | a `.parquet` or `.tsv` file, in a folder too | the pictures of its rows; see [`crate::table`] |
//! | any other file | that one picture |
//!
//! Scenes whose name gives no seed are drawn from [`AlbumOptions::seed`], that of the run. Files that cannot be read are skipped, counted and listed with the reason: [`Album::skipped`].
//!
//! ```
//! let album = ssl4rl_vision::source::open("scenes:count=50").unwrap();
//! assert_eq!(album.len(), 50);
//! assert_eq!(album.picture(0).unwrap().width(), 84);
//! ```

mod album;
mod cache;
pub(crate) mod checksum;
mod folder;
mod freed;
mod pages;
mod rejection;
pub mod scenes;
mod shares;
mod skipped;
pub(crate) mod spill;

pub use album::{Album, AlbumOptions, Picked};
pub use rejection::Rejection;
pub use skipped::Skipped;
pub use spill::ImageFile;

use std::path::PathBuf;

/// Opens a source by its name or path.
pub fn open(name: &str) -> Result<Album, SourceError> {
    open_with(name, AlbumOptions::default())
}

/// Opens a source by its name or path, with bounds of your own.
pub fn open_with(name: &str, options: AlbumOptions) -> Result<Album, SourceError> {
    match name.split_once(':') {
        Some((scenes::NAME, settings)) => {
            Album::of_scenes(scenes::Scenes::seeded(options.seed).with(settings)?, options)
        }
        None if name == scenes::NAME => Album::of_scenes(scenes::Scenes::seeded(options.seed), options),
        _ => {
            let path = PathBuf::from(name);
            if !path.exists() {
                return Err(SourceError::Missing { name: name.into() });
            }
            folder::open(&path, options)
        }
    }
}

/// The image files of a folder and its subfolders, in the order of their paths.
pub(crate) fn image_files(folder: &std::path::Path) -> Result<Vec<PathBuf>, SourceError> {
    folder::image_files(folder)
}

/// What was skipped, a line each, and the number of those for which there is no line.
pub(crate) fn listed(skipped: impl ExactSizeIterator<Item = String>) -> Vec<String> {
    const LINES: usize = 20;
    let more = skipped.len().saturating_sub(LINES);
    let mut lines: Vec<String> = skipped.take(LINES).map(|file| format!("skipped {file}")).collect();
    if more > 0 {
        lines.push(format!("skipped {more} more"));
    }
    lines
}

/// Why a source cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Neither a known name nor a path that exists.
    #[error("`{name}` is neither `scenes` nor a file or folder; give `scenes`, or a path that exists")]
    Missing {
        /// What was given.
        name: String,
    },
    /// A setting of the scenes is unknown or out of its range.
    #[error("`scenes:{setting}`: expected {expected}")]
    Scenes {
        /// The setting as given.
        setting: String,
        /// What could stand there.
        expected: String,
    },
    /// A file or folder cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A table cannot be read.
    #[error(transparent)]
    Table(#[from] crate::table::TableError),
    /// There is no room to put the pictures of a table aside.
    #[error("the pictures of a table cannot be put aside in {}: {source}; free some space or set TMPDIR", std::env::temp_dir().display())]
    Spill {
        /// What the system said.
        source: std::io::Error,
    },
    /// Nothing in the source is a picture.
    #[error("{name}: none of {files} files is a picture that can be read{first}")]
    NoPictures {
        /// The source.
        name: String,
        /// Files that were looked at.
        files: usize,
        /// The first file that was skipped, and why.
        first: String,
    },
}
