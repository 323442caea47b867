//! What a text says of a graph: the result of [`Encoder::parse`](super::Encoder::parse).
//!
//! ```
//! use ssl4rl_graph::Direction;
//! use ssl4rl_graph::encode::by_name;
//!
//! let parsed = by_name("adjacency").unwrap().parse("Edges: (Ada -likes-> Ben)\nIsolated: Carl\n").unwrap();
//! assert_eq!(parsed.direction, Some(Direction::Directed));
//! assert_eq!(parsed.node_names, ["Ada", "Ben", "Carl"]);
//! assert_eq!(parsed.named_edges().collect::<Vec<_>>(), [("Ada", Some("likes"), "Ben", None)]);
//! assert_eq!(parsed.isolated().collect::<Vec<_>>(), ["Carl"]);
//!
//! let error = by_name("adjacency").unwrap().parse("Edges: (Ada -likes-> Ben").unwrap_err();
//! assert_eq!(error.to_string(), "no text of encoder `adjacency`: line 1: expected `)`, got the end");
//! ```

use std::collections::{BTreeMap, HashMap};

use crate::Direction;

/// A graph read from text. Nodes and relations are numbered in the order of their first mention.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParsedScene {
    /// Distinct names.
    pub node_names: Vec<String>,
    /// Distinct names of relations; empty where no edge has one.
    pub relation_names: Vec<String>,
    /// Edges, as often as the text states them.
    pub edges: Vec<ParsedEdge>,
    /// Whether edges are arrows; `None` where the text does not say, as without edges or in plain triples.
    pub direction: Option<Direction>,
}

/// An edge read from text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParsedEdge {
    /// Position in [`ParsedScene::node_names`].
    pub source: u32,
    /// Position in [`ParsedScene::node_names`].
    pub target: u32,
    /// Position in [`ParsedScene::relation_names`].
    pub relation: Option<u32>,
    /// Weight, where the text states one.
    pub weight: Option<u32>,
}

impl ParsedScene {
    /// `(source, relation, target, weight)` of every edge.
    pub fn named_edges(&self) -> impl Iterator<Item = (&str, Option<&str>, &str, Option<u32>)> {
        let node = |id: u32| self.node_names[id as usize].as_str();
        let relation = |id: u32| self.relation_names[id as usize].as_str();
        self.edges
            .iter()
            .map(move |edge| (node(edge.source), edge.relation.map(relation), node(edge.target), edge.weight))
    }

    /// Names of the nodes that no edge touches.
    pub fn isolated(&self) -> impl Iterator<Item = &str> {
        let mut touched = vec![false; self.node_names.len()];
        for edge in &self.edges {
            touched[edge.source as usize] = true;
            touched[edge.target as usize] = true;
        }
        self.node_names.iter().zip(touched).filter(|(_, touched)| !touched).map(|(name, _)| name.as_str())
    }
}

/// Why a text is none of an encoder's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no text of encoder `{encoder}`: line {line}: expected {expected}, got {got}")]
pub struct ParseError {
    /// The encoder whose text was expected.
    pub encoder: &'static str,
    /// Line, from 1.
    pub line: usize,
    /// What would have been right.
    pub expected: String,
    /// What stands there, cut short.
    pub got: String,
}

/// A name in a node's list, read back.
pub(super) struct ReadListed {
    pub(super) name: String,
    pub(super) relation: Option<String>,
    pub(super) weight: Option<u32>,
}

/// A scene in the making.
#[derive(Default)]
pub(super) struct Collector {
    scene: ParsedScene,
    nodes: HashMap<String, u32>,
    relations: HashMap<String, u32>,
    mentions: BTreeMap<ParsedEdge, [usize; 2]>,
}

impl Collector {
    /// The node's number.
    pub(super) fn node(&mut self, name: String) -> u32 {
        number(&mut self.nodes, &mut self.scene.node_names, name)
    }

    /// Nodes mentioned so far.
    pub(super) fn node_count(&self) -> usize {
        self.scene.node_names.len()
    }

    /// The relation's number.
    pub(super) fn relation(&mut self, name: String) -> u32 {
        number(&mut self.relations, &mut self.scene.relation_names, name)
    }

    /// Adds an edge.
    pub(super) fn edge(&mut self, source: u32, target: u32, relation: Option<String>, weight: Option<u32>) {
        let relation = relation.map(|name| self.relation(name));
        self.scene.edges.push(ParsedEdge { source, target, relation, weight });
    }

    /// Adds one end's mention of an undirected edge that both ends list.
    pub(super) fn mention(&mut self, node: u32, other: u32, relation: Option<String>, weight: Option<u32>) {
        let relation = relation.map(|name| self.relation(name));
        let edge = ParsedEdge { source: node.min(other), target: node.max(other), relation, weight };
        self.mentions.entry(edge).or_default()[usize::from(node > other)] += 1;
    }

    /// Adds what a node's list says: arrows, or mentions of edges that both ends list.
    pub(super) fn list(&mut self, name: String, list: Vec<ReadListed>, direction: Direction) {
        let node = self.node(name);
        for listed in list {
            let other = self.node(listed.name);
            match direction {
                Direction::Directed => self.edge(node, other, listed.relation, listed.weight),
                Direction::Undirected => self.mention(node, other, listed.relation, listed.weight),
            }
        }
    }

    /// Sets the direction; `false` where the text already said the contrary.
    pub(super) fn direct(&mut self, direction: Direction) -> bool {
        *self.scene.direction.get_or_insert(direction) == direction
    }

    /// The scene. Of the mentions of an edge at its two ends the more numerous count.
    pub(super) fn finish(mut self) -> ParsedScene {
        for (edge, [low, high]) in self.mentions {
            self.scene.edges.extend(std::iter::repeat_n(edge, low.max(high)));
        }
        self.scene
    }
}

fn number(numbers: &mut HashMap<String, u32>, names: &mut Vec<String>, name: String) -> u32 {
    if let Some(&known) = numbers.get(&name) {
        return known;
    }
    let next = names.len() as u32;
    names.push(name.clone());
    numbers.insert(name, next);
    next
}
