//! The files that a policy is read from: a model's folder, or an adapter's and that of the base it belongs to.

use std::path::{Path, PathBuf};

use tch::{Device, Kind};

use super::hub::{Download, Hub, HubError, SNAPSHOTS};
use super::{ModelConfig, ModelError, Policy, Tokenizer, adapter, checkpoint};

/// Name of the folder in which a run keeps a base of its own, beside that of its checkpoints.
const BASE_OF_RUN: &str = "base";
/// Name of the latter.
const CHECKPOINTS_OF_RUN: &str = "checkpoints";

/// Where a policy is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    folder: PathBuf,
    /// Folder of the base, where `folder` holds an adapter.
    base: Option<PathBuf>,
}

impl Source {
    /// The files of `model`, a folder or a name on the hub, downloaded where they have to be. Where they are an adapter's,
    /// those of its base as well.
    pub fn locate(
        hub: &Hub,
        model: &str,
        revision: &str,
        progress: &mut dyn FnMut(Download),
    ) -> Result<Self, HubError> {
        let folder = hub.locate(model, revision, progress)?;
        let base = adapter::is_adapter(&folder).then(|| base_of(hub, &folder, progress)).transpose()?;
        Ok(Self { folder, base })
    }

    /// The files of a model that has been located before, without the network and without a base; `None` where they are not here.
    pub fn located(hub: &Hub, model: &str, revision: &str) -> Option<Self> {
        Some(Self { folder: hub.located(model, revision)?, base: None })
    }

    /// The folder of the model, or of the adapter.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the base, where the policy is a base with an adapter.
    pub fn base(&self) -> Option<&Path> {
        self.base.as_deref()
    }

    /// The commit of a model of the hub; `None` for a folder of the user's own.
    pub fn commit(&self) -> Option<String> {
        let of_hub = self.folder.parent().is_some_and(|parent| parent.ends_with(SNAPSHOTS));
        of_hub.then(|| self.folder.file_name().map(|name| name.to_string_lossy().into_owned()))?
    }

    /// The shape of the policy.
    pub fn config(&self) -> Result<ModelConfig, ModelError> {
        checkpoint::read_config(self.base.as_ref().unwrap_or(&self.folder))
    }

    /// The tokenizer.
    pub fn tokenizer(&self) -> Result<Tokenizer, ModelError> {
        let (config, weights) = (self.config()?, self.base.as_ref().unwrap_or(&self.folder));
        let stop_tokens = checkpoint::stop_tokens(weights, &config)?;
        let mut tokenizer = match &self.base {
            Some(base) => Tokenizer::load_over(base, &self.folder, &stop_tokens)?,
            None => Tokenizer::load(&self.folder, &stop_tokens)?,
        };
        tokenizer.fit(&config)?;
        Ok(tokenizer)
    }

    /// Reads the policy, weights in `kind`, adapters in float32.
    pub fn load(&self, kind: Kind, device: Device) -> Result<Policy, ModelError> {
        let Policy { transformer, .. } = self.load_without_tokenizer(kind, device)?;
        Ok(Policy { transformer, tokenizer: self.tokenizer()? })
    }

    /// Reads a policy that is only ever given token ids: a tokenizer is neither needed nor read.
    pub fn load_without_tokenizer(&self, kind: Kind, device: Device) -> Result<Policy, ModelError> {
        let Some(base) = &self.base else {
            return checkpoint::load_without_tokenizer(&self.folder, kind, device);
        };
        let mut policy = checkpoint::load_without_tokenizer(base, kind, device)?;
        policy.transformer = adapter::load(&self.folder, &policy.transformer)?;
        Ok(policy)
    }
}

/// The folder of the base that the adapter in `folder` belongs to.
///
/// A relative path is looked up from the adapter's folder, then from the working directory. The base that a run keeps is found
/// beside its checkpoints, wherever the run has been moved to since its path was written down.
fn base_of(hub: &Hub, folder: &Path, progress: &mut dyn FnMut(Download)) -> Result<PathBuf, HubError> {
    let base = adapter::base_of(folder).map_err(|error| HubError::Adapter(Box::new(error)))?;
    let named = Path::new(&base.name);
    let of_run = base_of_run(folder).filter(|of_run| named.file_name() == of_run.file_name());
    if let Some(of_run) = of_run.as_ref().filter(|of_run| of_run.is_dir()) {
        return Ok(of_run.clone());
    }
    if named.is_relative() && folder.join(named).is_dir() {
        return Ok(folder.join(named));
    }
    hub.locate(&base.name, base.revision.as_deref().unwrap_or_default(), progress).map_err(|error| match error {
        HubError::NoSuchFolder { path } => {
            HubError::Adapter(Box::new(adapter::base_not_found(folder, base.name, &path, of_run)))
        }
        other => other,
    })
}

/// Where the run whose checkpoint `folder` is keeps its base, whether it is there or not; `None` where `folder` is of no run.
fn base_of_run(folder: &Path) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    let checkpoints = folder.parent().filter(|parent| parent.ends_with(CHECKPOINTS_OF_RUN))?;
    Some(checkpoints.with_file_name(BASE_OF_RUN))
}
