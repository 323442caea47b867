//! Knowledge graphs as text: `train`, `valid` and `test` files of `head, tab, relation, tab, tail`.
//!
//! The graph's edges are the training triples. Validation and test triples are held out; an entity that only they name is
//! a node all the same. Entities and relations are numbered in the order of their first appearance. Lines may end in
//! `\n` or `\r\n`.
//!
//! Readable text comes from `entity_texts`. The held-out files may be absent.

use std::path::Path;

use crate::entity_texts;
use crate::format::{Description, Format};
use crate::interner::Interner;
use crate::read_error::ReadError;
use crate::source::{Lines, Sources};
use ssl4rl_graph::{Direction, Edge, Graph, GraphBuilder, HeldOutTriples};

const TRAIN: &[&str] = &["train.txt", "train.tsv"];
const VALIDATION: &[&str] = &["valid.txt", "valid.tsv", "dev.tsv"];
const TEST: &[&str] = &["test.txt", "test.tsv"];

/// The format's entry in the table of formats.
pub(super) struct Triples;

impl Format for Triples {
    fn accepted(&self) -> &'static str {
        "triples: `train.txt` (or `.tsv`) with head, relation and tail separated by tabs, optionally `valid.txt`, \
         `test.txt`, `entity2text.txt`, `entity2textlong.txt`, `relation2text.txt`"
    }

    fn recognises(&self, sources: &Sources) -> bool {
        TRAIN.iter().any(|name| sources.contains(name))
    }

    fn read(&self, description: &Description<'_>, sources: &Sources) -> Result<Graph, ReadError> {
        let mut vocabulary = Vocabulary::default();
        let Some(train_path) = find(sources, TRAIN) else {
            return Err(ReadError::Missing { folder: sources.origin().to_owned(), wanted: TRAIN[0].into() });
        };
        let train = read_split(train_path, &mut vocabulary)?;
        let mut held_out = HeldOutTriples::default();
        if let Some(path) = find(sources, VALIDATION) {
            held_out.validation = read_split(path, &mut vocabulary)?;
        }
        if let Some(path) = find(sources, TEST) {
            held_out.test = read_split(path, &mut vocabulary)?;
        }
        let (entities, relations) = (vocabulary.entities.names(), vocabulary.relations.names());
        knowledge_graph(description, sources, KnowledgeGraph { entities, relations, train, held_out })
    }
}

/// What both triple formats find in their files.
pub(super) struct KnowledgeGraph<'names> {
    /// Raw entity ids by node.
    pub(super) entities: &'names [String],
    /// Raw relation ids.
    pub(super) relations: &'names [String],
    /// Training triples, in file order.
    pub(super) train: Vec<Edge>,
    /// The other splits.
    pub(super) held_out: HeldOutTriples,
}

/// Adds the readable text and builds the graph.
pub(super) fn knowledge_graph(
    description: &Description<'_>,
    sources: &Sources,
    content: KnowledgeGraph<'_>,
) -> Result<Graph, ReadError> {
    let wrong = ReadError::graph(sources.origin());
    let mut builder = GraphBuilder::new(description.name, content.entities.len(), Direction::Directed);
    builder.relations(entity_texts::relation_names(sources, content.relations)?);
    for edge in content.train {
        builder.triple(edge.source, edge.relation, edge.target).map_err(&wrong)?;
    }
    builder.held_out(content.held_out).map_err(&wrong)?;
    builder.node_names(entity_texts::node_names(sources, content.entities)?).map_err(&wrong)?;
    if let Some(texts) = entity_texts::node_texts(sources, content.entities)? {
        builder.node_texts(texts).map_err(&wrong)?;
    }
    builder.build().map_err(&wrong)
}

#[derive(Default)]
struct Vocabulary {
    entities: Interner,
    relations: Interner,
}

fn read_split(path: &Path, vocabulary: &mut Vocabulary) -> Result<Vec<Edge>, ReadError> {
    let mut triples = Vec::new();
    Lines::open(path)?.for_each(|line| {
        let [head, relation, tail] = line.columns("head, relation, tail")?;
        let source = vocabulary.entities.intern(head);
        let relation = vocabulary.relations.intern(relation);
        let target = vocabulary.entities.intern(tail);
        triples.push(Edge { source, target, relation });
        Ok(())
    })?;
    if triples.is_empty() {
        return Err(ReadError::Empty {
            path: path.to_owned(),
            expected: "head, relation and tail on each line".into(),
        });
    }
    Ok(triples)
}

fn find<'sources>(sources: &'sources Sources, names: &[&str]) -> Option<&'sources Path> {
    names.iter().find_map(|name| sources.find(name))
}
