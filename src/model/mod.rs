//! The policy: a decoder-only transformer, its tokenizer, and its folder on disk.
//!
//! - [`Transformer`]: Qwen2-shaped, weights in plain structs whose names follow the checkpoint's own paths
//! - [`Tokenizer`]: text to token ids and back, with the chat turn around a prompt
//! - [`checkpoint`]: the Hugging Face layout on disk
//! - [`tiny`]: the default policy, made on this machine from a seed
//! - [`libtorch`]: which device the process computes on

mod attention;
mod cache;
pub mod checkpoint;
mod config;
mod error;
mod layers;
pub mod libtorch;
mod mask;
mod rope;
pub mod tensor_file;
pub mod tiny;
mod tokenizer;
mod transformer;

pub use cache::KeyValueCache;
pub use config::ModelConfig;
pub use error::ModelError;
pub use mask::{AttentionMask, PADDING, PROMPT};
pub use tokenizer::Tokenizer;
pub use transformer::Transformer;

/// A policy: weights and the tokenizer they were trained with.
#[derive(Debug)]
pub struct Policy {
    /// The weights.
    pub transformer: Transformer,
    /// Its tokenizer.
    pub tokenizer: Tokenizer,
}
