//! [`Imported`]: a user's own graph under a name, known by the checksums of its files.
//!
//! Nothing is copied. A file `imported/NAME.toml` in the data folder says where the files are, how they are to be read, and
//! which bytes they had; `--dataset NAME` reads them again and refuses others.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde::{Deserialize, Serialize};

use super::format::Description;
use super::formats::read_graph;
use super::locate::Places;
use super::manifest::Manifest;
use super::read_error::ReadError;
use super::source::Sources;
use super::{DataError, LoadedDataset, checksum, unused};
use ssl4rl_graph::{Direction, generate};

const FOLDER: &str = "imported";
/// Most bytes of a name.
const MAX_NAME_BYTES: usize = 64;

/// A user's own files and how they are to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserGraph {
    /// Folder, or file with the edges.
    pub path: PathBuf,
    /// A table of nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes: Option<PathBuf>,
    /// A table of what is known of edges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edges: Option<PathBuf>,
    /// Whether edges have a direction, where the files leave it open or say otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directed: Option<bool>,
}

impl UserGraph {
    /// Whatever is at a path.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), ..Self::default() }
    }

    /// The same with absolute paths, so that it can be read from any folder.
    pub fn absolute(&self) -> Result<Self, ReadError> {
        let absolute =
            |path: &PathBuf| fs::canonicalize(path).map_err(|source| ReadError::Io { path: path.clone(), source });
        Ok(Self {
            path: absolute(&self.path)?,
            nodes: self.nodes.as_ref().map(absolute).transpose()?,
            edges: self.edges.as_ref().map(absolute).transpose()?,
            directed: self.directed,
        })
    }

    /// What the graph is called if nobody names it: the file's or folder's name without its extension.
    pub fn default_name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy();
        let plain = name.strip_suffix(".gz").unwrap_or(&name);
        let stem = if self.path.is_dir() { plain } else { plain.rsplit_once('.').map_or(plain, |(stem, _)| stem) };
        stem.to_owned()
    }

    /// Reads it. The notes say what the files hold and the graph does not, and which files of a folder nobody read.
    pub fn load(&self) -> Result<LoadedDataset, DataError> {
        let sources = self.sources()?;
        let name =
            self.path.file_name().map_or_else(|| self.path.display().to_string(), |name| name.to_string_lossy().into());
        let direction =
            self.directed.map(|directed| if directed { Direction::Directed } else { Direction::Undirected });
        let graph = read_graph(&Description { name: &name, class_names: &[], direction }, &sources)?;
        let paths: Vec<PathBuf> = sources.read(true).map(|(_, path)| path.to_owned()).collect();
        let sums = paths.par_iter().map(|path| checksum::sha256(path)).collect::<Result<Vec<_>, _>>()?;
        let unread = sources.read(false).map(|(name, _)| format!("not used: file `{}`", name.escape_debug()));
        let notes = unused(&graph).chain(unread).collect();
        Ok(LoadedDataset { graph, files: paths.into_iter().zip(sums).collect(), notes })
    }

    fn sources(&self) -> Result<Sources, ReadError> {
        let io_error = |source| ReadError::Io { path: self.path.clone(), source };
        let is_folder = fs::metadata(&self.path).map_err(io_error)?.is_dir();
        let has_tables = self.nodes.is_some() || self.edges.is_some();
        let mut sources = match (is_folder, has_tables) {
            (true, _) => Sources::of_folder(&self.path)?,
            (false, false) => Sources::of_file(&self.path)?,
            // The file has the edges, whatever it is called.
            (false, true) => {
                let mut sources = Sources::new(&self.path, []);
                sources.insert(&table_name("edges", &self.path), self.path.clone());
                sources
            }
        };
        for (stem, path) in [("nodes", &self.nodes), ("edge_attributes", &self.edges)] {
            if let Some(path) = path {
                fs::metadata(path).map_err(|source| ReadError::Io { path: path.clone(), source })?;
                sources.insert(&table_name(stem, path), path.clone());
            }
        }
        Ok(sources)
    }
}

/// The name under which the reader of tables looks for a file.
fn table_name(stem: &str, path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    let known = super::formats::edge_list::EXTENSIONS.iter().find(|extension| plain.ends_with(*extension));
    format!("{stem}{}", known.copied().unwrap_or(".csv"))
}

/// A user's own graph under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imported {
    /// What `--dataset` takes.
    pub name: String,
    /// Number of nodes.
    pub nodes: u64,
    /// Number of edges.
    pub edges: u64,
    /// Number of relations; 0 where there are none.
    #[serde(default)]
    pub relations: u64,
    /// Number of graphs; 1 for a single one.
    pub graphs: u64,
    /// What is read, and how.
    pub source: UserGraph,
    /// The files that were read.
    #[serde(rename = "file")]
    pub files: Vec<ImportedFile>,
}

/// A file of an imported graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Checksum of the uncompressed bytes, lower-case hexadecimal.
    pub sha256: String,
}

impl Imported {
    /// An entry for a graph that was loaded from absolute paths.
    pub fn new(name: &str, source: UserGraph, loaded: &LoadedDataset) -> Result<Self, ImportError> {
        check_name(name)?;
        let graph = &loaded.graph;
        let file = |(path, sha256): &(PathBuf, String)| ImportedFile { path: path.clone(), sha256: sha256.clone() };
        Ok(Self {
            name: name.to_owned(),
            nodes: graph.node_count() as u64,
            edges: graph.edges().len() as u64,
            relations: graph.relation_names().len() as u64,
            graphs: graph.member_count() as u64,
            source,
            files: loaded.files.iter().map(file).collect(),
        })
    }

