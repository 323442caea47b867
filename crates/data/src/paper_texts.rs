//! Titles and abstracts of papers: `text.json` holds the texts by index, `map.json` the index of each paper id.
//!
//! The texts are in neither the order of `.content` nor that of the planetoid files, so they are always reached through
//! the map. A text reads `Title: … Abstract: …`.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::read_error::ReadError;
use super::source::{Sources, read_whole};

/// The text of each paper.
pub(super) fn read(sources: &Sources, papers: &[String]) -> Result<Vec<String>, ReadError> {
    let (map_path, text_path) = (sources.require("map.json")?, sources.require("text.json")?);
    let index_of: Entries<u64> = read_json(map_path)?;
    let mut texts: Entries<String> = read_json(text_path)?;
    let missing =
        |problem: String| ReadError::Disagree { left: map_path.to_owned(), right: text_path.to_owned(), problem };
    let text_of = |paper: &String| {
        let index = index_of.0.get(paper).ok_or_else(|| missing(format!("paper `{paper}` is not in the map")))?;
        let text = texts.0.remove(&index.to_string());
        text.ok_or_else(|| missing(format!("text {index} of paper `{paper}` is absent or belongs to two papers")))
    };
    papers.iter().map(text_of).collect()
}

/// The title of a text; `None` where the text does not have the known form.
pub(super) fn title(text: &str) -> Option<&str> {
    let (title, _) = text.strip_prefix("Title:")?.split_once("Abstract:")?;
    Some(title.trim())
}

fn read_json<Content: for<'de> Deserialize<'de>>(path: &Path) -> Result<Content, ReadError> {
    let bytes = read_whole(path)?;
    if bytes.is_empty() {
        return Err(ReadError::Empty { path: path.to_owned(), expected: "a JSON object".into() });
    }
    serde_json::from_slice(&bytes).map_err(|source| ReadError::Json { path: path.to_owned(), source })
}

/// A JSON object whose keys are distinct; a plain map would silently keep the last.
struct Entries<Content>(HashMap<String, Content>);

impl<'de, Content: Deserialize<'de>> Deserialize<'de> for Entries<Content> {
    fn deserialize<Source: Deserializer<'de>>(source: Source) -> Result<Self, Source::Error> {
        source.deserialize_map(EntriesVisitor(PhantomData))
    }
}

struct EntriesVisitor<Content>(PhantomData<Content>);

impl<'de, Content: Deserialize<'de>> Visitor<'de> for EntriesVisitor<Content> {
    type Value = Entries<Content>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a JSON object with distinct keys")
    }

    fn visit_map<Access: MapAccess<'de>>(self, mut access: Access) -> Result<Self::Value, Access::Error> {
        let mut entries = HashMap::new();
        while let Some((key, value)) = access.next_entry::<String, Content>()? {
            if entries.insert(key.clone(), value).is_some() {
                return Err(Access::Error::custom(format_args!("key `{key}` appears twice")));
            }
        }
        Ok(Entries(entries))
    }
}
