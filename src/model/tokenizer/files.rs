//! The files of a tokenizer: kept as they came, and what they say of the chat template.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::TOKENIZER;
use crate::model::ModelError;
use crate::model::chat_template::TemplateField;
use crate::model::generation_config;

const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
const SPECIAL_TOKENS: &str = "special_tokens_map.json";
const TEMPLATE: &str = "chat_template.jinja";
/// Variables that the template is given here; a file of this program's own.
pub(super) const TEMPLATE_VARIABLES: &str = "chat_template_kwargs.json";

/// How media are read.
pub(super) const PREPROCESSOR: &str = "preprocessor_config.json";

/// Files that go with a model wherever it goes. All but the first may be absent.
const COMPANIONS: [&str; 11] = [
    TOKENIZER,
    TOKENIZER_CONFIG,
    SPECIAL_TOKENS,
    TEMPLATE,
    TEMPLATE_VARIABLES,
    generation_config::FILE,
    PREPROCESSOR,
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
];

/// Special tokens that a template may name by their role.
const ROLES: [&str; 7] = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

/// Reads those of the files that are in `folder`.
pub(super) fn read(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, ModelError> {
    let mut files = BTreeMap::new();
    for name in COMPANIONS {
        let path = folder.join(name);
        match fs::read(&path) {
            Ok(bytes) => {
                files.insert(name.to_owned(), bytes);
            }
            Err(absent) if absent.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(ModelError::Io { path, source }),
        }
    }
    Ok(files)
}

/// What the files say of the turns.
#[derive(Debug, Default)]
pub(super) struct Template {
    /// The template's text and the file it came from.
    pub(super) source: Option<(String, PathBuf)>,
    /// Special tokens by their role, as text, and what else the template is given.
    pub(super) variables: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
struct TokenizerConfig {
    chat_template: Option<TemplateField>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The chat template: a file of its own before the field of `tokenizer_config.json`.
pub(super) fn template(files: &BTreeMap<String, Vec<u8>>, folder: &Path) -> Result<Template, ModelError> {
    let settings = parse::<TokenizerConfig>(files, TOKENIZER_CONFIG, folder)?.unwrap_or_default();
    let tokens = parse::<Map<String, Value>>(files, SPECIAL_TOKENS, folder)?.unwrap_or_default();
    let mut variables = Map::new();
    for role in ROLES {
        let token = settings.rest.get(role).or_else(|| tokens.get(role)).map(|token| match token {
            // A token with its own settings beside its text.
            Value::Object(fields) => fields.get("content").cloned().unwrap_or_default(),
            text => text.clone(),
        });
        if let Some(text @ Value::String(_)) = token {
            variables.insert(role.to_owned(), text);
        }
    }
    variables.extend(parse::<Map<String, Value>>(files, TEMPLATE_VARIABLES, folder)?.unwrap_or_default());
    if let Some(bytes) = files.get(TEMPLATE) {
        let path = folder.join(TEMPLATE);
        let text = String::from_utf8(bytes.clone())
            .map_err(|error| ModelError::ChatTemplate { path: path.clone(), reason: error.to_string() })?;
        return Ok(Template { source: Some((text, path)), variables });
    }
    let path = folder.join(TOKENIZER_CONFIG);
    let source = settings.chat_template.map(TemplateField::into_default).transpose();
    let source = source.map_err(|reason| ModelError::ChatTemplate { path: path.clone(), reason })?;
    Ok(Template { source: source.map(|text| (text, path)), variables })
}

fn parse<'files, File: Deserialize<'files>>(
    files: &'files BTreeMap<String, Vec<u8>>,
    name: &str,
    folder: &Path,
) -> Result<Option<File>, ModelError> {
    let parsed = files.get(name).map(|bytes| serde_json::from_slice(bytes)).transpose();
    parsed.map_err(|source| ModelError::Json { path: folder.join(name), source })
}
