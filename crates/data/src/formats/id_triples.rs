//! Knowledge graphs as numbers (the `OpenKE` form): `entity2id.txt`, `relation2id.txt`, `train2id.txt`, `valid2id.txt`, `test2id.txt`.
//!
//! Every file starts with the count of its records. A vocabulary line is a name and its id, `0..count` each once; a triple
//! line is **head, tail, relation**, separated by blanks. Nodes and relations keep the file's ids. Everything else is as in
//! `triples`.

use std::path::Path;

use super::triples::{KnowledgeGraph, knowledge_graph};
use crate::format::{Description, Format};
use crate::read_error::{ReadError, quote};
use crate::source::{Line, Lines, Sources};
use ssl4rl_graph::{Edge, Graph, HeldOutTriples};

/// The format's entry in the table of formats.
pub(super) struct IdTriples;

impl Format for IdTriples {
    fn accepted(&self) -> &'static str {
        "id triples: `entity2id.txt`, `relation2id.txt`, `train2id.txt` (head, tail, relation), optionally `valid2id.txt`, \
         `test2id.txt` and the text files of triples"
    }

    fn recognises(&self, sources: &Sources) -> bool {
        sources.contains("entity2id.txt")
    }

    fn read(&self, description: &Description<'_>, sources: &Sources) -> Result<Graph, ReadError> {
        let entities = read_vocabulary(sources.require("entity2id.txt")?)?;
        let relations = read_vocabulary(sources.require("relation2id.txt")?)?;
        let read = |path: &Path| read_triples(path, entities.len(), relations.len());
        let train = read(sources.require("train2id.txt")?)?;
        let held_out = HeldOutTriples {
            validation: sources.find("valid2id.txt").map_or(Ok(Vec::new()), read)?,
            test: sources.find("test2id.txt").map_or(Ok(Vec::new()), read)?,
        };
        let (entities, relations) = (&entities[..], &relations[..]);
        knowledge_graph(description, sources, KnowledgeGraph { entities, relations, train, held_out })
    }
}

/// Names by id.
fn read_vocabulary(path: &Path) -> Result<Vec<String>, ReadError> {
    let mut records: Vec<(usize, u64, String)> = Vec::new();
    read_records(path, |line, count| {
        let expected = format!("a name and an id below {count}");
        let (name, id) = line.text()?.trim_end().rsplit_once(['\t', ' ']).unwrap_or_default();
        let id: usize = line.number_of(id, &expected)?;
        if id >= count || name.trim().is_empty() {
            return Err(line.wrong(expected, quote(line.bytes)));
        }
        records.push((id, line.number, name.trim_end().to_owned()));
        Ok(())
    })?;
    records.sort_unstable();
    match records.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        None => Ok(records.into_iter().map(|(_, _, name)| name).collect()),
        Some(pair) => Err(ReadError::Line {
            path: path.to_owned(),
            line: pair[1].1,
            expected: "an id that was not seen before".into(),
            got: format!("id {} of line {} again", pair[1].0, pair[0].1),
        }),
    }
}

fn read_triples(path: &Path, entities: usize, relations: usize) -> Result<Vec<Edge>, ReadError> {
    let mut triples = Vec::new();
    read_records(path, |line, _| {
        let expected = format!("head, tail (below {entities}) and relation (below {relations})");
        let mut columns = line.text()?.split_ascii_whitespace();
        let (Some(head), Some(tail), Some(relation), None) =
            (columns.next(), columns.next(), columns.next(), columns.next())
        else {
            return Err(line.wrong(expected, quote(line.bytes)));
        };
        let edge = Edge {
            source: line.number_of(head, &expected)?,
            target: line.number_of(tail, &expected)?,
            relation: line.number_of(relation, &expected)?,
        };
        if edge.source.max(edge.target) as usize >= entities || edge.relation as usize >= relations {
            return Err(line.wrong(expected, quote(line.bytes)));
        }
        triples.push(edge);
        Ok(())
    })?;
    Ok(triples)
}

/// Calls `each` with every line after the first, and holds the first line to be the number of the others.
fn read_records(path: &Path, mut each: impl FnMut(&Line<'_>, usize) -> Result<(), ReadError>) -> Result<(), ReadError> {
    let mut count = None;
    let mut records = 0;
    Lines::open(path)?.for_each(|line| {
        let Some(count) = count else {
            count = Some(line.number_of(line.text()?.trim(), "the number of records")?);
            return Ok(());
        };
        records += 1;
        if records > count {
            return Err(line.wrong(format!("the end of the file after {count} records"), "another record"));
        }
        each(&line, count)
    })?;
    match count {
        None => Err(ReadError::Empty { path: path.to_owned(), expected: "the number of records".into() }),
        Some(count) if count == records => Ok(()),
        Some(count) => Err(ReadError::Content {
            path: path.to_owned(),
            problem: format!("line 1 announces {count} records, but {records} follow"),
        }),
    }
}
