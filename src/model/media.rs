//! The media seam: what a modality's plugin supplies so that a policy reads blobs, and how the policy holds them.
//!
//! A [`MediaFamily`] is a kind of checkpoint that reads media, named by its `model_type`. It supplies two parts: a
//! [`MediaReader`], which turns a blob into a [`Medium`] on the host, and a [`MediaEncoder`], weights that turn media into
//! embeddings. The prompt holds a placeholder for each medium, which becomes as many tokens as the medium has embeddings;
//! in place of those tokens' own embeddings the transformer is given the encoder's. Nothing here knows what a medium shows.
//!
//! A program makes its families known once, when it starts: [`install`].

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};
use tch::{Device, Tensor};

use super::{Adapter, ModelError};

/// The `config.json` of a model.
pub type ConfigFields = Map<String, Value>;

/// A kind of checkpoint that reads media beside text.
pub trait MediaFamily: Sync {
    /// `model_type` of `config.json`.
    fn model_type(&self) -> &'static str;
    /// The class in `architectures`.
    fn architecture(&self) -> &'static str;
    /// `model_type` of the family that the text part computes as.
    fn text_family(&self) -> &'static str;
    /// `config.json` with the fields of the text part at its top, whatever form it was written in.
    fn flatten(&self, config: ConfigFields) -> ConfigFields;
    /// The name by which this program knows a tensor that some versions of a checkpoint call `stored`.
    fn published_name(&self, stored: &str) -> String;
    /// The name that the newest versions of a checkpoint have for the tensor or module `published`. Adapters are saved by these
    /// names.
    fn newest_name(&self, published: &str) -> String;
    /// Names and shapes of the encoder's weights.
    fn weights(&self, config: &ConfigFields) -> Result<Vec<(String, Vec<i64>)>, MediaError>;
    /// The encoder made of those weights.
    fn encoder(
        &self,
        config: &ConfigFields,
        weights: BTreeMap<String, Tensor>,
    ) -> Result<Box<dyn MediaEncoder>, MediaError>;
    /// The reader that belongs to it; `preprocessor` is the text of `preprocessor_config.json` where there is one.
    fn reader(&self, config: &ConfigFields, preprocessor: Option<&[u8]>) -> Result<Arc<dyn MediaReader>, MediaError>;
    /// The policy of this family that can be made on this machine from nothing.
    fn tiny(&self) -> TinyMedia;
}

/// What `tiny` needs to read media.
#[derive(Debug, Clone)]
pub struct TinyMedia {
    /// What `policy.model` calls it.
    pub name: &'static str,
    /// Special tokens that its tokenizer must have.
    pub special_tokens: &'static [&'static str],
    /// Fields of `config.json` beside those of the text part, given the width of the residual stream and of a head, and the ids
    /// of the special tokens in their order.
    pub config: fn(hidden_size: i64, head_dim: i64, special_tokens: &[i64]) -> ConfigFields,
}

/// Turns blobs into media, on the host and on any thread.
pub trait MediaReader: Send + Sync + fmt::Debug {
    /// The text that stands for one medium in a prompt. It holds the token [`MediaReader::token`] once.
    fn placeholder(&self) -> &str;
    /// The token that is repeated for every embedding of a medium.
    fn token(&self) -> i64;
    /// Reads a blob.
    fn read(&self, mime: &str, bytes: &[u8]) -> Result<Medium, MediaError>;
    /// The text of `preprocessor_config.json`, to be saved with the policy.
    fn preprocessor(&self) -> Vec<u8>;
}

/// Turns media into embeddings.
pub trait MediaEncoder: Send + fmt::Debug {
    /// Embeddings `[tokens, hidden]` of `media`, one after the other. Gradients flow to the weights that require them.
    fn embed(&self, media: &[&Medium]) -> Result<Tensor, MediaError>;
    /// Every weight with its checkpoint name, in a fixed order; the tensors share storage with the encoder.
    fn parameters(&self) -> Vec<(String, Tensor)>;
    /// The linear layers that can have an adapter, each with the shape `[out, in]` of its weight.
    fn modules(&self) -> Vec<(String, [i64; 2])>;
    /// Puts an adapter beside the linear layer `module`: what it makes of the layer's input is added to the layer's output.
    fn adapt(&mut self, module: &str, adapter: Adapter);
    /// The adapters by their linear layers, in a fixed order.
    fn adapters(&self) -> Vec<(String, &Adapter)>;
}

/// A blob that has been read.
pub struct Medium {
    /// Where each of its tokens stands along the three axes of position, from where the medium begins.
    pub offsets: Vec<[i64; 3]>,
    /// How far the position moves on behind it.
    pub extent: i64,
    /// What the encoder computes from; nobody else looks inside.
    pub content: Box<dyn Any + Send + Sync>,
}

impl fmt::Debug for Medium {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Medium of {} tokens", self.offsets.len())
    }
}

/// A medium and the token of its prompt where it begins.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Position among the prompt's tokens.
    pub start: usize,
    /// What stands there.
    pub medium: Arc<Medium>,
}

/// A prompt as a policy is given it.
#[derive(Debug, Clone, Copy)]
pub struct Prompt<'prompt> {
    /// Token ids; a medium's token is repeated as often as the medium has embeddings.
    pub ids: &'prompt [i64],
    /// The media among them, in order.
    pub media: &'prompt [Placed],
}

impl<'prompt> From<&'prompt [i64]> for Prompt<'prompt> {
    fn from(ids: &'prompt [i64]) -> Self {
        Self { ids, media: &[] }
    }
}

impl<'prompt> From<&'prompt Vec<i64>> for Prompt<'prompt> {
    fn from(ids: &'prompt Vec<i64>) -> Self {
        Self { ids, media: &[] }
    }
}

