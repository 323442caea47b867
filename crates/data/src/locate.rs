//! Where datasets lie on this machine: `--data-dir`, then `$SSL4RL_DATA`, then the user's cache.

use std::path::{Path, PathBuf};

use super::DataOptions;
use super::manifest::{Dataset, ManifestFile};

/// Names the folder with datasets.
pub const DATA_VARIABLE: &str = "SSL4RL_DATA";
/// Names the folder for everything this program caches.
pub const CACHE_VARIABLE: &str = "SSL4RL_CACHE";

/// The folders that are searched, and the one that downloads go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Searched in this order.
    pub search: Vec<PathBuf>,
    /// Where downloads go; the last of `search`, or `--data-dir`. `None` where no cache folder is known.
    pub download: Option<PathBuf>,
}

impl Places {
    /// From the options and the environment.
    pub fn new(options: &DataOptions) -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let cache = variable(CACHE_VARIABLE).or_else(|| Some(dirs::cache_dir()?.join("ssl4rl")));
        let cache = cache.map(|cache| cache.join("datasets"));
        let download = options.data_dir.clone().or_else(|| cache.clone());
        let search = [options.data_dir.clone(), variable(DATA_VARIABLE), cache].into_iter().flatten().collect();
        Self { search, download }
    }

    /// The first folder that holds all files the dataset cannot do without.
    pub fn find_complete(&self, dataset: &Dataset) -> Option<Presence> {
        self.search.iter().map(|folder| Presence::of(dataset, folder)).find(Presence::is_complete)
    }

    /// The complete folder, or else the one with the most of the dataset's files.
    pub fn find_best(&self, dataset: &Dataset) -> Option<Presence> {
        let all = self.search.iter().map(|folder| Presence::of(dataset, folder));
        // `max_by_key` takes the last of equals; the first folder has precedence.
        self.find_complete(dataset).or_else(|| all.rev().max_by_key(|presence| presence.found.len()))
    }
}

/// Which files of a dataset are in a folder.
#[derive(Debug, Clone)]
pub struct Presence {
    /// The data folder.
    pub folder: PathBuf,
    /// Files that are there, with their place.
    pub found: Vec<(ManifestFile, PathBuf)>,
    /// Files that are not.
    pub missing: Vec<ManifestFile>,
}

impl Presence {
    /// Looks for the dataset's files, plain or `.gz`.
    pub fn of(dataset: &Dataset, folder: &Path) -> Self {
        let mut presence = Self { folder: folder.to_owned(), found: Vec::new(), missing: Vec::new() };
        for file in &dataset.files {
            let plain = folder.join(&file.path);
            let compressed = folder.join(format!("{}.gz", file.path));
            match [plain, compressed].into_iter().find(|path| path.is_file()) {
                Some(path) => presence.found.push((file.clone(), path)),
                None => presence.missing.push(file.clone()),
            }
        }
        presence
    }

    /// Whether the dataset can be loaded.
    pub fn is_complete(&self) -> bool {
        self.missing.iter().all(|file| file.optional_without.is_some())
    }
}
