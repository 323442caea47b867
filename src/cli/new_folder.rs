//! Where a verb is about to write a folder: told to be impossible before the work, and not after it.

use std::path::Path;

use super::usage;

/// Refuses a place where no folder can be made, since a file lies on the way to it. What is not there yet is made later.
pub(super) fn refuse_below_a_file(place: &Path) -> anyhow::Result<()> {
    match place.ancestors().skip(1).find(|folder| folder.exists()) {
        Some(file) if !file.is_dir() => Err(usage(format!(
            "`{}` cannot be made: `{}` is a file\nhint: name another folder with `--out`",
            place.display(),
            file.display()
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_on_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("notes");
        std::fs::write(&file, "").unwrap();
        assert!(refuse_below_a_file(&folder.path().join("a/b")).is_ok());
        assert!(refuse_below_a_file(Path::new("a/b")).is_ok());
        let refused = refuse_below_a_file(&file.join("a/b")).unwrap_err().to_string();
        assert!(refused.contains(&format!("`{}` is a file", file.display())), "{refused}");
    }
}
