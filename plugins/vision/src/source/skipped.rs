//! Files that are not among the pictures, and pictures that turned out unreadable when they were asked for.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A file that is not among the pictures, or turned out unreadable when it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Path, or place in a file.
    pub name: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Skipped {
    pub(super) fn new(name: String, reason: &impl ToString) -> Self {
        Self { name, reason: reason.to_string() }
    }
}

impl fmt::Display for Skipped {
    /// `photo.png: the file is empty`
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.name, self.reason)
    }
}

/// All that an album skipped so far.
pub(super) struct SkippedFiles {
    list: Mutex<List>,
    /// How many were skipped when the album was opened.
    at_first: usize,
}

struct List {
    files: Vec<Skipped>,
    /// Pictures found unreadable, by index: they are not decoded again.
    unreadable: BTreeSet<usize>,
}

impl SkippedFiles {
    pub(super) fn new(files: Vec<Skipped>) -> Self {
        Self { at_first: files.len(), list: Mutex::new(List { files, unreadable: BTreeSet::new() }) }
    }

    pub(super) fn all(&self) -> Vec<Skipped> {
        self.list().files.clone()
    }

    /// Those that turned out unreadable later.
    pub(super) fn since(&self) -> Vec<Skipped> {
        self.all().split_off(self.at_first)
    }

    pub(super) fn is_unreadable(&self, index: usize) -> bool {
        self.list().unreadable.contains(&index)
    }

    /// Notes that picture `index` is unreadable.
    pub(super) fn add(&self, index: usize, skipped: Skipped) {
        let mut list = self.list();
        if list.unreadable.insert(index) {
            list.files.push(skipped);
        }
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_picture_is_listed_once() {
        let skipped = SkippedFiles::new(vec![Skipped::new("a.png".into(), &"the file is empty")]);
        for _ in 0..3 {
            skipped.add(7, Skipped::new("b.png".into(), &"it is cut short"));
        }
        assert!(skipped.is_unreadable(7) && !skipped.is_unreadable(0));
        assert_eq!(skipped.all().len(), 2);
        assert_eq!(skipped.since().iter().map(Skipped::to_string).collect::<Vec<_>>(), ["b.png: it is cut short"]);
    }
}
