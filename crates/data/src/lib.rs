//! Named datasets, their files and the strict readers.
//!
//! [`load`] takes what a user writes after `--dataset`:
//!
//! - a name of the [`Manifest`] (`cora`, `fb15k-237`): looked up in `--data-dir`, `$SSL4RL_DATA` and the user's cache, in
//!   that order, else downloaded
//! - a generator of [`ssl4rl_graph::generate`] with its knobs (`synthetic`, `sbm:n=500,k=5`): made from the seed
//! - a path of a folder or file in any of the accepted formats
//!
//! ```no_run
//! use ssl4rl_data::{DataOptions, load};
//! let cora = load("cora", &DataOptions::default())?;
//! assert_eq!(cora.graph.edges().len(), 5278);
//! # Ok::<(), ssl4rl_data::DataError>(())
//! ```
//!
//! The checksum of every file is computed on another thread while the file is parsed: a named dataset never loads from
//! other bytes than the manifest knows, and every run can record what it was made of.
//!
//! Readers, one a file of `formats`: `linqs` with `paper_texts` and `align`, `planetoid` with [`pickle`], `triples`, `id_triples` and
//! `entity_texts`, `wikics`; of a user's own graphs `edge_list` on `table`, `graphml`, `node_link`, and `arrays` on `npy`, which
//! share the rules for attributes in `draft`, and `ogb` and `tu`, which share `numbered`. None of them panics or fills the
//! memory, whatever the bytes; every error names the file and the line or byte.
//!
//! [`Imported`] keeps a user's own graph under a name, with the checksums of its files.

mod align;
pub mod checksum;
mod collection;
mod draft;
mod entity_texts;
pub mod fetch;
mod format;
mod formats;
mod imported;
mod interner;
mod locate;
mod manifest;
mod modality;
mod names;
mod npy;
mod numbered;
mod paper_texts;
pub mod pickle;
mod read_error;
mod source;
mod table;

use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

pub use fetch::{FetchError, Fetcher, Progress};
pub use format::Description;
pub use formats::read_graph;
pub use imported::{ImportError, Imported, ImportedFile, UserGraph};
pub use locate::{CACHE_VARIABLE, DATA_VARIABLE, Places, Presence};
pub use manifest::{Address, Archive, Dataset, Manifest, ManifestError, ManifestFile, PUBLIC_HOST};
pub use modality::Graphs;
pub use read_error::ReadError;
pub use source::{MAX_LINE_BYTES, Sources};

use ssl4rl_graph::{Graph, generate};

/// Where to look and whether to download.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataOptions {
    /// Searched first; downloads go here instead of the cache.
    pub data_dir: Option<PathBuf>,
    /// Never use the network.
    pub offline: bool,
    /// Seed of generated graphs.
    pub seed: u64,
}

/// A graph and what it was made of.
#[derive(Debug, Clone)]
pub struct LoadedDataset {
    /// The graph.
    pub graph: Graph,
    /// Every file that was read, with the sha256 of its uncompressed bytes. Empty for generated graphs.
    pub files: Vec<(PathBuf, String)>,
    /// What the user may want to know: optional files that are absent, and what that costs.
    pub notes: Vec<String>,
}

/// Loads a dataset by name, generator or path.
pub fn load(spec: &str, options: &DataOptions) -> Result<LoadedDataset, DataError> {
    load_with_progress(spec, options, &mut |_| {})
}

