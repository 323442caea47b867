//! A policy's folder in Hugging Face layout, read and written.
//!
//! Read: `config.json`; `model.safetensors`, or shards with their index; `tokenizer.json`; and, where they are there,
//! `tokenizer_config.json`, `chat_template.jinja` and `generation_config.json`. What is written is what was read with the
//! weights of now, so that other programs load it as they loaded the original.

use std::fs;
use std::io;
use std::path::Path;

use tch::{Device, Kind};

use super::generation_config::{self, GenerationConfig};
use super::weights::{self, WeightFiles};
use super::{ModelConfig, ModelError, Policy, Tokenizer, Transformer};

const CONFIG: &str = "config.json";

/// Reads a policy from `folder` onto `device`, weights in float32 whatever the files hold.
pub fn load(folder: &Path, device: Device) -> Result<Policy, ModelError> {
    load_as(folder, Kind::Float, device)
}

/// Reads a policy, weights in `kind` whatever the files hold.
pub fn load_as(folder: &Path, kind: Kind, device: Device) -> Result<Policy, ModelError> {
    let transformer = load_transformer_as(folder, kind, device)?;
    let mut tokenizer = Tokenizer::load(folder, &stop_tokens(folder, transformer.config())?)?;
    tokenizer.fit(transformer.config())?;
    Ok(Policy { transformer, tokenizer })
}

/// Reads a policy that is only ever given token ids: a tokenizer is neither needed nor read.
pub fn load_without_tokenizer(folder: &Path, kind: Kind, device: Device) -> Result<Policy, ModelError> {
    let transformer = load_transformer_as(folder, kind, device)?;
    let tokenizer = Tokenizer::absent(&stop_tokens(folder, transformer.config())?);
    Ok(Policy { transformer, tokenizer })
}

/// Reads the weights alone, in float32.
pub fn load_transformer(folder: &Path, device: Device) -> Result<Transformer, ModelError> {
    load_transformer_as(folder, Kind::Float, device)
}

/// Reads the weights alone, in `kind`.
pub fn load_transformer_as(folder: &Path, kind: Kind, device: Device) -> Result<Transformer, ModelError> {
    let config = read_config(folder)?;
    let mut files = WeightFiles::open(folder)?;
    if let Some(media) = config.media_family() {
        files.rename(|stored| media.published_name(stored));
    }
    let transformer = Transformer::assemble(&config, |name, shape| {
        files.take(name, shape, kind).and_then(|tensor| Ok(tensor.f_to_device(device)?))
    })?;
    files.finish(config.tie_word_embeddings.then(|| transformer.embedding()))?;
    Ok(transformer)
}

/// Writes a policy into `folder`, which must exist. What adapters add is merged into the weights on their way.
pub fn save(policy: &Policy, folder: &Path) -> Result<(), ModelError> {
    save_parts(&policy.transformer, &policy.tokenizer, folder)
}

/// Writes a policy given as its parts.
pub fn save_parts(transformer: &Transformer, tokenizer: &Tokenizer, folder: &Path) -> Result<(), ModelError> {
    let (config, path) = (transformer.config().to_json(transformer.kind()), folder.join(CONFIG));
    let text = serde_json::to_vec_pretty(&config).map_err(|source| ModelError::Json { path: path.clone(), source })?;
    fs::write(&path, text).map_err(|source| ModelError::Io { path, source })?;
    weights::write(transformer, &folder.join(weights::WEIGHTS))?;
    tokenizer.save(folder)
}

/// The number format that the `config.json` of a folder names; float32 where it names none that weights are kept in here.
pub fn kind_of(folder: &Path) -> Result<Kind, ModelError> {
    Ok(read_config(folder)?.stored_kind())
}

pub(super) fn read_config(folder: &Path) -> Result<ModelConfig, ModelError> {
    let path = folder.join(CONFIG);
    let text = fs::read(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => ModelError::NotAModel { folder: folder.to_owned() },
        _ => ModelError::Io { path: path.clone(), source },
    })?;
    ModelConfig::parse(&text, &path)
}

/// The tokens that end a completion by `generation_config.json` and by `config.json`.
pub(super) fn stop_tokens(folder: &Path, config: &ModelConfig) -> Result<Vec<i64>, ModelError> {
    let generation = GenerationConfig::read(&folder.join(generation_config::FILE))?;
    let mut tokens = generation.eos_token_ids;
    tokens.extend(&config.eos_token_ids);
    Ok(tokens)
}
