//! `WikiCS`: links between articles on computer science, from `data.json`, with titles and words from `metadata.json`.
//!
//! | key of `data.json` | content |
//! |---|---|
//! | `features` | a list of numbers for each article |
//! | `labels` | a class for each article |
//! | `links` | the articles that each links to; read as undirected edges |
//! | `train_masks`, `stopping_masks`, `val_masks` | 20 splits of the articles outside the test set, a truth value for each article |
//! | `test_mask` | a truth value for each article |
//!
//! `metadata.json` may be absent. It holds, in the same order, `nodes` with `title` and `tokens`, and `labels`, the classes'
//! names by index. The tokens, joined by blanks, are the article's text.
//!
//! The graph's split is the first of the 20; the articles that it keeps for stopping early belong to no part.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use crate::format::{Description, Format};
use crate::names::unique_names;
use crate::read_error::ReadError;
use crate::source::{Sources, read_whole};
use ssl4rl_graph::{Csr, Direction, Features, Graph, GraphBuilder, Labels, Node, NodeSplit};

/// The format's entry in the table of formats.
pub(super) struct WikiCs;

impl Format for WikiCs {
    fn accepted(&self) -> &'static str {
        "WikiCS: `data.json` with `metadata.json` or `statistics.json` beside it"
    }

    fn recognises(&self, sources: &Sources) -> bool {
        sources.contains("data.json") && (sources.contains("metadata.json") || sources.contains("statistics.json"))
    }

    fn read(&self, description: &Description<'_>, sources: &Sources) -> Result<Graph, ReadError> {
        let path = sources.require("data.json")?;
        let vectors: Vectors = read_json(path)?;
        let articles = vectors.features.len();
        vectors.check(path)?;
        let wrong = ReadError::graph(path);
        let mut builder = GraphBuilder::new(description.name, articles, Direction::Undirected);
        for (article, links) in vectors.links.iter().enumerate() {
            for &other in links {
                builder.edge(article as Node, other).map_err(&wrong)?;
            }
        }
        let mut class_names = description.class_names.to_vec();
        if let Some(path) = sources.find("metadata.json") {
            let metadata: Metadata = read_json(path)?;
            metadata.check(path, articles)?;
            let ids: Vec<String> = (0..articles).map(|article| article.to_string()).collect();
            let titles: Vec<Option<&str>> = metadata.nodes.iter().map(|node| Some(&node.title[..])).collect();
            builder.node_names(unique_names(&ids, &titles)).map_err(&wrong)?;
            let texts = metadata.nodes.iter().map(|node| node.tokens.join(" ")).collect();
            builder.node_texts(texts).map_err(&wrong)?;
            class_names = metadata.class_names(path)?;
        }
        builder.labels(vectors.labels(&class_names)).map_err(&wrong)?;
        builder.split(vectors.split()).map_err(&wrong)?;
        if vectors.train_masks.len() > 1 {
            builder.ignored(format!("{} of {} splits", vectors.train_masks.len() - 1, vectors.train_masks.len()));
        }
        builder.features(features(vectors.features)).map_err(&wrong)?;
        builder.build().map_err(&wrong)
    }
}

#[derive(Deserialize)]
struct Vectors {
    features: Vec<Vec<f32>>,
    labels: Vec<u32>,
    links: Vec<Vec<Node>>,
    train_masks: Vec<Vec<bool>>,
    val_masks: Vec<Vec<bool>>,
    test_mask: Vec<bool>,
}

