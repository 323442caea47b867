//! The policy: a decoder-only transformer, its tokenizer, and its folder on disk.
//!
//! - [`Transformer`]: one for Qwen2, Qwen3 and Llama, weights in plain structs whose names follow the checkpoint's own paths
//! - [`ModelConfig`]: its shape, resolved from `config.json`; families differ in data only
//! - [`Lora`]: adapters beside frozen weights; [`adapter`]: their folder, as other programs read it
//! - [`Attend`]: the seam behind which tokens see each other; [`BranchedRows`] and [`SlotCache`] are behind it
//! - [`Tokenizer`]: text to token ids and back, the turns around a prompt, the tokens that end an answer
//! - [`checkpoint`]: the Hugging Face layout on disk
//! - [`Source`]: where a policy is read from, an adapter with its base among them
//! - [`media`]: the seam behind which a plugin reads blobs and embeds them
//! - [`score`]: the log-probs of a text that is already there
//! - [`hub`]: models by their name on the hub, through the cache that other programs share
//! - [`tiny`]: the default policy, made on this machine from a seed
//! - [`random`]: random weights in any shape, to measure with
//! - [`libtorch`]: which device the process computes on

pub mod adapter;
mod attend;
mod attention;
mod cache;
mod chat_template;
pub mod checkpoint;
mod config;
mod decode;
mod decode_batch;
mod device_graph;
mod error;
mod extension;
mod flash;
mod generation_config;
mod head;
pub mod hub;
mod layer;
mod layers;
pub mod libtorch;
mod lora;
mod mask;
pub mod media;
mod prefill;
mod product;
pub mod random;
mod rope;
pub mod score;
mod shared_flash;
mod shared_prefix;
mod shared_tiles;
mod source;
pub mod tensor_file;
pub mod tiny;
mod tokenizer;
mod transformer;
mod weights;

pub use attend::Attend;
pub use cache::{Capacity, SlotCache};
pub use config::{Biases, Llama3Scaling, ModelConfig, RopeConfig};
pub use decode::Decode;
pub use decode_batch::DecodeBatch;
pub(crate) use device_graph::{Recorder, Recording};
pub use error::ModelError;
pub use head::logits;
pub(crate) use layer::Trace;
pub use lora::{Adapter, Lora};
pub use mask::{BranchedRows, PADDING, PROMPT};
pub use prefill::Prefill;
pub(crate) use product::{bytes_laid_out, gradient_of_input, gradient_of_weight};
pub(crate) use rope::Rotation;
pub use shared_prefix::SharedPrefix;
pub use source::Source;
pub use tokenizer::{EncodedPrompt, Tokenizer};
pub(crate) use transformer::MOST_LAID_OUT;
pub use transformer::Transformer;

/// A policy: weights, and the tokenizer and turns they were trained with.
#[derive(Debug)]
pub struct Policy {
    /// The weights.
    pub transformer: Transformer,
    /// Its tokenizer.
    pub tokenizer: Tokenizer,
}
