//! Why a run stops.

use crate::model::ModelError;
use crate::model::hub::HubError;
use crate::rl::RlError;
use crate::tasks::TaskError;

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A question could not be made or scored.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The policy could not be made, run or saved.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The policy could not be had from the hub.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// An advantage, a loss or an update could not be computed.
    #[error(transparent)]
    Rl(#[from] RlError),
    /// The run folder could not be written.
    #[error(transparent)]
    Report(#[from] crate::report::RunFolderError),
    /// The policy cache cannot be used.
    #[error("{path}: {source}", path = path.display())]
    Cache {
        /// File or folder.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// libtorch refused an operation.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
    /// A prompt holds media that no encoder of this policy reads.
    #[error("{task}: the prompt holds `{mime}` data, which this policy cannot read")]
    Media {
        /// Task name.
        task: &'static str,
        /// Media type.
        mime: String,
    },
}
