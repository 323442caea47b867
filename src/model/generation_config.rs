//! `generation_config.json`: of all it may say, the tokens that end a completion.
//!
//! Temperature and the like are settings of a run here, never of a checkpoint.

use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;

use super::ModelError;
use super::config::OneOrMany;

/// Name of the file.
pub(super) const FILE: &str = "generation_config.json";

/// The part of the file that is read.
#[derive(Debug, Default)]
pub(super) struct GenerationConfig {
    /// Tokens that end a completion.
    pub(super) eos_token_ids: Vec<i64>,
}

#[derive(Deserialize)]
struct File {
    eos_token_id: Option<OneOrMany>,
}

impl GenerationConfig {
    /// Reads the file; one that is absent says nothing.
    pub(super) fn read(path: &Path) -> Result<Self, ModelError> {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(absent) if absent.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(ModelError::Io { path: path.into(), source }),
        };
        let file: File =
            serde_json::from_slice(&text).map_err(|source| ModelError::Json { path: path.into(), source })?;
        Ok(Self { eos_token_ids: file.eos_token_id.map(OneOrMany::into_vec).unwrap_or_default() })
    }

    /// The text of a file that says `eos_token_ids`.
    pub(super) fn text(eos_token_ids: &[i64]) -> String {
        format!("{:#}\n", serde_json::json!({ "eos_token_id": eos_token_ids }))
    }
}
