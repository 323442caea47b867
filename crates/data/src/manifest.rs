//! [`Manifest`]: the known datasets, embedded from `datasets/manifest.toml`.
//!
//! ```
//! use ssl4rl_data::Manifest;
//! let cora = Manifest::embedded()?.find("cora")?;
//! assert_eq!(cora.nodes, 2708);
//! assert!(cora.files.iter().any(|file| file.path == "cora/cora.cites"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use ssl4rl_tasks::nearest;

const EMBEDDED: &str = include_str!("../../../datasets/manifest.toml");

/// Where addresses point.
pub const PUBLIC_HOST: &str = "https://raw.githubusercontent.com";

/// The known datasets.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// In the order in which they are listed.
    #[serde(rename = "dataset")]
    pub datasets: Vec<Dataset>,
    /// Archives that hold files of datasets.
    #[serde(rename = "archive", default)]
    pub archives: Vec<Archive>,
}

/// One dataset.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// What `--dataset` takes.
    pub name: String,
    /// What it is, in a few words.
    pub title: String,
    /// Who made it.
    pub source: String,
    /// Under which licences its files are, as far as stated.
    pub licence: String,
    /// Number of nodes.
    pub nodes: u64,
    /// Number of edges; of a knowledge graph, training triples.
    pub edges: u64,
    /// Number of relations of a knowledge graph.
    #[serde(default)]
    pub relations: Option<u64>,
    /// Class names by index, where the files hold indices only.
    #[serde(default)]
    pub classes: Vec<String>,
    /// Its files. Datasets may share a file.
    #[serde(rename = "file")]
    pub files: Vec<ManifestFile>,
}

/// One file of a dataset.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// Path in the data folder. `path.gz` is accepted in its place.
    pub path: String,
    /// Public origin.
    pub address: Address,
    /// Bytes, uncompressed.
    #[serde(default)]
    pub size: Option<u64>,
    /// Checksum of the uncompressed bytes, lower-case hexadecimal.
    #[serde(default)]
    pub sha256: Option<String>,
    /// Git's id of the bytes, where the sha256 is unknown.
    #[serde(default)]
    pub git_blob: Option<String>,
    /// What is lost without the file, if the dataset can be loaded without it.
    #[serde(default)]
    pub optional_without: Option<String>,
}

/// An archive that holds files of datasets.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// Public origin, without a member.
    pub address: Address,
    /// Bytes.
    pub size: u64,
    /// Checksum, lower-case hexadecimal.
    pub sha256: String,
}

/// A file in a public GitHub repository: `owner/repository@commit:path`, or `…:archive!member`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    /// `owner/repository`.
    pub repository: String,
    /// Full commit id.
    pub commit: String,
    /// Path of the file, or of the archive, in the repository.
    pub path: String,
    /// Path inside the archive.
    pub member: Option<String>,
}

impl Address {
    /// The URL of the file, or of the archive that holds it.
    pub fn url(&self, host: &str) -> String {
        format!("{host}/{}/{}/{}", self.repository, self.commit, self.path)
    }

    /// The archive's own address.
    #[must_use]
    pub fn archive(&self) -> Self {
        Self { member: None, ..self.clone() }
    }
}

impl TryFrom<String> for Address {
    type Error = ManifestError;

    fn try_from(text: String) -> Result<Self, ManifestError> {
        let parts = || {
            let (repository, rest) = text.split_once('@')?;
            let (commit, path) = rest.split_once(':')?;
            let (path, member) = path.split_once('!').map_or((path, None), |(path, member)| (path, Some(member)));
            let sane = repository.split('/').count() == 2
                && commit.len() == 40
                && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
                && !path.is_empty();
            sane.then(|| Self {
                repository: repository.into(),
                commit: commit.into(),
                path: path.into(),
                member: member.map(Into::into),
            })
        };
        parts().ok_or_else(|| ManifestError::BadAddress { address: text.clone() })
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}@{}:{}", self.repository, self.commit, self.path)?;
        self.member.as_ref().map_or(Ok(()), |member| write!(formatter, "!{member}"))
    }
}

impl Manifest {
    /// The manifest that this program was built with.
    pub fn embedded() -> Result<&'static Self, ManifestError> {
        static MANIFEST: OnceLock<Result<Manifest, String>> = OnceLock::new();
        let parsed = MANIFEST.get_or_init(|| toml::from_str(EMBEDDED).map_err(|error| error.to_string()));
        parsed.as_ref().map_err(|problem| ManifestError::Unreadable { problem: problem.clone() })
    }

    /// A dataset by name.
    pub fn find(&self, name: &str) -> Result<&Dataset, ManifestError> {
        self.datasets.iter().find(|dataset| dataset.name == name).ok_or_else(|| self.unknown(name, &[], &[]))
    }

    /// The error that no dataset has this name, which suggests the nearest of all names, of what was `imported` and of `generators`.
    pub(super) fn unknown(&self, name: &str, imported: &[&str], generators: &[&str]) -> ManifestError {
        let datasets = self.datasets.iter().map(|dataset| dataset.name.as_str());
        let datasets: Vec<&str> = datasets.chain(imported.iter().copied()).collect();
        let hint = match nearest(&name.to_lowercase(), datasets.iter().chain(generators).copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None if generators.is_empty() => format!("known are {}", datasets.join(", ")),
            None => format!(
                "there is no file of this name either; known are {}; generators are {}",
                datasets.join(", "),
                generators.join(", ")
            ),
        };
        ManifestError::UnknownDataset { name: name.to_owned(), hint }
    }

    /// Size and checksum of an archive.
    pub fn archive(&self, address: &Address) -> Option<&Archive> {
        self.archives.iter().find(|archive| &archive.address == address)
    }
}

/// Why the manifest does not answer.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The embedded file is not a manifest.
    #[error("the embedded dataset manifest cannot be read: {problem}")]
    Unreadable {
        /// What the parser said.
        problem: String,
    },
    /// An address has another form.
    #[error("`{address}` is no address of the form `owner/repository@commit:path`")]
    BadAddress {
        /// The text.
        address: String,
    },
    /// No dataset has this name.
    #[error("unknown dataset `{name}`; {hint}")]
    UnknownDataset {
        /// The name.
        name: String,
        /// The nearest name, or all names.
        hint: String,
    },
}
