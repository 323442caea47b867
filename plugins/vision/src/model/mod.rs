//! Qwen2.5-VL: how a policy reads pictures.
//!
//! ```text
//! a file's bytes -> Picture -> resized, cut into patches         Processor   (any thread)
//! patches [patches, 588] -> windows, blocks, merger              Tower       -> embeddings [tokens, hidden]
//! ```
//!
//! [`Qwen25Vl`] is what the program is told: the family that belongs to `model_type` `qwen2_5_vl`, and the small policy
//! `tiny-vl` of the same architecture. The text part is the program's own transformer.

mod config;
mod family;
mod layout;
mod processor;
mod resize;
mod tower;

pub use config::{PreprocessorConfig, VisionConfig};
pub use family::Qwen25Vl;
pub use layout::{Grid, Layout};
pub use processor::{Patches, Processor, smart_resize};
pub use tower::Tower;
