//! Files and folders that are there whole or not at all: written aside, flushed to the disk, renamed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::RunFolderError;

/// Marks what is still being written; whatever starts so may be deleted.
pub(super) const ASIDE: &str = ".tmp-";

/// Where `path` is written before it is renamed: the same folder, so that the rename stays on one disk.
pub(super) fn aside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{ASIDE}{name}"))
}

/// Writes a file so that readers see the old one or the new one, never half of one.
pub(super) fn write_file(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), RunFolderError> {
    let aside = aside(path);
    let written = File::create(&aside).and_then(|file| {
        let mut writer = BufWriter::new(file);
        write(&mut writer)?;
        writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    });
    if let Err(source) = written.and_then(|()| fs::rename(&aside, path)) {
        let _left_behind = fs::remove_file(&aside);
        return Err(RunFolderError::io("write", path)(source));
    }
    sync_parent(path)
}

/// Writes text whole or not at all.
pub(super) fn write_text(path: &Path, text: &str) -> Result<(), RunFolderError> {
    write_file(path, |file| file.write_all(text.as_bytes()))
}

/// Writes a folder whole or not at all: `write` fills one aside, which is flushed to the disk and renamed. A folder that is
/// there already is replaced. When `write` fails, nothing is left behind.
pub fn write_folder<E: From<RunFolderError>>(
    place: &Path,
    write: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    let aside = aside(place);
    remove_folder(&aside)?;
    fs::create_dir_all(&aside).map_err(RunFolderError::io("create", &aside))?;
    let written = write(&aside).and_then(|()| Ok(install(&aside, place)?));
    if written.is_err() {
        // The first error is the one to tell; what cannot be removed now is removed by the next writer.
        let _left_behind = fs::remove_dir_all(&aside);
    }
    written
}

fn install(aside: &Path, place: &Path) -> Result<(), RunFolderError> {
    sync_tree(aside)?;
    let old = place.with_file_name(format!("{ASIDE}old"));
    remove_folder(&old)?;
    // A folder cannot be renamed onto a full one; between the two renames the old one is aside, not lost.
    let replaces = place.exists();
    if replaces {
        fs::rename(place, &old).map_err(RunFolderError::io("replace", place))?;
    }
    fs::rename(aside, place).map_err(RunFolderError::io("write", place))?;
    sync_parent(place)?;
    if replaces { remove_folder(&old) } else { Ok(()) }
}

/// Removes a folder, where there is one.
pub(super) fn remove_folder(folder: &Path) -> Result<(), RunFolderError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(RunFolderError::io("remove", folder)(error)),
        _ => Ok(()),
    }
}

/// Removes what a writer that was killed left aside in `folder`.
pub(super) fn remove_aside(folder: &Path) -> Result<(), RunFolderError> {
    let failed = || RunFolderError::io("read", folder);
    for entry in fs::read_dir(folder).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        if entry.file_name().to_string_lossy().starts_with(ASIDE) {
            let path = entry.path();
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.map_err(RunFolderError::io("remove", &path))?;
        }
    }
    Ok(())
}

/// Flushes a folder and everything below it to the disk.
pub(crate) fn sync_tree(folder: &Path) -> Result<(), RunFolderError> {
    let failed = || RunFolderError::io("flush", folder);
    for entry in fs::read_dir(folder).map_err(failed())? {
        let path = entry.map_err(failed())?.path();
        if path.is_dir() {
            sync_tree(&path)?;
        } else {
            File::open(&path).and_then(|file| file.sync_all()).map_err(RunFolderError::io("flush", &path))?;
        }
    }
    sync_folder(folder)
}

/// Makes a rename in the parent of `path` durable.
pub(crate) fn sync_parent(path: &Path) -> Result<(), RunFolderError> {
    match path.parent() {
        // A bare name lies in the working directory.
        Some(parent) if parent.as_os_str().is_empty() => sync_folder(Path::new(".")),
        Some(parent) => sync_folder(parent),
        None => Ok(()),
    }
}

fn sync_folder(folder: &Path) -> Result<(), RunFolderError> {
    // Only Unix opens folders as files; elsewhere the file system orders renames itself.
    if cfg!(unix) {
        File::open(folder).and_then(|file| file.sync_all()).map_err(RunFolderError::io("flush", folder))?;
    }
    Ok(())
}
