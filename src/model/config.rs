//! The shape of a transformer, as written in a checkpoint's `config.json`.

use serde::{Deserialize, Serialize};

use super::ModelError;

/// The fields of a Qwen2 `config.json` that decide the computation. Other fields of the file are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// Classes that other programs load this folder with.
    #[serde(default = "default_architectures")]
    pub architectures: Vec<String>,
    /// Family; `qwen2`.
    pub model_type: String,
    /// Rows of the embedding.
    pub vocab_size: i64,
    /// Width of the residual stream.
    pub hidden_size: i64,
    /// Width of the feed-forward layer.
    pub intermediate_size: i64,
    /// Layers.
    pub num_hidden_layers: i64,
    /// Query heads.
    pub num_attention_heads: i64,
    /// Key and value heads.
    pub num_key_value_heads: i64,
    /// Longest sequence, in tokens.
    pub max_position_embeddings: i64,
    /// Added to the mean square in every RMS norm.
    pub rms_norm_eps: f64,
    /// Base of the rotary angles.
    pub rope_theta: f64,
    /// Whether the output head is the embedding.
    pub tie_word_embeddings: bool,
    /// Activation of the feed-forward layer; `silu`.
    pub hidden_act: String,
    /// Token that starts a text, where the family has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bos_token_id: Option<i64>,
    /// Token that ends a completion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eos_token_id: Option<i64>,
    /// Number format of the weights on disk.
    #[serde(default = "default_dtype")]
    pub torch_dtype: String,
}

fn default_architectures() -> Vec<String> {
    vec!["Qwen2ForCausalLM".into()]
}

fn default_dtype() -> String {
    "float32".into()
}

impl ModelConfig {
    /// Width of one head.
    pub fn head_dim(&self) -> i64 {
        self.hidden_size / self.num_attention_heads
    }

    /// Checks that the transformer here computes what the file describes.
    pub fn validate(&self) -> Result<(), ModelError> {
        let refuse = |field: &'static str, expected: String, got: String| {
            Err(ModelError::UnsupportedConfig { field, expected, got })
        };
        if self.model_type != "qwen2" {
            return refuse("model_type", "`qwen2`".into(), format!("`{}`", self.model_type));
        }
        if self.hidden_act != "silu" {
            return refuse("hidden_act", "`silu`".into(), format!("`{}`", self.hidden_act));
        }
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("intermediate_size", self.intermediate_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("num_key_value_heads", self.num_key_value_heads),
            ("max_position_embeddings", self.max_position_embeddings),
        ];
        for (field, size) in sizes {
            if !(1..=1 << 24).contains(&size) {
                return refuse(field, "between 1 and 16777216".into(), size.to_string());
            }
        }
        if self.hidden_size % self.num_attention_heads != 0 || self.head_dim() % 2 != 0 {
            let expected = format!("an even multiple of num_attention_heads ({})", self.num_attention_heads);
            return refuse("hidden_size", expected, self.hidden_size.to_string());
        }
        if self.num_attention_heads % self.num_key_value_heads != 0 {
            let expected = format!("a divisor of num_attention_heads ({})", self.num_attention_heads);
            return refuse("num_key_value_heads", expected, self.num_key_value_heads.to_string());
        }
        let positive = |value: f64| value.is_finite() && value > 0.0;
        if !positive(self.rms_norm_eps) {
            return refuse("rms_norm_eps", "a positive number".into(), self.rms_norm_eps.to_string());
        }
        if !positive(self.rope_theta) {
            return refuse("rope_theta", "a positive number".into(), self.rope_theta.to_string());
        }
        Ok(())
    }
}
