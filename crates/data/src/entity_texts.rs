//! Readable text of entities and relations: `entity2text.txt`, `entity2textlong.txt`, `relation2text.txt`.
//!
//! Each line is a raw id, a tab and a text. What a file does not cover goes by its raw id. `WordNet`'s entities are synset
//! offsets of eight digits and their text is `lemma, gloss`: the lemma becomes the node's name and the whole its text.
//! Elsewhere `entity2text.txt` gives names and `entity2textlong.txt` texts.

use std::collections::HashMap;

use super::names::unique_names;
use super::read_error::{ReadError, quote};
use super::source::{Lines, Sources};

/// A name for each node, unique.
pub(super) fn node_names(sources: &Sources, entities: &[String]) -> Result<Vec<String>, ReadError> {
    let texts = read_texts(sources, "entity2text.txt")?;
    let lemma_only = is_wordnet(entities);
    let readable = |entity: &String| {
        let text = texts.get(entity)?;
        Some(if lemma_only { text.split_once(", ").map_or(&text[..], |(lemma, _)| lemma) } else { text })
    };
    Ok(unique_names(entities, &entities.iter().map(readable).collect::<Vec<_>>()))
}

/// A longer text for each node, where there are any; an entity without one has its raw id.
pub(super) fn node_texts(sources: &Sources, entities: &[String]) -> Result<Option<Vec<String>>, ReadError> {
    let file = if is_wordnet(entities) { "entity2text.txt" } else { "entity2textlong.txt" };
    let mut texts = read_texts(sources, file)?;
    if texts.is_empty() {
        return Ok(None);
    }
    Ok(Some(entities.iter().map(|entity| texts.remove(entity).unwrap_or_else(|| entity.clone())).collect()))
}

/// A name for each relation, unique.
pub(super) fn relation_names(sources: &Sources, relations: &[String]) -> Result<Vec<String>, ReadError> {
    let texts = read_texts(sources, "relation2text.txt")?;
    let readable: Vec<Option<&str>> =
        relations.iter().map(|relation| texts.get(relation).map(String::as_str)).collect();
    Ok(unique_names(relations, &readable))
}

fn is_wordnet(entities: &[String]) -> bool {
    entities.iter().all(|entity| entity.len() == 8 && entity.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Texts by raw id; empty where the file is absent.
fn read_texts(sources: &Sources, file: &str) -> Result<HashMap<String, String>, ReadError> {
    let mut texts = HashMap::new();
    let Some(path) = sources.find(file) else {
        return Ok(texts);
    };
    Lines::open(path)?.for_each(|line| {
        let [id, text] = line.columns("id, text")?;
        match texts.insert(id.to_owned(), text.to_owned()) {
            None => Ok(()),
            Some(_) => Err(line.wrong("an id that was not seen before", quote(id.as_bytes()))),
        }
    })?;
    if texts.is_empty() {
        return Err(ReadError::Empty { path: path.to_owned(), expected: "an id and a text on each line".into() });
    }
    Ok(texts)
}
