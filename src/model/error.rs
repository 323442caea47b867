//! What can go wrong with a model or its folder.

use std::path::PathBuf;

use super::adapter::AdapterError;
use super::media::MediaError;

/// Why a model cannot be made, loaded, saved or run.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A folder that holds no model.
    #[error(
        "`{}` is not the folder of a model: it has no `config.json`\nhint: name the folder that has config.json, weights and tokenizer.json",
        folder.display()
    )]
    NotAModel {
        /// The folder.
        folder: PathBuf,
    },
    /// The family of a checkpoint is none of those known here.
    #[error("{path}: no transformer here computes `model_type` `{got}`; known are {known}\n\
             hint: a plugin may know it; it has an executable of its own, `ssl4rl-<name>`, with the same verbs", path = path.display())]
    UnknownArchitecture {
        /// The `config.json`.
        path: PathBuf,
        /// Its `model_type`.
        got: String,
        /// What it may be.
        known: String,
    },
    /// `config.json` describes something this transformer does not compute.
    #[error("{path}: `{field}` must be {expected}, got {got}", path = path.display())]
    UnsupportedConfig {
        /// The `config.json`.
        path: PathBuf,
        /// Field of the file.
        field: &'static str,
        /// What is supported.
        expected: String,
        /// What the file says.
        got: String,
    },
    /// A file is missing, unreadable or cannot be written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A JSON file does not parse.
    #[error("{path}: {source}\nhint: mend the file, or download or copy it again", path = path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A weight file is damaged.
    #[error(
        "{path}: not a whole safetensors file: {source}\nhint: download or copy the file again",
        path = path.display()
    )]
    Safetensors {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        source: safetensors::SafeTensorError,
    },
    /// A weight file ends within a tensor.
    #[error(
        "{path}: cut short: tensor `{name}` reaches to byte {expected}, the file has {got}\nhint: download or copy the file again",
        path = path.display()
    )]
    CutShort {
        /// The file.
        path: PathBuf,
        /// The first tensor that is not whole.
        name: String,
        /// Where the tensor ends, in bytes from the beginning of the file.
        expected: u64,
        /// Length of the file, in bytes.
        got: u64,
    },
    /// A weight that the configuration asks for is not in the file.
    #[error("{path}: tensor `{name}` is missing", path = path.display())]
    MissingTensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A weight in the file belongs to nothing that `config.json` or the index of the shards describes.
    #[error("{path}: tensor `{name}` belongs to nothing in {listing}", path = path.display())]
    ExtraTensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// The file that should know it.
        listing: &'static str,
    },
    /// The index names a shard that is not there.
    #[error(
        "{path}: shard `{shard}`, which holds `{tensor}`, is not beside it\nhint: the folder is incomplete; fetch the shard again",
        path = path.display()
    )]
    MissingShard {
        /// The index.
        path: PathBuf,
        /// The shard.
        shard: String,
        /// A tensor that should be in it.
        tensor: String,
    },
    /// A folder holds no weights in a format that can be read.
    #[error(
        "{folder}: neither model.safetensors nor model.safetensors.index.json is there\n\
         hint: weights in other formats (.bin, .pth, .gguf) must be saved as safetensors first",
        folder = folder.display()
    )]
    NoWeights {
        /// The folder.
        folder: PathBuf,
    },
    /// The checkpoint has an output head of its own although the configuration makes the embedding serve as one.
    #[error(
        "{path}: `lm_head.weight` differs from the embedding, but config.json ties them\n\
         hint: set `tie_word_embeddings` to false in config.json if the head is meant",
        path = path.display()
    )]
    TiedHeadDiffers {
        /// The file of the head.
        path: PathBuf,
    },
    /// A weight has the wrong shape.
    #[error("{path}: tensor `{name}` has shape {got:?}, config.json asks for {expected:?}", path = path.display())]
    WrongShape {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Shape by the configuration.
        expected: Vec<i64>,
        /// Shape in the file.
        got: Vec<i64>,
    },
    /// A weight has a number format that cannot be read.
    #[error("{path}: tensor `{name}` is {got}; float32, float16 and bfloat16 can be read", path = path.display())]
    WrongKind {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Format in the file.
        got: String,
    },
    /// A model that is to read and write text comes without its tokenizer.
    #[error(
        "there is no `{path}`\n\
         hint: take it from where the weights came from; a folder with a tokenizer of an older form (vocab.json, tokenizer.model) gets \
         one from `AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)` of transformers",
        path = path.display()
    )]
    NoTokenizerFile {
        /// Where it should be.
        path: PathBuf,
    },
    /// The tokenizer knows ids for which the embedding has no row.
    #[error(
        "{path}: the tokenizer has a token of id {id}, but the embedding of {rows} rows ends before it\n\
         hint: tokenizer and weights are not of the same model",
        path = path.display()
    )]
    VocabularyTooLarge {
        /// The `tokenizer.json`.
        path: PathBuf,
        /// Largest id of the tokenizer.
        id: i64,
        /// Rows of the embedding.
        rows: i64,
    },
    /// A chat template does not parse or refuses a conversation.
    #[error("{path}: chat template: {reason}", path = path.display())]
    ChatTemplate {
        /// The file it came from.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A prompt cannot be wrapped into a turn, because the model does not say how.
    #[error(
        "{folder}: the model has no chat template, and its vocabulary no `<|im_start|>` and `<|im_end|>` to do without\n\
         hint: take the instruct variant, or put a `chat_template.jinja` into the folder",
        folder = folder.display()
    )]
    NoChatTemplate {
        /// The model's folder.
        folder: PathBuf,
    },
    /// Text was to become tokens, or tokens text, without a tokenizer.
    #[error("this policy was loaded without a tokenizer; it takes and gives token ids only")]
    NoTokenizer,
    /// The file of the tokenizer does not parse.
    #[error("{path}: {source}\nhint: mend the file, or download or copy it again", path = path.display())]
    TokenizerFile {
        /// The file.
        path: PathBuf,
        /// What the tokenizers library said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The tokenizer cannot be trained or applied.
    #[error("tokenizer: {0}")]
    Tokenizer(String),
    /// A sequence does not fit the model.
    #[error("a sequence of {length} tokens is longer than the model's {limit}")]
    TooLong {
        /// Tokens wanted.
        length: i64,
        /// `max_position_embeddings`.
        limit: i64,
    },
    /// A prompt without any token: there is nothing to predict the first one from.
    #[error("prompt {prompt} has no token to begin from")]
    EmptyPrompt {
        /// Which of the prompts.
        prompt: usize,
    },
    /// A token id is outside the vocabulary.
    #[error("token id {id} is outside the vocabulary of {vocabulary}")]
    UnknownToken {
        /// The id.
        id: i64,
        /// Rows of the embedding.
        vocabulary: i64,
    },
    /// A `random:` model that cannot be drawn.
    #[error("`{specification}`: {reason}")]
    RandomModel {
        /// What was asked for.
        specification: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Media cannot be read or encoded.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// A prompt holds media, and the policy reads text alone.
    #[error("this policy reads text alone\nhint: {readers}")]
    ReadsNoMedia {
        /// Which policies read media.
        readers: String,
    },
    /// The text of a prompt holds tokens that stand for media.
    #[error("the prompt's text holds {found} tokens that stand for media, its media are {expected}")]
    MediaTokens {
        /// Media of the prompt.
        expected: usize,
        /// Tokens that stand for one.
        found: usize,
    },
    /// An adapter's folder cannot be used.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    /// libtorch refused an operation.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
}
