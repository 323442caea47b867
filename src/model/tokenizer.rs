//! Text to token ids and back, the turns that a prompt is wrapped in, and the tokens that end an answer.
//!
//! All three belong to the model: the turns are its chat template, the ends are those of `generation_config.json`, of
//! `config.json` and of the template's own turn.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::chat_template::{ChatTemplate, Message};
use super::generation_config::{self, GenerationConfig};
use super::media::{self, MediaReader, Placed, Prompt};
use super::{ModelConfig, ModelError};
use crate::tasks::Part;

mod files;
mod train;

pub(super) const TOKENIZER: &str = "tokenizer.json";

const TURN_START: &str = "<|im_start|>";
const TURN_END: &str = "<|im_end|>";

/// The turns of a model that has no template of its own, but the markers in its vocabulary.
const PLAIN_TURNS: &str = "\
{%- for message in messages -%}
{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\\n' -}}
{%- endif -%}
";

/// A tokenizer, its turns and its ends.
#[derive(Debug)]
pub struct Tokenizer {
    /// None where the policy is only ever given ids.
    inner: Option<tokenizers::Tokenizer>,
    turns: Option<ChatTemplate>,
    /// The file that the template came from.
    turns_from: PathBuf,
    end_of_turn: Option<i64>,
    stop_tokens: Vec<i64>,
    /// What came beside the weights, by name, to be written back.
    files: BTreeMap<String, Vec<u8>>,
    /// Reads the blobs of a prompt, where the policy does.
    media: Option<Arc<dyn MediaReader>>,
}

/// A prompt's tokens, and the media among them.
#[derive(Debug, Clone, Default)]
pub struct EncodedPrompt {
    /// Token ids, chat turn included.
    pub ids: Vec<i64>,
    /// The media among them, in order.
    pub media: Vec<Placed>,
}

impl<'prompt> From<&'prompt EncodedPrompt> for Prompt<'prompt> {
    fn from(encoded: &'prompt EncodedPrompt) -> Self {
        Self { ids: &encoded.ids, media: &encoded.media }
    }
}

impl Tokenizer {
    /// Reads the tokenizer of a model's folder, and how it wants to be asked. `stop_tokens` are those the folder's other
    /// files name.
    pub fn load(folder: &Path, stop_tokens: &[i64]) -> Result<Self, ModelError> {
        Self::from_files(files::read(folder)?, folder, stop_tokens)
    }

    /// The same for a model whose adapter, in the folder `over`, may have brought files of its own in place of the model's.
    pub(super) fn load_over(folder: &Path, over: &Path, stop_tokens: &[i64]) -> Result<Self, ModelError> {
        let mut files = files::read(folder)?;
        files.extend(files::read(over)?);
        Self::from_files(files, folder, stop_tokens)
    }

    /// A stand-in for a policy that is only ever given ids: it encodes and decodes nothing.
    pub fn absent(stop_tokens: &[i64]) -> Self {
        Self {
            inner: None,
            turns: None,
            turns_from: PathBuf::new(),
            end_of_turn: None,
            stop_tokens: without_repeats(stop_tokens),
            files: BTreeMap::new(),
            media: None,
        }
    }

