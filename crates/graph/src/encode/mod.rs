//! Ways to write a subgraph as text: one encoder a file, all behind [`Encoder`], found by name in [`encoders`].
//!
//! The texts are short, because every token of a prompt costs. All follow the same rules:
//!
//! - edges keep the order and, if undirected, the endpoint order of the [`Subgraph`]; shuffling is the sampler's business
//! - a node that no edge touches is named: in its own line, or in a last line `Isolated: 5 7`
//! - a direction reads as an arrow `->`, a relation stands inside it, `-likes->`
//! - lists are separated by blanks, or by commas where a name contains a blank
//! - a weight stands with its edge, and the text says that it is one, or [`Encoder::weight_legend`] does
//! - names that the text around them could be mistaken for are quoted or escaped, others are not
//!
//! Every encoder reads back what it writes: [`Encoder::parse`] is total and takes linear time, whatever the text.
//!
//! | encoder | one edge, then with direction, relation and weight |
//! |---|---|
//! | `adjacency` | `(0, 1)`, `(0 -likes-> 1, 5)` |
//! | `incident` | `0: 1`, `0 -likes-> 1[5]` |
//! | `named` | `A is connected to B.`, `A -likes-> B (weight 5).` |
//! | `triples` | `(A, linked, B)`, `(A, likes, B, 5)` |
//! | `bars` | `[A \| linked \| B]`, `[A \| likes \| B \| 5]` |
//! | `graphqa-adjacency` | `(0, 1)`, `(0, likes, 1, 5)` |
//! | `graphqa-incident` | `Node 0 is connected to node 1.`, `Node 0 points to node 1 [likes, weight 5].` |
//! | `graphqa-triples` | `(A, linked, B)`, `(A, likes, B, 5)` |
//! | `friendship` | `A and B are friends.`, `A calls B a friend [likes, weight 5].` |
//! | `social-network` | `A and B are connected.`, `A follows B there [likes, weight 5].` |
//! | `coauthorship` | `A and B wrote a paper together.`, `A cites B in a paper [likes, weight 5].` |
//! | `expert` | `A -> B`, `A -> B [likes, weight 5]` |
//! | `nlgraph` | `(0,1)`, `an edge of kind likes from node 0 to node 1 with weight 5` |
//! | `precedence` | `node 0 should be visited next to node 1`, `node 0 should be visited before node 1 [likes, weight 5]` |
//! | `erdos` | `(0, 1)`, `(0, likes, 1, 5)` |
//! | `grapharena` | `A and B`, `A to B [likes, weight 5]` |
//! | `hops` | `A is connected with B within one hop.`, `A leads to B [likes, weight 5] within one hop.` |
//! | `adjacency-list` | `0: 1`, `0: 1 [likes, weight 5]` |
//! | `adjacency-matrix` | `0 1`, `. 5` |
//! | `edge-list` | `A B`, `A B likes 5` |
//! | `json`, `graphml`, `dot`, `gml` | as the formats have it |
//!
//! ```
//! use ssl4rl_graph::encode::{Scene, by_name, naming};
//! use ssl4rl_graph::sample::Subgraph;
//! use ssl4rl_graph::{Direction, Edge};
//!
//! let edge = |source, target| Edge { source, target, relation: 0 };
//! let subgraph = Subgraph { nodes: vec![12, 7, 30, 4], edges: vec![edge(0, 1), edge(2, 0)] };
//! let node_names = naming::letters(subgraph.len());
//! let scene = Scene {
//!     subgraph: &subgraph,
//!     direction: Direction::Undirected,
//!     node_names: &node_names,
//!     relation_names: &[],
//!     weights: None,
//! };
//! let write = |encoder| {
//!     let mut text = String::new();
//!     by_name(encoder).unwrap().encode(&scene, &mut text);
//!     text
//! };
//! assert_eq!(write("adjacency"), "Edges: (A, B) (C, A)\nIsolated: D\n");
//! assert_eq!(write("incident"), "Neighbours:\nA: B C\nB: A\nC: A\nD: none\n");
//! assert_eq!(write("named"), "A is connected to B.\nC is connected to A.\nIsolated: D\n");
//! assert_eq!(write("triples"), "(A, linked, B)\n(C, linked, A)\nIsolated: D\n");
//! ```

mod adjacency;
mod adjacency_list;
mod adjacency_matrix;
mod bars;
mod coauthorship;
mod cursor;
mod dot;
mod edge_list;
mod entities;
mod erdos;
mod expert;
mod friendship;
mod gml;
mod grapharena;
mod graphml;
mod graphqa_adjacency;
mod graphqa_incident;
mod graphqa_triples;
mod hops;
mod incident;
mod json;
mod named;
pub mod naming;
mod nlgraph;
mod parsed;
mod precedence;
mod quote;
mod sentences;
mod social_network;
mod triples;
mod tuples;
mod words;

