//! What is wrong with an adapter's folder.

use std::path::{Path, PathBuf};

use crate::model::ModelError;

/// Why an adapter cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum AdapterError {
    /// A field asks for something that is not computed here, or says nothing that can be understood.
    #[error("{path}: `{field}` must be {expected}, got {got}\nhint: {hint}", path = path.display())]
    Field {
        /// The `adapter_config.json`.
        path: PathBuf,
        /// The field.
        field: String,
        /// What is computed here.
        expected: String,
        /// What the file says.
        got: String,
        /// What to do.
        hint: &'static str,
    },
    /// A target is no linear layer of the base.
    #[error(
        "{path}: `target_modules` names `{target}`, but no linear layer of the base ends so; they end in {known}\n\
         hint: the adapter is of another kind of model, or adapts the embedding or the output head, which is not computed here",
        path = path.display()
    )]
    UnknownTarget {
        /// The `adapter_config.json`.
        path: PathBuf,
        /// The target.
        target: String,
        /// What it may be.
        known: String,
    },
    /// A matrix that the configuration and the base ask for is not there.
    #[error(
        "{path}: tensor `{name}` is missing, which the base and `target_modules` of adapter_config.json ask for\n\
         hint: the adapter is of a base with fewer layers, or the file is not whole",
        path = path.display()
    )]
    MissingTensor {
        /// The weight file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A tensor belongs to no adapter that the configuration describes.
    #[error("{path}: tensor `{name}` belongs to no linear layer of the base that adapter_config.json names\nhint: {hint}",
        path = path.display())]
    ExtraTensor {
        /// The weight file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// What to do.
        hint: &'static str,
    },
    /// A matrix has the wrong shape.
    #[error("{path}: tensor `{name}` has shape {got:?}, expected {expected:?}\nhint: {hint}", path = path.display())]
    WrongShape {
        /// The weight file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Shape by the base and the rank.
        expected: Vec<i64>,
        /// Shape in the file.
        got: Vec<i64>,
        /// What to do.
        hint: &'static str,
    },
    /// The configuration does not say what the adapter belongs to.
    #[error(
        "{path}: `base_model_name_or_path` names no base\n\
         hint: write the folder of the base, or its name on the hub, into that field",
        path = path.display()
    )]
    NoBase {
        /// The `adapter_config.json`.
        path: PathBuf,
    },
    /// The base is not where the configuration says.
    #[error(
        "{path}: the base `{base}` cannot be had: {problem}\nhint: {remedy}",
        path = path.display()
    )]
    BaseNotFound {
        /// The `adapter_config.json`.
        path: PathBuf,
        /// What the configuration says.
        base: String,
        /// Why it cannot be had.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// A policy without adapters was to be saved as an adapter, or a folder without one to be merged.
    #[error(
        "{path}: there is no adapter\n\
         hint: `adapter_config.json` tells an adapter's folder; a model without adapters is whole as it is",
        path = path.display()
    )]
    NoAdapter {
        /// The folder.
        path: PathBuf,
    },
}

pub(super) fn missing(path: &Path, name: &str) -> ModelError {
    AdapterError::MissingTensor { path: path.into(), name: name.into() }.into()
}

/// The error for a tensor that nothing took.
pub(super) fn extra(path: &Path, name: String) -> ModelError {
    const FEATURES: [(&str, &str); 4] = [
        ("magnitude", "it belongs to DoRA, which is not computed here"),
        ("lora_embedding", "adapters of the embedding are not computed here"),
        ("modules_to_save", "whole modules saved with an adapter are not read here"),
        ("bias", "trained biases are not read here"),
    ];
    let known = FEATURES.into_iter().find(|(part, _)| name.contains(part)).map(|(_, hint)| hint);
    let hint =
        known.unwrap_or("the adapter is of a base with other layers, or the two files are not of the same adapter");
    AdapterError::ExtraTensor { path: path.into(), name, hint }.into()
}

/// Compares the shape of the matrix `name` with the one that the base and the rank ask for.
pub(super) fn check_shape(path: &Path, name: &str, expected: &[i64], got: &[i64], rank: i64) -> Result<(), ModelError> {
    if got == expected {
        return Ok(());
    }
    let other_rank =
        got.len() == 2 && got.iter().zip(expected).all(|(got, expected)| got == expected || *expected == rank);
    let hint = if other_rank {
        "`r` in adapter_config.json is not the rank of the tensors; the two files are not of the same adapter"
    } else {
        "the adapter was made for a base of another shape; `base_model_name_or_path` in adapter_config.json says for which"
    };
    let (path, name) = (path.into(), name.into());
    Err(AdapterError::WrongShape { path, name, expected: expected.into(), got: got.into(), hint }.into())
}