    /// Every imported graph of the searched folders, by name; of equal names the first.
    pub fn all(places: &Places) -> Result<Vec<Self>, ImportError> {
        let mut found: Vec<Self> = Vec::new();
        for folder in &places.search {
            let folder = folder.join(FOLDER);
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(source) => return Err(ImportError::Io { path: folder, source }),
            };
            let mut paths = Vec::new();
            for entry in entries {
                paths.push(entry.map_err(|source| ImportError::Io { path: folder.clone(), source })?.path());
            }
            paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
            for path in paths {
                let entry = Self::read(&path)?;
                if found.iter().all(|other| other.name != entry.name) {
                    found.push(entry);
                }
            }
        }
        found.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(found)
    }

    /// The imported graph of this name.
    pub fn find(name: &str, places: &Places) -> Result<Option<Self>, ImportError> {
        if check_name(name).is_err() {
            return Ok(None);
        }
        let mut paths = places.search.iter().map(|folder| entry_path(folder, name));
        paths.find(|path| path.is_file()).map(|path| Self::read(&path)).transpose()
    }

    fn read(path: &Path) -> Result<Self, ImportError> {
        let text = fs::read_to_string(path).map_err(|source| ImportError::Io { path: path.to_owned(), source })?;
        toml::from_str(&text).map_err(|error| {
            let problem = error.message().to_owned();
            ImportError::Unreadable { path: path.to_owned(), problem }
        })
    }

    /// Keeps it in a data folder; a file under its final name is always whole. Returns where it is.
    pub fn save(&self, folder: &Path) -> Result<PathBuf, ImportError> {
        let path = entry_path(folder, &self.name);
        let failed = |source| ImportError::Io { path: path.clone(), source };
        fs::create_dir_all(folder.join(FOLDER)).map_err(failed)?;
        let text = toml::to_string(self).map_err(|error| failed(io::Error::other(error)))?;
        let part = path.with_extension(format!("part{}", std::process::id()));
        fs::write(&part, text).and_then(|()| fs::rename(&part, &path)).map_err(failed)?;
        Ok(path)
    }

    /// Reads it again and refuses other bytes.
    pub fn load(&self) -> Result<LoadedDataset, DataError> {
        if let Some(file) = self.files.iter().find(|file| !file.path.exists()) {
            return Err(ImportError::Gone { name: self.name.clone(), path: file.path.clone() }.into());
        }
        let loaded = self.source.load()?;
        let changed = |path: &Path, problem: String| ImportError::Changed {
            name: self.name.clone(),
            path: path.to_owned(),
            problem,
        };
        for (path, got) in &loaded.files {
            match self.files.iter().find(|file| file.path == *path) {
                None => return Err(changed(path, "it was not there".into()).into()),
                Some(file) if file.sha256 != *got => {
                    return Err(changed(path, format!("expected sha256 {}, got {got}", file.sha256)).into());
                }
                Some(_) => {}
            }
        }
        if let Some(file) = self.files.iter().find(|file| loaded.files.iter().all(|(path, _)| *path != file.path)) {
            return Err(changed(&file.path, "it is not read any more".into()).into());
        }
        // What is left out was said when it was imported.
        Ok(LoadedDataset { notes: Vec::new(), ..loaded })
    }
}

fn entry_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(FOLDER).join(format!("{name}.toml"))
}

/// A name is a plain file name and means nothing else already.
fn check_name(name: &str) -> Result<(), ImportError> {
    let wrong =
        |problem: &str| Err(ImportError::BadName { name: name.escape_debug().to_string(), problem: problem.into() });
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    if name.is_empty() || name.len() > MAX_NAME_BYTES || name.starts_with(['.', '-']) || !name.chars().all(plain) {
        return wrong("names have up to 64 letters, digits, `-`, `_` and `.`, and start with none of the last");
    }
    let is_generator = generate::generators().iter().any(|generator| generator.name() == name);
    if is_generator || name == generate::SYNTHETIC {
        return wrong("a generator has this name");
    }
    if Manifest::embedded().is_ok_and(|manifest| manifest.find(name).is_ok()) {
        return wrong("a public dataset has this name");
    }
    Ok(())
}

/// Why an imported graph cannot be kept or found.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A name that cannot be used.
    #[error("`{name}` cannot name an imported dataset: {problem}; choose another with `--name`")]
    BadName {
        /// The name.
        name: String,
        /// Why.
        problem: String,
    },
    /// The name stands for other files.
    #[error(
        "`{name}` is the imported dataset of `{}`; choose another name with `--name`, or `--replace` it",
        path.display()
    )]
    Taken {
        /// The name.
        name: String,
        /// What it stands for.
        path: PathBuf,
    },
    /// A file is not where it was imported from.
    #[error(
        "`{}` of the imported dataset `{name}` is not there any more\nhint: put it back, or tell where it is now: \
         `ssl4rl data import PATH --name {name} --replace`",
        path.display()
    )]
    Gone {
        /// The dataset.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// A file is not the one that was imported.
    #[error(
        "`{}` of the imported dataset `{name}` has changed: {problem}\nhint: `ssl4rl data import PATH --name {name} --replace`, of the \
         path that was imported, uses it as it is now",
        path.display()
    )]
    Changed {
        /// The dataset.
        name: String,
        /// The file.
        path: PathBuf,
        /// How it differs.
        problem: String,
    },
    /// An entry is not what this program writes.
    #[error("`{}` does not describe an imported dataset: {problem}; remove it and import again", path.display())]
    Unreadable {
        /// The entry's file.
        path: PathBuf,
        /// What the parser said.
        problem: String,
    },
    /// An entry cannot be read or written.
    #[error("cannot use `{}`: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}