pub use parsed::{ParseError, ParsedEdge, ParsedScene};

use super::sample::Subgraph;
use super::{Direction, Edge};
use ssl4rl_tasks::nearest;

/// Everything an encoder may show. Whoever builds it has already hidden what the question asks for.
#[derive(Debug, Clone)]
pub struct Scene<'scene> {
    /// Nodes and edges, ids permuted, edges shuffled.
    pub subgraph: &'scene Subgraph,
    /// Whether an edge reads as an arrow.
    pub direction: Direction,
    /// Name of each new id (`7`, `Ada`, `Schleswig-Holstein`), all distinct.
    pub node_names: &'scene [String],
    /// Readable names of relations, indexed by [`Edge::relation`]; empty without relations.
    pub relation_names: &'scene [String],
    /// Weight (a length, a cost, a capacity) of each of the subgraph's edges, in their order; `None` without weights.
    pub weights: Option<&'scene [u32]>,
}

impl Scene<'_> {
    /// Name of a node of the subgraph.
    fn node(&self, id: u32) -> &str {
        &self.node_names[id as usize]
    }

    /// Name of the edge's relation, `None` without relations.
    fn relation(&self, edge: &Edge) -> Option<&str> {
        self.relation_names.get(edge.relation as usize).map(String::as_str)
    }

    /// The subgraph's edges with their weights.
    pub fn edges(&self) -> impl Iterator<Item = (&Edge, Option<u32>)> {
        let weight = |position: usize| self.weights.and_then(|weights| weights.get(position).copied());
        self.subgraph.edges.iter().enumerate().map(move |(position, edge)| (edge, weight(position)))
    }

    /// Whether an edge is no more than a pair: no direction, no relation.
    fn plain(&self) -> bool {
        self.direction == Direction::Undirected && self.relation_names.is_empty()
    }

    /// Separator of names in a list: a blank, unless that would cut a name in two.
    fn separator(&self) -> &'static str {
        if self.node_names.iter().any(|name| name.contains(' ')) { ", " } else { " " }
    }

    /// Whether some edge touches each node.
    fn touched(&self) -> Vec<bool> {
        let mut touched = vec![false; self.subgraph.len()];
        for edge in &self.subgraph.edges {
            touched[edge.source as usize] = true;
            touched[edge.target as usize] = true;
        }
        touched
    }
}

/// Writes a scene as text.
pub trait Encoder: Send + Sync {
    /// Key in configurations: `incident`.
    fn name(&self) -> &'static str;
    /// Appends the text of `scene`, which ends in a line break.
    fn encode(&self, scene: &Scene<'_>, text: &mut String);
    /// Reads back a text that [`Encoder::encode`] wrote, or one like it. Never panics; linear in the length of `text`.
    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError>;
    /// What a prompt says before a text with weights, where that does not say itself which of its numbers they are.
    fn weight_legend(&self) -> Option<&'static str> {
        None
    }
}

/// The legend of texts whose edges are tuples that end in the weight.
const WEIGHT_LAST: &str = "The last number of an edge is its weight.";

/// Every encoder.
pub fn encoders() -> &'static [&'static dyn Encoder] {
    &[
        &adjacency::Adjacency,
        &incident::Incident,
        &named::Named,
        &triples::Triples,
        &bars::Bars,
        &graphqa_adjacency::GraphqaAdjacency,
        &graphqa_incident::GraphqaIncident,
        &graphqa_triples::GraphqaTriples,
        &friendship::FRIENDSHIP,
        &social_network::SOCIAL_NETWORK,
        &coauthorship::COAUTHORSHIP,
        &expert::Expert,
        &nlgraph::Nlgraph,
        &precedence::Precedence,
        &erdos::Erdos,
        &grapharena::Grapharena,
        &hops::Hops,
        &adjacency_list::AdjacencyList,
        &adjacency_matrix::AdjacencyMatrix,
        &edge_list::EdgeList,
        &json::Json,
        &graphml::Graphml,
        &dot::Dot,
        &gml::Gml,
    ]
}

/// The encoder with this name.
pub fn by_name(name: &str) -> Result<&'static dyn Encoder, UnknownEncoder> {
    let found = encoders().iter().find(|encoder| encoder.name() == name);
    found
        .copied()
        .ok_or_else(|| UnknownEncoder { name: name.into(), hint: hint(name, encoders().iter().map(|e| e.name())) })
}

/// No encoder has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown encoder `{name}`; {hint}")]
pub struct UnknownEncoder {
    /// The name asked for.
    pub name: String,
    /// The nearest name, or all of them.
    pub hint: String,
}

/// ``did you mean `incident`?``, or the list of all names where none is near.
fn hint(name: &str, known: impl Iterator<Item = &'static str> + Clone) -> String {
    match nearest(name, known.clone()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("known are {}", known.map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ")),
    }
}
