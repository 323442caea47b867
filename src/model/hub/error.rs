//! Why a model cannot be had from the hub.

use std::io;
use std::path::{Path, PathBuf};

use hf_hub::api::sync::ApiError;

use super::ModelId;
use crate::model::ModelError;

/// Why there is no folder for a model.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// Neither a folder nor a name that the hub could know.
    #[error(
        "there is no folder `{path}`\nhint: give a folder with config.json, weights and tokenizer.json, or a model's name \
         on the hub such as `Qwen/Qwen2.5-0.5B-Instruct`",
        path = path.display()
    )]
    NoSuchFolder {
        /// What was given.
        path: PathBuf,
    },
    /// The network must not be used, and the cache does not hold the model.
    #[error(
        "the network must not be used, and the cache has no whole copy of `{id}`\nwanted: {wanted}\n\
         hint: put these files into `{folder}`, or into any folder and name that with `--model`",
        folder = folder.display()
    )]
    Offline {
        /// The model.
        id: ModelId,
        /// Files that are missing.
        wanted: String,
        /// Where the cache would have them.
        folder: PathBuf,
    },
    /// The hub does not let this user see the model, or keeps to itself whether there is one.
    #[error(
        "the hub refuses `{id}` (HTTP status {status}): it is private or gated, or there is no such model\n\
         hint: check the name; for a gated model, accept its terms on the hub and set `HF_TOKEN`"
    )]
    Denied {
        /// The model.
        id: ModelId,
        /// 401 or 403.
        status: u16,
    },
    /// The hub has no such model or revision.
    #[error(
        "the hub has no model `{id}`\nhint: check owner, name and revision; a local folder of this name does not exist"
    )]
    NotFound {
        /// The model.
        id: ModelId,
    },
    /// The model has no weights or no tokenizer that can be read here.
    #[error("the model `{id}` lacks {file}\nhint: models must be stored as safetensors, with a tokenizer.json")]
    Lacks {
        /// The model.
        id: ModelId,
        /// What is missing.
        file: String,
    },
    /// The hub cannot be reached, or the connection broke.
    #[error(
        "cannot reach {endpoint} for `{id}`: {problem}\n\
         hint: run the same command again to go on where it stopped; without a network, give a local folder"
    )]
    Network {
        /// The model.
        id: ModelId,
        /// The hub's address.
        endpoint: String,
        /// What went wrong.
        problem: String,
    },
    /// A downloaded file is not what the hub says it is.
    #[error("`{file}` of `{id}` came with a wrong checksum, and was removed\nhint: run the same command again")]
    WrongContent {
        /// The model.
        id: ModelId,
        /// The file.
        file: String,
    },
    /// The cache cannot be read or written.
    #[error("cache of the hub: `{path}`: {source}\nhint: `HF_HOME` names another place", path = path.display())]
    Cache {
        /// File or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The folder of an adapter does not say, or says wrongly, which base it belongs to.
    #[error(transparent)]
    Adapter(Box<ModelError>),
    /// A downloaded index of shards cannot be read.
    #[error(transparent)]
    Damaged(Box<ModelError>),
}

impl HubError {
    /// Whether only the caller can mend it: another name, a token, files put in place.
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Network { .. } | Self::WrongContent { .. } | Self::Cache { .. })
    }

    /// What an error of the hub's client means for `id`.
    pub(super) fn of(id: &ModelId, endpoint: &str, cache: &Path, error: ApiError) -> Self {
        use io::ErrorKind::{NotFound, PermissionDenied, ReadOnlyFilesystem, StorageFull};
        let network = |problem: String| Self::Network { id: id.clone(), endpoint: endpoint.into(), problem };
        match error {
            ApiError::RequestError(request) => match *request {
                ureq::Error::StatusCode(status @ (401 | 403)) => Self::Denied { id: id.clone(), status },
                ureq::Error::StatusCode(404) => Self::NotFound { id: id.clone() },
                other => network(other.to_string()),
            },
            // One error for both ends of a copy: these are the disk's, all others the connection's.
            ApiError::IoError(source)
                if matches!(source.kind(), NotFound | PermissionDenied | ReadOnlyFilesystem | StorageFull) =>
            {
                Self::Cache { path: cache.into(), source }
            }
            other => network(other.to_string()),
        }
    }
}