impl Vectors {
    /// Every list has an entry for each article, and every split a mask.
    fn check(&self, path: &Path) -> Result<(), ReadError> {
        let wrong = |problem: String| ReadError::Content { path: path.to_owned(), problem };
        let articles = self.features.len();
        if articles == 0 {
            return Err(ReadError::Empty {
                path: path.to_owned(),
                expected: "`features` of at least one article".into(),
            });
        }
        let mut lengths = vec![
            ("`labels`".to_owned(), self.labels.len()),
            ("`links`".to_owned(), self.links.len()),
            ("`test_mask`".to_owned(), self.test_mask.len()),
        ];
        for (name, masks) in [("train_masks", &self.train_masks), ("val_masks", &self.val_masks)] {
            lengths.extend(
                masks.iter().enumerate().map(|(split, mask)| (format!("`{name}` of split {split}"), mask.len())),
            );
        }
        if let Some((name, length)) = lengths.iter().find(|(_, length)| *length != articles) {
            return Err(wrong(format!("{name} holds {length} entries, but `features` {articles}")));
        }
        let width = self.features[0].len();
        if let Some(row) = self.features.iter().position(|row| row.len() != width) {
            let got = self.features[row].len();
            return Err(wrong(format!("article {row} has {got} features, but article 0 has {width}")));
        }
        if self.train_masks.is_empty() || self.train_masks.len() != self.val_masks.len() {
            let (train, validation) = (self.train_masks.len(), self.val_masks.len());
            return Err(wrong(format!("expected as many `train_masks` as `val_masks`, got {train} and {validation}")));
        }
        for (article, links) in self.links.iter().enumerate() {
            if let Some(other) = links.iter().find(|&&other| other as usize >= articles) {
                return Err(wrong(format!("article {article} links to article {other}, but there are {articles}")));
            }
        }
        Ok(())
    }

    fn labels(&self, names: &[String]) -> Labels {
        let count = self.labels.iter().max().map_or(0, |&class| class as usize + 1).max(names.len());
        // A class beyond any sane number would only fill the memory with names.
        let count = count.min(self.labels.len().max(names.len()));
        let name = |class: usize| names.get(class).cloned().unwrap_or_else(|| format!("class {class}"));
        Labels { classes: (0..count).map(name).collect(), of_node: self.labels.iter().copied().map(Some).collect() }
    }

    fn split(&self) -> NodeSplit {
        let of = |mask: &[bool]| mask.iter().zip(0..).filter(|(inside, _)| **inside).map(|(_, node)| node).collect();
        NodeSplit { train: of(&self.train_masks[0]), validation: of(&self.val_masks[0]), test: of(&self.test_mask) }
    }
}

#[derive(Deserialize)]
struct Metadata {
    labels: HashMap<String, String>,
    nodes: Vec<Article>,
}

#[derive(Deserialize)]
struct Article {
    title: String,
    tokens: Vec<String>,
}

impl Metadata {
    fn check(&self, path: &Path, articles: usize) -> Result<(), ReadError> {
        if self.nodes.len() == articles {
            return Ok(());
        }
        let problem = format!("it describes {} articles, but `data.json` holds {articles}", self.nodes.len());
        Err(ReadError::Content { path: path.to_owned(), problem })
    }

    /// Class names by index: keys are `0..count` as text.
    fn class_names(&self, path: &Path) -> Result<Vec<String>, ReadError> {
        let name = |class: usize| self.labels.get(&class.to_string()).cloned();
        let names: Option<Vec<String>> = (0..self.labels.len()).map(name).collect();
        names.ok_or_else(|| {
            let problem = format!("expected the keys 0 to {} in `labels`", self.labels.len().saturating_sub(1));
            ReadError::Content { path: path.to_owned(), problem }
        })
    }
}

fn features(rows: Vec<Vec<f32>>) -> Features {
    let (count, columns) = (rows.len(), rows.first().map_or(0, Vec::len));
    let (mut starts, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
    for row in rows {
        for (column, value) in row.into_iter().enumerate().filter(|(_, value)| *value != 0.0) {
            indices.push(column as u32);
            values.push(value);
        }
        starts.push(indices.len());
    }
    let matrix = Csr::new((count, columns), starts, indices, values);
    Features { matrix, names: None, known: vec![true; count] }
}

fn read_json<Content: for<'de> Deserialize<'de>>(path: &Path) -> Result<Content, ReadError> {
    let bytes = read_whole(path)?;
    if bytes.is_empty() {
        return Err(ReadError::Empty { path: path.to_owned(), expected: "a JSON object".into() });
    }
    serde_json::from_slice(&bytes).map_err(|source| ReadError::Json { path: path.to_owned(), source })
}