impl Prompt<'_> {
    /// Positions of the tokens along the three axes, and that of the token which follows.
    ///
    /// Text moves all three axes on together. A medium's tokens spread over the axes from where it begins, and the text behind
    /// it goes on beyond its extent (M-RoPE, Qwen2-VL, arXiv 2409.12191).
    pub fn positions(&self) -> (Vec<[i64; 3]>, i64) {
        let (mut positions, mut next, mut media) =
            (Vec::with_capacity(self.ids.len()), 0, self.media.iter().peekable());
        while positions.len() < self.ids.len() {
            if let Some(Placed { medium, .. }) = media.next_if(|placed| placed.start == positions.len()) {
                positions.extend(medium.offsets.iter().map(|offset| offset.map(|axis| next + axis)));
                next += medium.extent;
            } else {
                positions.push([next; 3]);
                next += 1;
            }
        }
        (positions, next)
    }
}

/// Positions as the transformer takes them: `[tokens]` where the axes agree everywhere, `[3, tokens]` elsewhere.
pub fn position_tensor(positions: &[[i64; 3]], device: Device) -> Tensor {
    let axis = |axis: usize| positions.iter().map(move |position| position[axis]);
    if positions.iter().all(|[time, row, column]| time == row && row == column) {
        return Tensor::from_slice(&axis(0).collect::<Vec<_>>()).to_device(device);
    }
    let flat: Vec<i64> = (0..3).flat_map(axis).collect();
    Tensor::from_slice(&flat).view([3, positions.len() as i64]).to_device(device)
}

/// Media among packed tokens.
#[derive(Debug)]
pub struct PackedMedia {
    media: Vec<Arc<Medium>>,
    /// The packed token of every embedding, `[media tokens]`.
    rows: Tensor,
}

impl PackedMedia {
    /// The media of `prompts`, packed one after another from the first token on; `None` where there are none.
    pub fn of<'prompt>(prompts: impl IntoIterator<Item = Prompt<'prompt>>, device: Device) -> Option<Self> {
        let (mut media, mut rows, mut first) = (Vec::new(), Vec::new(), 0);
        for prompt in prompts {
            for Placed { start, medium } in prompt.media {
                let begin = (first + start) as i64;
                rows.extend(begin..begin + medium.offsets.len() as i64);
                media.push(Arc::clone(medium));
            }
            first += prompt.ids.len();
        }
        (!media.is_empty()).then(|| Self { media, rows: Tensor::from_slice(&rows).to_device(device) })
    }

    /// The media.
    pub(super) fn media(&self) -> Vec<&Medium> {
        self.media.iter().map(Arc::as_ref).collect()
    }

    /// `tokens` `[tokens, hidden]` with `embeddings` `[media tokens, hidden]` in their places.
    pub(crate) fn put_into(&self, tokens: &Tensor, embeddings: &Tensor) -> Result<Tensor, ModelError> {
        Ok(tokens.f_index_copy(0, &self.rows, &embeddings.f_to_kind(tokens.f_kind()?)?)?)
    }

    /// The media's part `[media tokens, hidden]` of a gradient `[tokens, hidden]`, and that gradient without it.
    pub(crate) fn take_out_of(&self, gradient: &Tensor) -> Result<(Tensor, Tensor), ModelError> {
        Ok((gradient.f_index_select(0, &self.rows)?, gradient.f_index_fill(0, &self.rows, 0.0)?))
    }
}

static FAMILIES: OnceLock<Vec<&'static dyn MediaFamily>> = OnceLock::new();

/// Makes `families` known to everything that loads policies, once in the life of the process; a second call changes nothing.
pub fn install(families: Vec<&'static dyn MediaFamily>) {
    let _kept = FAMILIES.set(families);
}

/// Every family that is known.
pub fn families() -> &'static [&'static dyn MediaFamily] {
    FAMILIES.get().map_or(&[], Vec::as_slice)
}

/// The family of `model_type`.
pub fn family(model_type: &str) -> Option<&'static dyn MediaFamily> {
    families().iter().copied().find(|family| family.model_type() == model_type)
}

/// The family whose small policy is called `name`.
pub fn family_of_tiny(name: &str) -> Option<&'static dyn MediaFamily> {
    families().iter().copied().find(|family| family.tiny().name == name)
}

/// The error that a prompt holds media, and the policy reads text alone.
pub(crate) fn reads_none() -> ModelError {
    let known: Vec<String> = families().iter().map(|family| format!("`{}`", family.model_type())).collect();
    let tiny: Vec<String> = families().iter().map(|family| format!("`{}`", family.tiny().name)).collect();
    let readers = if known.is_empty() {
        "this program reads no media; run the one of the plugin that the task belongs to".to_owned()
    } else {
        let (known, tiny) = (known.join(" or "), tiny.join(" or "));
        format!("take {tiny}, or a checkpoint whose `config.json` has {known} for its `model_type`")
    };
    ModelError::ReadsNoMedia { readers }
}

/// What a plugin says of media it cannot read or encode.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// A blob cannot be read.
    #[error("a blob of type `{mime}` cannot be read: {reason}")]
    Unreadable {
        /// Its media type.
        mime: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A field of `config.json` or `preprocessor_config.json` describes something that is not computed here.
    #[error("`{field}` must be {expected}, got {got}")]
    UnsupportedConfig {
        /// The field.
        field: &'static str,
        /// What is supported.
        expected: String,
        /// What the file says.
        got: String,
    },
    /// The encoder was given a medium that another reader made.
    #[error("the encoder was given a medium of another kind than its reader makes")]
    ForeignMedium,
    /// libtorch refused an operation.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
}
