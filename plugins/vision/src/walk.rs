//! The files of a folder and its subfolders, in the order of their paths.
//!
//! Hidden ones are passed over, and every folder is entered once, so that links in a circle end.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a walk met.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// Files.
    pub(crate) files: Vec<PathBuf>,
    /// Subfolders that cannot be listed, and files that are none (pipes, sockets, devices, links to nothing), with the reason.
    pub(crate) unreadable: Vec<(PathBuf, io::Error)>,
}

/// The files below `folder` whose path is `wanted`. An error where the folder itself cannot be listed.
pub(crate) fn files_of(folder: &Path, wanted: impl Fn(&Path) -> bool) -> io::Result<Walk> {
    let mut walk = Walk::default();
    let mut entered = BTreeSet::from([folder.canonicalize()?]);
    let mut waiting = list(folder)?;
    while let Some(path) = waiting.pop() {
        if path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
            continue;
        }
        if path.is_dir() {
            match path.canonicalize().and_then(|place| if entered.insert(place) { list(&path) } else { Ok(Vec::new()) })
            {
                Ok(within) => waiting.extend(within),
                Err(reason) => walk.unreadable.push((path, reason)),
            }
        } else if wanted(&path) {
            match fs::metadata(&path) {
                Ok(found) if found.is_file() => walk.files.push(path),
                Ok(_) => walk.unreadable.push((path, io::Error::other("it is a pipe, a socket or a device"))),
                Err(reason) => walk.unreadable.push((path, reason)),
            }
        }
    }
    walk.files.sort_unstable();
    walk.unreadable.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    Ok(walk)
}

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_in_a_circle_end_and_links_to_nothing_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let below = |name: &str| folder.path().join(name);
        fs::create_dir(below("within")).unwrap();
        fs::write(below("within/a.png"), b"").unwrap();
        fs::write(below(".hidden.png"), b"").unwrap();
        fs::write(below("notes.txt"), b"").unwrap();
        symlink(folder.path(), below("within/up")).unwrap();
        symlink(folder.path(), below("within/again")).unwrap();
        symlink("nowhere.png", below("lost.png")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(below("socket.png")).unwrap();
        let walk = files_of(folder.path(), |path| path.extension().is_some_and(|ending| ending == "png")).unwrap();
        assert_eq!(walk.files, [below("within/a.png")]);
        let unreadable: Vec<PathBuf> = walk.unreadable.into_iter().map(|(path, _)| path).collect();
        assert_eq!(unreadable, [below("lost.png"), below("socket.png")]);
        assert!(files_of(&below("absent"), |_| true).is_err());
    }
}
