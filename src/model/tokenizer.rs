//! Text to token ids and back, with the chat turn that a prompt is wrapped in.
//!
//! The turn is Qwen's: `<|im_start|>user`, the prompt, `<|im_end|>`, `<|im_start|>assistant`; a completion ends with
//! `<|im_end|>`.

use std::path::Path;

use tokenizers::models::bpe::{BPE, BpeTrainerBuilder};
use tokenizers::normalizers::{Prepend, Replace, Sequence as NormalizerSequence};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence as PreTokenizerSequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{AddedToken, SplitDelimiterBehavior, TokenizerBuilder};

use super::ModelError;
use crate::tasks::protocol;

const TURN_START: &str = "<|im_start|>";
const TURN_END: &str = "<|im_end|>";
const END_OF_TEXT: &str = "<|endoftext|>";

/// A piece of text that is merged within, never across: a word with its number (` w12`), a number, a run of words (a
/// fixed phrase then costs one token), line breaks, or punctuation. Each keeps the space before it.
const PIECE: &str = r" ?[A-Za-z]+[0-9]+| ?[0-9]+| ?[A-Za-z']+(?: [A-Za-z']+)*|\n+| ?[^\sA-Za-z0-9]+|\s";

/// A tokenizer and the ids of its turn markers.
#[derive(Debug)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    end_of_turn: i64,
}

impl Tokenizer {
    /// Reads a `tokenizer.json`.
    pub fn load(path: &Path) -> Result<Self, ModelError> {
        let inner = tokenizers::Tokenizer::from_file(path)
            .map_err(|source| ModelError::Tokenizer(format!("{}: {source}", path.display())))?;
        Self::from_inner(inner)
    }

    /// Trains a byte-level BPE of at most `vocabulary` tokens on `texts`, taken in order.
    pub fn train(texts: &[String], vocabulary: usize) -> Result<Self, ModelError> {
        // A word's token must be the same wherever it stands, so every piece of text and every line begins with a space.
        let normalizer = NormalizerSequence::new(vec![
            Prepend::new(" ".into()).into(),
            Replace::new("\n", "\n ").map_err(tokenizer_error)?.into(),
        ]);
        let pattern = SplitPattern::Regex(PIECE.into());
        let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false).map_err(tokenizer_error)?;
        let bytes = ByteLevel::new(false, false, false);
        let mut tokenizer = TokenizerBuilder::new()
            .with_model(BPE::default())
            .with_normalizer(Some(normalizer))
            .with_pre_tokenizer(Some(PreTokenizerSequence::new(vec![split.into(), bytes.into()])))
            .with_post_processor(Some(bytes))
            .with_decoder(Some(bytes))
            .build()
            .map_err(tokenizer_error)?;
        let special = |content: &str| AddedToken::from(content, true);
        let plain = |content: &str| AddedToken::from(content, false).normalized(false);
        let mut trainer = BpeTrainerBuilder::new()
            .vocab_size(vocabulary)
            .min_frequency(2)
            .show_progress(false)
            .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
            .special_tokens(vec![
                special(END_OF_TEXT),
                special(TURN_START),
                special(TURN_END),
                plain(protocol::THINK_OPEN),
                plain(protocol::THINK_CLOSE),
                plain(protocol::ANSWER_OPEN),
                plain(protocol::ANSWER_CLOSE),
            ])
            .build();
        tokenizer.train(&mut trainer, texts.iter()).map_err(tokenizer_error)?;
        let json = tokenizer.to_string(false).map_err(tokenizer_error)?;
        Self::from_inner(tokenizers::Tokenizer::from_bytes(json.as_bytes()).map_err(tokenizer_error)?)
    }

    /// Writes `tokenizer.json`.
    pub fn save(&self, path: &Path) -> Result<(), ModelError> {
        self.inner.save(path, false).map_err(tokenizer_error)
    }

    /// Number of token ids.
    pub fn vocabulary(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// The token that ends a completion.
    pub fn end_of_turn(&self) -> i64 {
        self.end_of_turn
    }

    /// Ids of a user's turn and the opening of the assistant's.
    pub fn encode_prompt(&self, prompt: &str) -> Result<Vec<i64>, ModelError> {
        self.encode(&format!("{TURN_START}user\n{prompt}{TURN_END}\n{TURN_START}assistant\n"))
    }

    /// Ids of a whole completion, its end marker included.
    pub fn encode_completion(&self, completion: &str) -> Result<Vec<i64>, ModelError> {
        self.encode(&format!("{completion}{TURN_END}"))
    }

    /// Ids of a text as it is; markers in it become their ids.
    pub fn encode(&self, text: &str) -> Result<Vec<i64>, ModelError> {
        let encoding = self.inner.encode(text, false).map_err(tokenizer_error)?;
        Ok(encoding.get_ids().iter().map(|&id| i64::from(id)).collect())
    }

    /// The text of ids, turn markers left out.
    pub fn decode(&self, ids: &[i64]) -> Result<String, ModelError> {
        let ids: Vec<u32> = ids.iter().map(|&id| id as u32).collect();
        self.inner.decode(&ids, true).map_err(tokenizer_error)
    }

    fn from_inner(inner: tokenizers::Tokenizer) -> Result<Self, ModelError> {
        let end_of_turn = inner
            .token_to_id(TURN_END)
            .ok_or_else(|| ModelError::Tokenizer(format!("the vocabulary has no `{TURN_END}` to end a turn with")))?;
        Ok(Self { inner, end_of_turn: i64::from(end_of_turn) })
    }
}

fn tokenizer_error(source: impl std::fmt::Display) -> ModelError {
    ModelError::Tokenizer(source.to_string())
}
