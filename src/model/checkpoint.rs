//! A policy's folder, in Hugging Face layout: `config.json`, `model.safetensors`, `tokenizer.json`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use tch::{Device, Kind, Tensor};

use super::{ModelConfig, ModelError, Policy, Tokenizer, Transformer};

const CONFIG: &str = "config.json";
const WEIGHTS: &str = "model.safetensors";
const TOKENIZER: &str = "tokenizer.json";

/// Reads a policy from `folder` onto `device`, weights in float32.
pub fn load(folder: &Path, device: Device) -> Result<Policy, ModelError> {
    let transformer = load_transformer(folder, device)?;
    let tokenizer = Tokenizer::load(&folder.join(TOKENIZER))?;
    let (tokens, rows) = (tokenizer.vocabulary() as i64, transformer.config().vocab_size);
    if tokens > rows {
        return Err(ModelError::UnknownToken { id: tokens - 1, vocabulary: rows });
    }
    Ok(Policy { transformer, tokenizer })
}

/// Reads the weights alone.
pub fn load_transformer(folder: &Path, device: Device) -> Result<Transformer, ModelError> {
    let config = read_config(folder)?;
    let path = folder.join(WEIGHTS);
    let bytes = fs::read(&path).map_err(|source| ModelError::Io { path: path.clone(), source })?;
    let file =
        SafeTensors::deserialize(&bytes).map_err(|source| ModelError::Safetensors { path: path.clone(), source })?;
    let mut unread: BTreeMap<String, TensorView<'_>> = file.tensors().into_iter().collect();
    let transformer = Transformer::assemble(&config, |name, shape| {
        let view =
            unread.remove(name).ok_or_else(|| ModelError::MissingTensor { path: path.clone(), name: name.into() })?;
        read_tensor(&path, name, &view, shape).map(|tensor| tensor.to_device(device))
    })?;
    match unread.into_keys().next() {
        Some(name) => Err(ModelError::ExtraTensor { path, name }),
        None => Ok(transformer),
    }
}

/// Writes a policy's three files into `folder`, which must exist.
pub fn save(policy: &Policy, folder: &Path) -> Result<(), ModelError> {
    let config = serde_json::to_vec_pretty(&policy.transformer.config().to_json(Kind::Float))
        .map_err(|source| ModelError::Json { path: folder.join(CONFIG), source })?;
    write(&folder.join(CONFIG), &config)?;
    write(&folder.join(WEIGHTS), &serialize(&policy.transformer, &folder.join(WEIGHTS))?)?;
    policy.tokenizer.save(&folder.join(TOKENIZER))
}

fn serialize(transformer: &Transformer, path: &Path) -> Result<Vec<u8>, ModelError> {
    let mut named = Vec::new();
    for (name, tensor) in transformer.parameters() {
        let tensor = tensor.detach().to_device(Device::Cpu).to_kind(Kind::Float).contiguous();
        let shape: Vec<usize> = tensor.size().iter().map(|&size| size as usize).collect();
        let mut values = vec![0.0_f32; tensor.numel()];
        tensor.f_copy_data(&mut values, tensor.numel())?;
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        named.push((name, shape, bytes));
    }
    let damaged = |source| ModelError::Safetensors { path: path.to_path_buf(), source };
    let views = named
        .iter()
        .map(|(name, shape, bytes)| Ok((name, TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(damaged)?)))
        .collect::<Result<Vec<_>, ModelError>>()?;
    let metadata = [("format".to_owned(), "pt".to_owned())].into_iter().collect();
    safetensors::serialize(views, Some(metadata)).map_err(damaged)
}

/// One tensor of the file as float32, its shape checked.
fn read_tensor(path: &Path, name: &str, view: &TensorView<'_>, shape: &[i64]) -> Result<Tensor, ModelError> {
    let got: Vec<i64> = view.shape().iter().map(|&size| size as i64).collect();
    if got != shape {
        return Err(ModelError::WrongShape { path: path.into(), name: name.into(), expected: shape.to_vec(), got });
    }
    let kind = match view.dtype() {
        Dtype::F32 => Kind::Float,
        Dtype::F16 => Kind::Half,
        Dtype::BF16 => Kind::BFloat16,
        other => {
            return Err(ModelError::WrongKind { path: path.into(), name: name.into(), got: format!("{other:?}") });
        }
    };
    Ok(Tensor::f_from_data_size(view.data(), shape, kind)?.to_kind(Kind::Float))
}

fn read_config(folder: &Path) -> Result<ModelConfig, ModelError> {
    let path = folder.join(CONFIG);
    let text = fs::read(&path).map_err(|source| ModelError::Io { path: path.clone(), source })?;
    ModelConfig::parse(&text, &path)
}

fn write(path: &PathBuf, bytes: &[u8]) -> Result<(), ModelError> {
    fs::write(path, bytes).map_err(|source| ModelError::Io { path: path.clone(), source })
}
