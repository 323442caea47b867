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
pub(super) fn sync_tree(folder: &Path) -> Result<(), RunFolderError> {
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
pub(super) fn sync_parent(path: &Path) -> Result<(), RunFolderError> {
    path.parent().map_or(Ok(()), sync_folder)
}

fn sync_folder(folder: &Path) -> Result<(), RunFolderError> {
    // Only Unix opens folders as files; elsewhere the file system orders renames itself.
    if cfg!(unix) {
        File::open(folder).and_then(|file| file.sync_all()).map_err(RunFolderError::io("flush", folder))?;
    }
    Ok(())
}
