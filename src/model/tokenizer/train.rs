//! A byte-level BPE tokenizer trained on the tasks' own text, for a policy made from scratch.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use tokenizers::models::bpe::{BPE, BpeTrainerBuilder};
use tokenizers::normalizers::{Prepend, Replace, Sequence as NormalizerSequence};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence as PreTokenizerSequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{AddedToken, SplitDelimiterBehavior, TokenizerBuilder};

use super::{PLAIN_TURNS, TOKENIZER, TURN_END, TURN_START, Tokenizer, tokenizer_error};
use crate::model::ModelError;
use crate::tasks::protocol;

const END_OF_TEXT: &str = "<|endoftext|>";

/// A piece of text that is merged within, never across: a word with its number (` w12`), a number, a run of words (a
/// fixed phrase then costs one token), line breaks, or punctuation. Each keeps the space before it.
const PIECE: &str = r" ?[A-Za-z]+[0-9]+| ?[0-9]+| ?[A-Za-z']+(?: [A-Za-z']+)*|\n+| ?[^\sA-Za-z0-9]+|\s";

impl Tokenizer {
    /// Trains a byte-level BPE of at most `vocabulary` tokens on `texts`, taken in order. Its turns are Qwen's.
    /// `further` special tokens stand after those of turns and answers.
    pub fn train(texts: &[String], vocabulary: usize, further: &[&str]) -> Result<Self, ModelError> {
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
        let mut tokens = vec![
            special(END_OF_TEXT),
            special(TURN_START),
            special(TURN_END),
            plain(protocol::THINK_OPEN),
            plain(protocol::THINK_CLOSE),
            plain(protocol::ANSWER_OPEN),
            plain(protocol::ANSWER_CLOSE),
        ];
        tokens.extend(further.iter().map(|token| special(token)));
        let mut trainer = BpeTrainerBuilder::new()
            .vocab_size(vocabulary)
            .min_frequency(2)
            .show_progress(false)
            .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
            .special_tokens(tokens)
            .build();
        tokenizer.train(&mut trainer, texts.iter()).map_err(tokenizer_error)?;
        let settings = json!({
            "tokenizer_class": "PreTrainedTokenizerFast",
            "eos_token": TURN_END,
            "pad_token": END_OF_TEXT,
            "chat_template": PLAIN_TURNS,
            "clean_up_tokenization_spaces": false,
        });
        let files: BTreeMap<String, Vec<u8>> = [
            (TOKENIZER.to_owned(), tokenizer.to_string(false).map_err(tokenizer_error)?.into_bytes()),
            ("tokenizer_config.json".to_owned(), format!("{settings:#}\n").into_bytes()),
        ]
        .into();
        Self::from_files(files, Path::new("tiny"), &[])
    }
}