/// [`load`], told about the progress of downloads.
pub fn load_with_progress(
    spec: &str,
    options: &DataOptions,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<LoadedDataset, DataError> {
    let manifest = Manifest::embedded()?;
    if let Ok(dataset) = manifest.find(spec) {
        let places = Places::new(options);
        let fetcher = (!options.offline).then(|| Fetcher::new(manifest));
        return load_named(dataset, &places, fetcher.as_ref(), progress);
    }
    if let Some(graph) = generate::from_spec(spec, options.seed) {
        return Ok(LoadedDataset { graph: graph?, files: Vec::new(), notes: Vec::new() });
    }
    let places = Places::new(options);
    if let Some(imported) = Imported::find(spec, &places)? {
        return imported.load();
    }
    if looks_like_path(spec) {
        return load_path(Path::new(spec));
    }
    let generators = generate::generators().iter().map(|generator| generator.name());
    let imported = Imported::all(&places)?;
    let imported: Vec<&str> = imported.iter().map(|imported| imported.name.as_str()).collect();
    let generators: Vec<&str> = generators.chain([generate::SYNTHETIC]).collect();
    let name = spec.split_once(':').map_or(spec, |(name, _)| name);
    Err(manifest.unknown(name, &imported, &generators).into())
}

/// Whether the user means a path: it exists, or is written like one.
fn looks_like_path(spec: &str) -> bool {
    spec.contains(std::path::MAIN_SEPARATOR) || spec.starts_with('.') || Path::new(spec).exists()
}

/// Loads a dataset of the manifest from the given places; without a fetcher, only from there.
pub fn load_named(
    dataset: &Dataset,
    places: &Places,
    fetcher: Option<&Fetcher<'_>>,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<LoadedDataset, DataError> {
    let presence = match (places.find_complete(dataset), fetcher) {
        (Some(presence), _) => presence,
        (None, None) => return Err(DataError::absent(dataset, places)),
        (None, Some(fetcher)) => {
            let folder = places.download.as_ref().ok_or_else(|| DataError::absent(dataset, places))?;
            fetch_dataset(dataset, folder, false, fetcher, progress)?;
            Presence::of(dataset, folder)
        }
    };
    let description = Description { name: &dataset.name, class_names: &dataset.classes, direction: None };
    let sources = Sources::new(&presence.folder, presence.found.iter().map(|(_, path)| path.clone()));
    let (graph, checks) = rayon::join(
        || read_graph(&description, &sources),
        || presence.found.par_iter().map(|(file, path)| checksum::check(path, file)).collect::<Vec<_>>(),
    );
    let mut files = Vec::with_capacity(checks.len());
    for ((_, path), check) in presence.found.iter().zip(checks) {
        let check = check?;
        if let Some((expected, got)) = check.mismatch {
            return Err(DataError::WrongContent { path: path.clone(), expected, got });
        }
        files.push((path.clone(), check.sha256));
    }
    let note = |file: &ManifestFile| {
        let lost = file.optional_without.as_deref()?;
        Some(format!("`{}` is absent: {lost}; `ssl4rl data fetch {}` gets it", file.path, dataset.name))
    };
    let graph = graph?;
    let notes = presence.missing.iter().filter_map(note).chain(unused(&graph)).collect();
    Ok(LoadedDataset { graph, files, notes })
}

/// Loads a user's own dataset: a folder, or a file with what belongs to it.
pub fn load_path(path: &Path) -> Result<LoadedDataset, DataError> {
    UserGraph::at(path).load()
}

/// What the graph's files hold and the graph does not, as notes.
fn unused(graph: &Graph) -> impl Iterator<Item = String> + '_ {
    graph.provenance().ignored.iter().map(|what| format!("not used: {what}"))
}

/// Downloads the files of a dataset that the folder does not have; optional ones too where asked. Returns how many came.
pub fn fetch_dataset(
    dataset: &Dataset,
    folder: &Path,
    optional_too: bool,
    fetcher: &Fetcher<'_>,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<usize, DataError> {
    let missing = Presence::of(dataset, folder).missing;
    let wanted: Vec<&ManifestFile> =
        missing.iter().filter(|file| optional_too || file.optional_without.is_none()).collect();
    for file in &wanted {
        fetcher.fetch(file, folder, progress)?;
    }
    fetch::remove_archives(folder, wanted.iter().map(|file| file.address.clone()));
    Ok(wanted.len())
}

/// Why a dataset cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The name is unknown, or the manifest is.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file cannot be downloaded.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// An imported dataset cannot be kept or found.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A generator's knobs are wrong.
    #[error(transparent)]
    Generate(#[from] generate::GenerateError),
    /// A file is not the one that the manifest means.
    #[error(
        "`{}` is not the known file: expected {expected}, got {got}; remove it and run `ssl4rl data fetch`, or give the \
         folder as a path to use it as it is",
        path.display()
    )]
    WrongContent {
        /// The file.
        path: PathBuf,
        /// Checksum in the manifest.
        expected: String,
        /// Checksum found.
        got: String,
    },
    /// No searched folder has the dataset, and it may not be downloaded.
    #[error(
        "dataset `{name}` is not on this machine; searched {searched}\nput these files there, or run `ssl4rl data fetch {name}` online:\n{wanted}"
    )]
    Absent {
        /// The dataset.
        name: String,
        /// The folders.
        searched: String,
        /// A line for each missing file: where it belongs and where it comes from.
        wanted: String,
    },
}

impl DataError {
    fn absent(dataset: &Dataset, places: &Places) -> Self {
        let presence = places.find_best(dataset);
        let folder = presence.as_ref().map_or_else(PathBuf::new, |presence| presence.folder.clone());
        let missing = presence.map_or_else(|| dataset.files.clone(), |presence| presence.missing);
        let wanted = missing.iter().filter(|file| file.optional_without.is_none()).map(|file| {
            let member = file.address.member.as_ref().map(|member| format!(" (member `{member}`)")).unwrap_or_default();
            format!("  {}  from  {}{member}", folder.join(&file.path).display(), file.address.url(PUBLIC_HOST))
        });
        let searched: Vec<String> = places.search.iter().map(|folder| format!("`{}`", folder.display())).collect();
        let searched = if searched.is_empty() { "no folder".into() } else { searched.join(", ") };
        Self::Absent { name: dataset.name.clone(), searched, wanted: wanted.collect::<Vec<_>>().join("\n") }
    }
}
