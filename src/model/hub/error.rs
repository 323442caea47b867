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
         on the hub, `owner/name`, such as `Qwen/Qwen2.5-0.5B-Instruct`",
        path = path.display()
    )]
    NoSuchFolder {
        /// What was given.
        path: PathBuf,
    },
    /// A file, where a folder is wanted.
    #[error(
        "`{path}` is a file, not a folder\nhint: name the folder that has config.json, weights and tokenizer.json",
        path = path.display()
    )]
    NotAFolder {
        /// What was given.
        path: PathBuf,
    },
    /// The folder of a run, whose policies lie in folders of their own.
    #[error(
        "`{path}` is the folder of a run\nhint: name one of its checkpoints, `{path}/checkpoints/step-N`",
        path = path.display()
    )]
    IsARun {
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
    #[error("cannot reach {endpoint} for `{id}`: {problem}\nhint: {}", network_hint(*began))]
    Network {
        /// The model.
        id: ModelId,
        /// The hub's address.
        endpoint: String,
        /// What went wrong.
        problem: String,
        /// Whether some of it may have come already.
        began: bool,
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

fn network_hint(began: bool) -> &'static str {
    if began {
        "run the same command again to go on where it stopped; without a network, give a local folder"
    } else {
        "there is no folder of this name here: check the name, or the network and run the same command again"
    }
}

impl HubError {
    /// Whether only the caller can mend it: another name, a token, files put in place.
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Network { .. } | Self::WrongContent { .. } | Self::Cache { .. })
    }

    /// The same of the very first request, before anything was fetched.
    pub(super) fn at_the_start(self) -> Self {
        match self {
            Self::Network { id, endpoint, problem, .. } => Self::Network { id, endpoint, problem, began: false },
            other => other,
        }
    }

    /// What an error of the hub's client means for `id`, once files are being fetched.
    pub(super) fn of(id: &ModelId, endpoint: &str, cache: &Path, error: ApiError) -> Self {
        use io::ErrorKind::{NotFound, PermissionDenied, ReadOnlyFilesystem, StorageFull};
        let network =
            |problem: String| Self::Network { id: id.clone(), endpoint: endpoint.into(), problem, began: true };
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
