//! Adapters in a folder of their own, as the `PEFT` library writes and reads them.
//!
//! ```text
//! adapter_config.json          rank, scale, target modules, and which base the adapter belongs to
//! adapter_model.safetensors    base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight, …, float32
//! tokenizer.json, …            the tokenizer's files; where they are absent, the base's are taken
//! ```
//!
//! What is read must be exactly what the configuration describes: a feature that is not computed here is refused by its
//! field, a tensor too many or too few by its name.

mod config;
mod error;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tch::{Kind, Tensor};

use super::lora::PREFIX;
use super::weights::{INDEX, WEIGHTS as MODEL_WEIGHTS};
use super::{ModelError, Policy, Transformer, tensor_file};

pub use config::BaseModel;
pub use error::AdapterError;

use config::AdapterConfig;

/// What tells the folder of an adapter from that of a model.
pub(super) const CONFIG: &str = "adapter_config.json";
pub(super) const WEIGHTS: &str = "adapter_model.safetensors";

/// Whether `folder` holds an adapter, and not a whole model.
pub fn is_adapter(folder: &Path) -> bool {
    let holds = |file: &str| folder.join(file).is_file();
    holds(CONFIG) && !holds(MODEL_WEIGHTS) && !holds(INDEX)
}

/// The base that the adapter in `folder` belongs to, as its configuration names it.
pub fn base_of(folder: &Path) -> Result<BaseModel, ModelError> {
    let path = folder.join(CONFIG);
    let base = AdapterConfig::read(&path)?.base;
    base.ok_or_else(|| AdapterError::NoBase { path }.into())
}

/// The error that `base`, which the adapter in `folder` belongs to, is not in the folder `absent`, nor in that of its run.
pub(super) fn base_not_found(folder: &Path, base: String, absent: &Path, of_run: Option<PathBuf>) -> ModelError {
    let problem = format!("there is no folder `{}`", absent.display());
    let remedy = match of_run {
        Some(of_run) => format!("the run keeps it in `{}`: put it back there", of_run.display()),
        None => {
            "put it there, or write where it is, a folder or its name on the hub, into `base_model_name_or_path`".into()
        }
    };
    AdapterError::BaseNotFound { path: folder.join(CONFIG), base, problem, remedy }.into()
}

/// `transformer` with the adapter in `folder`; the weights are shared and frozen.
pub fn load(folder: &Path, transformer: &Transformer) -> Result<Transformer, ModelError> {
    let (config, path) = (AdapterConfig::read(&folder.join(CONFIG))?, folder.join(WEIGHTS));
    let tensors = tensor_file::read(&path)?.into_iter();
    let mut tensors: BTreeMap<String, Tensor> =
        tensors.map(|(name, tensor)| (published(transformer, &name), tensor)).collect();
    let lora = config.resolve(&folder.join(CONFIG), transformer, tensors.keys())?;
    let device = transformer.device();
    let adapted = transformer.with_adapters(&lora, |name, shape| {
        let tensor = tensors.remove(name).ok_or_else(|| error::missing(&path, name))?;
        error::check_shape(&path, name, shape, &tensor.size(), lora.rank)?;
        Ok(tensor.f_to_kind(Kind::Float)?.f_to_device(device)?)
    })?;
    match tensors.into_keys().next() {
        Some(name) => Err(error::extra(&path, name)),
        None => Ok(adapted),
    }
}

/// Writes the adapters of `policy`, which has some, and its tokenizer into `folder`, which must exist.
pub fn save(policy: &Policy, base: &BaseModel, folder: &Path) -> Result<(), ModelError> {
    let transformer = &policy.transformer;
    let path = folder.join(CONFIG);
    let config =
        AdapterConfig::describe(transformer, base).ok_or_else(|| AdapterError::NoAdapter { path: folder.into() })?;
    let text = serde_json::to_vec_pretty(&config).map_err(|source| ModelError::Json { path: path.clone(), source })?;
    fs::write(&path, text).map_err(|source| ModelError::Io { path, source })?;
    let named = |(name, tensor)| (newest(transformer, PREFIX, name), tensor);
    let parameters: Vec<(String, Tensor)> = transformer.adapter_parameters().into_iter().map(named).collect();
    tensor_file::write(&parameters, &folder.join(WEIGHTS))?;
    policy.tokenizer.save(folder)
}

/// The name by which this program knows the matrix that an adapter's file calls `stored`.
fn published(transformer: &Transformer, stored: &str) -> String {
    match (transformer.config().media_family(), stored.strip_prefix(PREFIX)) {
        (Some(family), Some(name)) => format!("{PREFIX}{}", family.published_name(name)),
        _ => stored.to_owned(),
    }
}

/// The name that other programs know the matrix or module `name` by, of which what follows `prefix` depends on the family.
fn newest(transformer: &Transformer, prefix: &str, name: String) -> String {
    match (transformer.config().media_family(), name.strip_prefix(prefix)) {
        (Some(family), Some(rest)) => format!("{prefix}{}", family.newest_name(rest)),
        _ => name,
    }
}