    /// Writes the files that belong to the tokenizer into `folder`.
    pub fn save(&self, folder: &Path) -> Result<(), ModelError> {
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            fs::write(&path, bytes).map_err(|source: io::Error| ModelError::Io { path, source })
        };
        for (name, bytes) in &self.files {
            write(name, bytes)?;
        }
        if !self.files.contains_key(generation_config::FILE) && !self.stop_tokens.is_empty() {
            write(generation_config::FILE, GenerationConfig::text(&self.stop_tokens).as_bytes())?;
        }
        Ok(())
    }

    /// Sets variables that the chat template may use, for instance `enable_thinking`, in place of those set before.
    ///
    /// They are saved with the tokenizer, so that a policy is asked everywhere as it was when it learned.
    pub fn set_template_variables(&mut self, variables: &Map<String, Value>) {
        if variables.is_empty() {
            return;
        }
        if let Some(turns) = &mut self.turns {
            turns.set_variables(variables);
        }
        let text = serde_json::json!(variables).to_string();
        self.files.insert(files::TEMPLATE_VARIABLES.to_owned(), text.into_bytes());
    }

    /// Puts `fields` in place of those of `preprocessor_config.json`, for a policy of shape `config` that reads media. They are
    /// saved with the tokenizer.
    pub fn set_preprocessor(&mut self, config: &ModelConfig, fields: &Map<String, Value>) -> Result<(), ModelError> {
        let Some(family) = config.media_family().filter(|_| !fields.is_empty()) else { return Ok(()) };
        let path = self.turns_from.with_file_name(files::PREPROCESSOR);
        let json = |source| ModelError::Json { path: path.clone(), source };
        let file = self.files.get(files::PREPROCESSOR).map(Vec::as_slice);
        let mut whole: Map<String, Value> = file.map_or(Ok(Map::new()), serde_json::from_slice).map_err(json)?;
        whole.extend(fields.clone());
        let reader = family.reader(config.fields(), Some(&serde_json::to_vec(&whole).map_err(json)?))?;
        self.files.insert(files::PREPROCESSOR.to_owned(), reader.preprocessor());
        self.media = Some(reader);
        Ok(())
    }

    /// One more than the largest token id.
    pub fn vocabulary(&self) -> usize {
        let ids = self.inner.iter().flat_map(|inner| inner.get_vocab(true).into_values());
        ids.max().map_or(0, |id| id as usize + 1)
    }

    /// Fits the tokenizer to a policy of shape `config`: checks that the embedding has a row for every token, it may have more,
    /// and finds what reads the policy's media.
    pub(super) fn fit(&mut self, config: &ModelConfig) -> Result<(), ModelError> {
        if let Some(family) = config.media_family() {
            let preprocessor = self.files.get(files::PREPROCESSOR).map(Vec::as_slice);
            let reader = family.reader(config.fields(), preprocessor)?;
            self.files.entry(files::PREPROCESSOR.to_owned()).or_insert_with(|| reader.preprocessor());
            self.media = Some(reader);
        }
        let (id, rows) = (self.vocabulary() as i64 - 1, config.vocab_size);
        if id < rows {
            return Ok(());
        }
        let path = self.turns_from.with_file_name(TOKENIZER);
        Err(ModelError::VocabularyTooLarge { path, id, rows })
    }

    /// The token that ends a turn of the chat template, where the model has one.
    pub fn end_of_turn(&self) -> Option<i64> {
        self.end_of_turn
    }

    /// Every token that ends a completion, without repeats.
    pub fn stop_tokens(&self) -> &[i64] {
        &self.stop_tokens
    }

    /// Ids of a user's turn and the opening of the assistant's.
    pub fn encode_prompt(&self, prompt: &str) -> Result<Vec<i64>, ModelError> {
        self.encode(&self.wrap_prompt(prompt)?)
    }

    /// A user's turn and the opening of the assistant's, of a prompt that may hold media: its text with a placeholder for each,
    /// and the placeholder's token as often as the medium has embeddings.
    pub fn encode_parts(&self, parts: &[Part]) -> Result<EncodedPrompt, ModelError> {
        let (mut text, mut media) = (String::new(), Vec::new());
        for part in parts {
            match part {
                Part::Text(piece) => text.push_str(piece),
                Part::Blob { mime, bytes, .. } => {
                    let reader = self.media.as_ref().ok_or_else(media::reads_none)?;
                    text.push_str(reader.placeholder());
                    media.push(Arc::new(reader.read(mime, bytes)?));
                }
            }
        }
        let ids = self.encode_prompt(&text)?;
        let Some(reader) = &self.media else { return Ok(EncodedPrompt { ids, media: Vec::new() }) };
        let found = ids.iter().filter(|&&id| id == reader.token()).count();
        if found != media.len() {
            return Err(ModelError::MediaTokens { expected: media.len(), found });
        }
        let (mut encoded, mut media) = (EncodedPrompt::default(), media.into_iter());
        for id in ids {
            match if id == reader.token() { media.next() } else { None } {
                Some(medium) => {
                    let start = encoded.ids.len();
                    encoded.ids.extend(std::iter::repeat_n(id, medium.offsets.len()));
                    encoded.media.push(Placed { start, medium });
                }
                None => encoded.ids.push(id),
            }
        }
        Ok(encoded)
    }

    /// The id of a token by its text.
    pub(super) fn token(&self, text: &str) -> Option<i64> {
        self.inner.as_ref()?.token_to_id(text).map(i64::from)
    }

    /// Text of a user's turn and the opening of the assistant's: what the policy sees.
    pub fn wrap_prompt(&self, prompt: &str) -> Result<String, ModelError> {
        self.render(&[Message { role: "user", content: prompt }], true)
    }

    /// Ids of a whole completion, its end included.
    pub fn encode_completion(&self, completion: &str) -> Result<Vec<i64>, ModelError> {
        let mut ids = self.encode(completion)?;
        let end = self.end_of_turn.or_else(|| self.stop_tokens.first().copied());
        ids.push(end.ok_or_else(|| ModelError::Tokenizer("nothing says which token ends a completion".into()))?);
        Ok(ids)
    }

    /// Ids of a text as it is; markers in it become their ids.
    pub fn encode(&self, text: &str) -> Result<Vec<i64>, ModelError> {
        self.encode_with(text, false)
    }

    /// Ids of a text that stands alone, with what its tokenizer puts around one: Llama begins every text with a token.
    pub fn encode_document(&self, text: &str) -> Result<Vec<i64>, ModelError> {
        self.encode_with(text, true)
    }

    /// The text of ids, special tokens left out.
    pub fn decode(&self, ids: &[i64]) -> Result<String, ModelError> {
        let ids: Vec<u32> = ids.iter().map(|&id| id as u32).collect();
        self.inner()?.decode(&ids, true).map_err(tokenizer_error)
    }

    fn from_files(files: BTreeMap<String, Vec<u8>>, folder: &Path, stop_tokens: &[i64]) -> Result<Self, ModelError> {
        let path = folder.join(TOKENIZER);
        let Some(bytes) = files.get(TOKENIZER) else {
            return Err(ModelError::NoTokenizerFile { path });
        };
        let inner = tokenizers::Tokenizer::from_bytes(bytes)
            .map_err(|source| ModelError::TokenizerFile { path: path.clone(), source })?;
        let template = files::template(&files, folder)?;
        let markers = [TURN_START, TURN_END].iter().all(|marker| inner.token_to_id(marker).is_some());
        let plain = || markers.then(|| (PLAIN_TURNS.to_owned(), path.clone()));
        let mut tokenizer = Self { inner: Some(inner), turns_from: path.clone(), ..Self::absent(stop_tokens) };
        if let Some((source, from)) = template.source.or_else(plain) {
            let parsed = ChatTemplate::parse(source, template.variables);
            let turns = parsed.map_err(|reason| ModelError::ChatTemplate { path: from.clone(), reason })?;
            (tokenizer.turns, tokenizer.turns_from) = (Some(turns), from);
        }
        tokenizer.end_of_turn = tokenizer.find_end_of_turn()?;
        let ends = tokenizer.stop_tokens.iter().copied().chain(tokenizer.end_of_turn);
        tokenizer.stop_tokens = without_repeats(&ends.collect::<Vec<_>>());
        tokenizer.files = files;
        Ok(tokenizer)
    }

    /// The special token that the template writes after an answer; none where it writes something else, or refuses the
    /// conversation that it is asked for here.
    fn find_end_of_turn(&self) -> Result<Option<i64>, ModelError> {
        const ANSWER: &str = "An answer, 1234.";
        let turns = [Message { role: "user", content: "A question?" }, Message { role: "assistant", content: ANSWER }];
        let Some(Ok(text)) = self.turns.as_ref().map(|template| template.render(&turns, false)) else {
            return Ok(None);
        };
        let after = text.rfind(ANSWER).map_or("", |start| &text[start + ANSWER.len()..]);
        let first = self.encode(after)?.first().copied();
        let added = self.inner()?.get_added_tokens_decoder();
        Ok(first.filter(|&id| added.get(&(id as u32)).is_some_and(|token| token.special)))
    }

    fn render(&self, messages: &[Message<'_>], opened: bool) -> Result<String, ModelError> {
        self.inner()?;
        let Some(turns) = &self.turns else {
            let folder = self.turns_from.parent().unwrap_or(&self.turns_from).to_owned();
            return Err(ModelError::NoChatTemplate { folder });
        };
        let rendered = turns.render(messages, opened);
        rendered.map_err(|reason| ModelError::ChatTemplate { path: self.turns_from.clone(), reason })
    }

    fn encode_with(&self, text: &str, special_tokens: bool) -> Result<Vec<i64>, ModelError> {
        let encoding = self.inner()?.encode(text, special_tokens).map_err(tokenizer_error)?;
        Ok(encoding.get_ids().iter().map(|&id| i64::from(id)).collect())
    }

    fn inner(&self) -> Result<&tokenizers::Tokenizer, ModelError> {
        self.inner.as_ref().ok_or(ModelError::NoTokenizer)
    }
}

/// The ids in order, each where it comes first.
fn without_repeats(ids: &[i64]) -> Vec<i64> {
    let mut kept = Vec::new();
    for &id in ids {
        if !kept.contains(&id) {
            kept.push(id);
        }
    }
    kept
}

fn tokenizer_error(source: impl std::fmt::Display) -> ModelError {
    ModelError::Tokenizer(source.to_string())
}
