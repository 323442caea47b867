//! The families of checkpoints that the one transformer computes, told apart by data alone.
//!
//! A family is a line of [`FAMILIES`]: what its model class adds to the plain decoder, and the defaults of the fields that
//! its `config.json` may leave out. The forward pass reads the resolved [`ModelConfig`](super::ModelConfig) and never asks
//! which family it computes.

/// One family, as its model class in `transformers` defines it.
#[derive(Debug)]
pub(super) struct Family {
    /// `model_type` of `config.json`.
    pub model_type: &'static str,
    /// The class in `architectures`.
    pub architecture: &'static str,
    /// Bias of the query, key and value projections.
    pub query_key_value_bias: Bias,
    /// Bias of attention's output projection.
    pub output_bias: Bias,
    /// Bias of the three projections of the feed-forward layer.
    pub feed_forward_bias: Bias,
    /// Whether every query and key head is RMS-normed before it is rotated.
    pub query_key_norm: bool,
    /// Default width of a head; where there is none, `hidden_size / num_attention_heads`.
    pub head_dim: Option<i64>,
    /// Default length of the longest sequence, in tokens.
    pub max_position_embeddings: i64,
    /// Default of `eos_token_id`.
    pub eos_token_id: Option<i64>,
}

/// Whether a projection has a bias.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bias {
    Always,
    Never,
    /// As `attention_bias` says; no where it is left out.
    AttentionField,
    /// As `mlp_bias` says; no where it is left out.
    FeedForwardField,
}

/// Every family, in the order in which an error lists them.
pub(super) const FAMILIES: &[Family] = &[
    Family {
        model_type: "qwen2", // Qwen2 and Qwen2.5
        architecture: "Qwen2ForCausalLM",
        query_key_value_bias: Bias::Always,
        output_bias: Bias::Never,
        feed_forward_bias: Bias::Never,
        query_key_norm: false,
        head_dim: None,
        max_position_embeddings: 32_768,
        eos_token_id: None,
    },
    Family {
        model_type: "qwen3",
        architecture: "Qwen3ForCausalLM",
        query_key_value_bias: Bias::AttentionField,
        output_bias: Bias::AttentionField,
        feed_forward_bias: Bias::Never,
        query_key_norm: true,
        head_dim: Some(128),
        max_position_embeddings: 32_768,
        eos_token_id: None,
    },
    Family {
        model_type: "llama", // Llama 2 and 3
        architecture: "LlamaForCausalLM",
        query_key_value_bias: Bias::AttentionField,
        output_bias: Bias::AttentionField,
        feed_forward_bias: Bias::FeedForwardField,
        query_key_norm: false,
        head_dim: None,
        max_position_embeddings: 2048,
        eos_token_id: Some(2),
    },
];

impl Bias {
    /// Whether there is one, given the two fields of `config.json`.
    pub(super) fn resolve(self, attention_bias: bool, mlp_bias: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::AttentionField => attention_bias,
            Self::FeedForwardField => mlp_bias,
        }
    }
}
