//! `config.json` as it is written: the fields that decide the computation, most of them optional.

use serde::Deserialize;
use serde_json::{Map, Value};

/// The fields read here; all others are kept and written back, and mean nothing to this program.
#[derive(Debug, Deserialize)]
pub(super) struct ConfigFile {
    pub architectures: Option<Vec<String>>,
    pub vocab_size: i64,
    pub hidden_size: i64,
    pub intermediate_size: i64,
    pub num_hidden_layers: i64,
    pub num_attention_heads: i64,
    pub num_key_value_heads: Option<i64>,
    pub head_dim: Option<i64>,
    pub max_position_embeddings: Option<i64>,
    pub rms_norm_eps: Option<f64>,
    pub rope_theta: Option<f64>,
    /// The older place of the rotary settings.
    pub rope_scaling: Option<RopeFile>,
    /// The newer place, with the base among them.
    pub rope_parameters: Option<RopeFile>,
    pub tie_word_embeddings: Option<bool>,
    pub attention_bias: Option<bool>,
    pub mlp_bias: Option<bool>,
    pub hidden_act: Option<String>,
    pub eos_token_id: Option<OneOrMany>,
    pub use_sliding_window: Option<bool>,
    pub max_window_layers: Option<i64>,
    pub layer_types: Option<Vec<String>>,
    pub quantization_config: Option<Value>,
}

/// A token id, or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(in crate::model) enum OneOrMany {
    One(i64),
    Many(Vec<i64>),
}

impl OneOrMany {
    /// All of them, in the order of the file.
    pub(in crate::model) fn into_vec(self) -> Vec<i64> {
        match self {
            Self::One(id) => vec![id],
            Self::Many(ids) => ids,
        }
    }
}

/// Rotary settings; `rope_type` was once called `type`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct RopeFile {
    pub rope_type: Option<String>,
    pub r#type: Option<String>,
    pub rope_theta: Option<f64>,
    pub factor: Option<f64>,
    pub low_freq_factor: Option<f64>,
    pub high_freq_factor: Option<f64>,
    pub original_max_position_embeddings: Option<f64>,
    pub partial_rotary_factor: Option<f64>,
    pub mrope_section: Option<Vec<i64>>,
    /// What no rotary embedding computed here has a use for.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}
