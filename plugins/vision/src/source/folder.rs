//! A folder of pictures and tables, or one file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::album::{Origin, Page, content_hash};
use super::spill::Spill;
use super::{Album, AlbumOptions, Skipped, SourceError, pages};
use crate::picture::dimensions;

/// Ends of names that are looked at in a folder; what a file is, its content says.
const EXTENSIONS: [&str; 6] = ["png", "jpg", "jpeg", "jfif", "webp", "gif"];
/// Ends of the names of tables.
const TABLES: [&str; 2] = ["parquet", "tsv"];
/// Folders within folders that are entered at most.
const DEEPEST: usize = 32;

/// Opens a folder with its subfolders, or one file.
pub(super) fn open(path: &Path, options: AlbumOptions) -> Result<Album, SourceError> {
    let mut files = Vec::new();
    if path.is_dir() {
        collect(path, DEEPEST, &mut files)?;
        files.sort_unstable();
    } else {
        files.push(path.to_owned());
    }
    let lone = files.len() == 1;
    let (tables, pictures): (Vec<&PathBuf>, Vec<&PathBuf>) = files.iter().partition(|file| is_table(file));
    let mut found: Vec<Result<Page, Skipped>> = pictures.par_iter().map(|file| page(path, file)).collect();
    if !tables.is_empty() {
        let spill = Arc::new(Spill::new().map_err(|source| SourceError::Spill { source })?);
        for file in tables {
            match pages::of_table(file, &name(path, file), &spill) {
                Err(SourceError::Table(error)) if !lone => {
                    found.push(Err(Skipped { name: name(path, file), reason: error.to_string() }));
                }
                pages => found.extend(pages?),
            }
        }
    }
    Album::assemble(path.display().to_string(), found, options)
}

/// The files of a folder whose names end as those of pictures do, sorted.
pub(super) fn image_files(path: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let mut files = Vec::new();
    collect(path, DEEPEST, &mut files)?;
    files.retain(|file| !is_table(file));
    files.sort_unstable();
    Ok(files)
}

fn is_table(file: &Path) -> bool {
    file.extension().is_some_and(|extension| TABLES.iter().any(|table| extension == *table))
}

/// What a file is called: its path below the folder, or its own name.
fn name(root: &Path, file: &Path) -> String {
    let below = file.strip_prefix(root).ok().filter(|name| !name.as_os_str().is_empty());
    below.or(file.file_name().map(Path::new)).unwrap_or(file).display().to_string()
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), SourceError> {
    let unreadable = |source| SourceError::Unreadable { path: folder.to_owned(), source };
    for entry in folder.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        if hidden {
            continue;
        }
        if path.is_dir() {
            if depth > 0 {
                collect(&path, depth - 1, files)?;
            }
        } else if extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str())) || is_table(&path) {
            files.push(path);
        }
    }
    Ok(())
}

/// Reads a file once, for its hash and its head.
fn page(root: &Path, file: &Path) -> Result<Page, Skipped> {
    let name = name(root, file);
    let skipped = |reason: String| Skipped { name: name.clone(), reason };
    let bytes = std::fs::read(file).map_err(|error| skipped(error.to_string()))?;
    dimensions(&bytes).map_err(|error| skipped(error.to_string()))?;
    Ok(Page { name, hash: content_hash(&bytes), origin: Origin::File(file.to_owned()) })
}
