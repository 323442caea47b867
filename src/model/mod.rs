//! The policy: a decoder-only transformer, its tokenizer, and its folder on disk.
//!
//! - [`Transformer`]: one for Qwen2, Qwen3 and Llama, weights in plain structs whose names follow the checkpoint's own paths
//! - [`ModelConfig`]: its shape, resolved from `config.json`; families differ in data only
//! - [`Tokenizer`]: text to token ids and back, the turns around a prompt, the tokens that end an answer
//! - [`checkpoint`]: the Hugging Face layout on disk
//! - [`score`]: the log-probs of a text that is already there
//! - [`hub`]: models by their name on the hub, through the cache that other programs share
//! - [`tiny`]: the default policy, made on this machine from a seed
//! - [`libtorch`]: which device the process computes on

mod attention;
mod cache;
mod chat_template;
pub mod checkpoint;
mod config;
mod error;
mod generation_config;
pub mod hub;
mod layers;
pub mod libtorch;
mod mask;
mod rope;
pub mod score;
pub mod tiny;
mod tokenizer;
mod transformer;
mod weights;

pub use cache::KeyValueCache;
pub use config::{Biases, Llama3Scaling, ModelConfig, RopeConfig};
pub use error::ModelError;
pub use mask::{AttentionMask, PADDING, PROMPT};
pub use tokenizer::Tokenizer;
pub use transformer::Transformer;

/// A policy: weights, and the tokenizer and turns they were trained with.
#[derive(Debug)]
pub struct Policy {
    /// The weights.
    pub transformer: Transformer,
    /// Its tokenizer.
    pub tokenizer: Tokenizer,
}
