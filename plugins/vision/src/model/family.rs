//! [`Qwen25Vl`]: the family of checkpoints, as the program is told of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use ssl4rl::model::media::{ConfigFields, MediaEncoder, MediaError, MediaFamily, MediaReader, TinyMedia};
use tch::Tensor;

use super::config::{PreprocessorConfig, VisionConfig};
use super::processor::Processor;
use super::tower::Tower;

/// Qwen2.5-VL.
#[derive(Debug, Clone, Copy)]
pub struct Qwen25Vl;

/// The token of `config.json` that stands for a picture.
const TOKEN_FIELD: &str = "image_token_id";

impl MediaFamily for Qwen25Vl {
    fn model_type(&self) -> &'static str {
        "qwen2_5_vl"
    }

    fn architecture(&self) -> &'static str {
        "Qwen2_5_VLForConditionalGeneration"
    }

    fn text_family(&self) -> &'static str {
        "qwen2"
    }

    /// Newer files keep the text part's fields in `text_config`; published ones have them at the top.
    fn flatten(&self, mut config: ConfigFields) -> ConfigFields {
        if let Some(Value::Object(text)) = config.remove("text_config") {
            for (field, value) in text {
                let own = ["model_type", "architectures", "tie_word_embeddings"].contains(&field.as_str());
                if !own || !config.contains_key(&field) {
                    config.insert(field, value);
                }
            }
        }
        config
    }

    /// Published files call the parts `visual` and `model`; files saved by newer versions of `transformers` put both under
    /// `model`.
    fn published_name(&self, stored: &str) -> String {
        if let Some(rest) = stored.strip_prefix("model.language_model.") {
            return format!("model.{rest}");
        }
        stored.strip_prefix("model.visual.").map_or_else(|| stored.to_owned(), |rest| format!("visual.{rest}"))
    }

    fn newest_name(&self, published: &str) -> String {
        if published.starts_with("visual.") {
            return format!("model.{published}");
        }
        published
            .strip_prefix("model.")
            .map_or_else(|| published.to_owned(), |rest| format!("model.language_model.{rest}"))
    }

    fn weights(&self, config: &ConfigFields) -> Result<Vec<(String, Vec<i64>)>, MediaError> {
        Ok(Tower::shapes(&VisionConfig::of(config)?))
    }

    fn encoder(
        &self,
        config: &ConfigFields,
        mut weights: BTreeMap<String, Tensor>,
    ) -> Result<Box<dyn MediaEncoder>, MediaError> {
        let vision = VisionConfig::of(config)?;
        let mut ordered = Vec::new();
        for (name, shape) in Tower::shapes(&vision) {
            let weight = weights.remove(&name).filter(|weight| weight.size() == shape);
            let weight = weight.ok_or_else(|| MediaError::UnsupportedConfig {
                field: "vision_config",
                expected: format!("with a tensor `{name}` of shape {shape:?}"),
                got: "none".to_owned(),
            })?;
            ordered.push((name, weight));
        }
        Ok(Box::new(Tower::new(vision, ordered)))
    }

    fn reader(&self, config: &ConfigFields, preprocessor: Option<&[u8]>) -> Result<Arc<dyn MediaReader>, MediaError> {
        let preprocessor = preprocessor.map(PreprocessorConfig::parse).transpose()?.unwrap_or_default();
        let token = config.get(TOKEN_FIELD).and_then(Value::as_i64).ok_or(MediaError::UnsupportedConfig {
            field: TOKEN_FIELD,
            expected: "a token id".to_owned(),
            got: "nothing".to_owned(),
        })?;
        Ok(Arc::new(Processor::new(VisionConfig::of(config)?, preprocessor, token)))
    }

    fn tiny(&self) -> TinyMedia {
        TinyMedia {
            name: "tiny-vl",
            special_tokens: &["<|vision_start|>", "<|image_pad|>", "<|vision_end|>"],
            config: tiny_config,
        }
    }
}

/// What `tiny-vl` adds to `tiny`: a tower of two blocks. An eighth of a head's planes turns with time, the rest with row and
/// column, about as in the published models.
fn tiny_config(hidden_size: i64, head_dim: i64, tokens: &[i64]) -> ConfigFields {
    let planes = head_dim / 2;
    let spatial = planes * 3 / 8;
    let mut fields = Map::new();
    let id = |position: usize| tokens.get(position).copied();
    fields.insert("vision_start_token_id".into(), id(0).into());
    fields.insert(TOKEN_FIELD.into(), id(1).into());
    fields.insert("vision_end_token_id".into(), id(2).into());
    fields.insert(
        "rope_scaling".into(),
        json!({ "type": "mrope", "mrope_section": [planes - 2 * spatial, spatial, spatial] }),
    );
    fields.insert(
        "vision_config".into(),
        json!({
            "depth": 2, "hidden_size": 64, "intermediate_size": 128, "num_heads": 4, "in_chans": 3,
            "out_hidden_size": hidden_size, "patch_size": 14, "spatial_merge_size": 2, "temporal_patch_size": 2,
            "window_size": 112, "fullatt_block_indexes": [1], "tokens_per_second": 2, "hidden_act": "silu",
        }),
    );
    fields
}
