//! Graphs: one immutable CSR structure for citation networks and knowledge graphs, and everything made from it.
//!
//! - [`Graph`]: edges, neighbours and incidences in CSR, weights, sparse features, names, texts, labels, held-out triples
//! - [`Members`]: several graphs as one [`Graph`], their disjoint union; how a task gets at one whole graph
//! - [`sample`]: ego-nets and random walks, as small [`Subgraph`](sample::Subgraph)s
//! - [`count`]: exact triangles, 4-cycles, cliques and all graphlets of up to five nodes
//! - [`measure`]: components, cores, distances, centralities, communities
//! - [`exact`]: exact answers on small graphs: cycles, cuts, sets, routes, orders
//! - [`encode`]: ways to write a subgraph as text
//! - [`generate`]: synthetic graphs
//! - [`eval`]: downstream benchmarks, never trained on, and their baselines
//! - [`question`]: what questions about graphs are made of
//! - [`tasks`]: the pretext tasks, one file each

mod builder;
pub mod count;
pub mod encode;
pub mod eval;
pub mod exact;
pub mod generate;
pub mod measure;
mod members;
mod memory;
mod neighbours;
mod pages;
pub mod question;
pub mod sample;
mod support;
pub mod tasks;
mod threads;

pub use builder::{GraphBuilder, GraphError};
pub use members::{MemberLabels, MemberSplit, Members};

use neighbours::{NeighbourLists, Neighbours};
use pages::Array;

use std::slice;
use std::sync::OnceLock;

use bytemuck::{Pod, Zeroable};
use sprs::CsMatI;

/// A node's position, `0..node_count`.
pub type Node = u32;
/// A relation's position in [`Graph::relation_names`].
pub type Relation = u32;
/// Sparse structure: rows are nodes, 32-bit columns, native row pointers.
pub type Csr<Value> = CsMatI<Value, u32, usize>;
/// One edge or triple. In an undirected graph `source < target`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(C)]
pub struct Edge {
    /// Tail of the arrow; the head entity of a triple.
    pub source: Node,
    /// Tip of the arrow; the tail entity of a triple.
    pub target: Node,
    /// 0 in a graph without relations.
    pub relation: Relation,
}

/// Whether edges have a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `u - v`
    Undirected,
    /// `u -> v`
    Directed,
}

/// Sparse node features, `[nodes, features]`.
#[derive(Debug, Clone)]
pub struct Features {
    /// Row per node.
    pub matrix: Csr<f32>,
    /// Name per column, where the data has names.
    pub names: Option<Vec<String>>,
    /// Whether the node's row is known; an unknown row is empty, which is not the same as having no feature.
    pub known: Vec<bool>,
}

impl Features {
    /// Columns of a node's non-zero features, ascending.
    pub fn of(&self, node: Node) -> &[u32] {
        row(&self.matrix, node)
    }

    /// The column's name, or `w12` for column 12 of nameless features.
    pub fn name(&self, column: u32) -> String {
        match &self.names {
            Some(names) => names[column as usize].clone(),
            None => format!("w{column}"),
        }
    }
}

/// Node classes, used by downstream evaluation only, never by a pretext task.
#[derive(Debug, Clone)]
pub struct Labels {
    /// Class names.
    pub classes: Vec<String>,
    /// Class of each node, where known.
    pub of_node: Vec<Option<u32>>,
}

/// The public node split of a benchmark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSplit {
    /// Labelled training nodes.
    pub train: Vec<Node>,
    /// Validation nodes.
    pub validation: Vec<Node>,
    /// Test nodes.
    pub test: Vec<Node>,
}

/// Triples of a knowledge graph's benchmark splits. They are no edges of the graph and appear in no prompt's context.
#[derive(Debug, Clone, Default)]
pub struct HeldOutTriples {
    /// Validation triples, ascending.
    pub validation: Vec<Edge>,
    /// Test triples, ascending.
    pub test: Vec<Edge>,
}

/// What a reader saw on the way to the simple structure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Edge records in the files, before anything was dropped.
    pub edge_records: usize,
    /// Records that repeat an edge (in an undirected graph also in the other direction).
    pub duplicates: usize,
    /// Records that join a node to itself; dropped from simple graphs.
    pub self_loops: usize,
    /// Records that name an unknown node; dropped where the format is known to hold them.
    pub dangling: usize,
    /// Repetitions of an edge with another weight than the first record gives it; the first is kept.
    pub conflicting_weights: usize,
    /// What else the files hold and the graph does not, in words for the user.
    pub ignored: Vec<String>,
}

/// An immutable graph. Built by [`GraphBuilder`].
#[derive(Debug, Clone)]
pub struct Graph {
    name: String,
    direction: Direction,
    edges: Array<Edge>,
    weights: Option<Vec<f32>>,
    neighbours: Neighbours,
    incidence: Csr<u8>,
    relation_names: Vec<String>,
    node_names: Option<Vec<String>>,
    node_texts: Option<Vec<String>>,
    features: Option<Features>,
    labels: Option<Labels>,
    split: Option<NodeSplit>,
    held_out: HeldOutTriples,
    members: Option<Members>,
    provenance: Provenance,
    support: OnceLock<support::Support>,
}

impl Graph {
    /// Name for humans and logs, `cora`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of nodes.
    pub fn node_count(&self) -> usize {
        self.neighbours.node_count()
    }

    /// Whether edges have a direction.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Whether edges carry named relations: a knowledge graph.
    pub fn has_relations(&self) -> bool {
        !self.relation_names.is_empty()
    }

    /// Distinct edges, sorted.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// Weight of each edge of [`Graph::edges`], where the data has weights: finite, and exact where it is whole and below 2^24.
    pub fn weights(&self) -> Option<&[f32]> {
        self.weights.as_deref()
    }

    /// A node's distinct neighbours in either direction, itself left out, ascending.
    pub fn neighbours(&self, node: Node) -> &[Node] {
        self.neighbours.of(node)
    }

    /// Asks memory where a node's neighbours lie, and how many they are.
    pub(crate) fn ask_for_place(&self, node: Node) {
        memory::ask_for(slice::from_ref(&self.neighbour_lists().starts[node as usize]));
    }

    /// Asks memory for a node's neighbours: at hubs for the first and the last.
    pub(crate) fn ask_for_neighbours(&self, node: Node) {
        const MOST: usize = 64;
        let neighbours = self.neighbours(node);
        memory::ask_for(&neighbours[..neighbours.len().min(MOST)]);
        memory::ask_for(neighbours.last().map_or(&[], slice::from_ref));
    }

    /// Asks memory for the neighbours of nodes that it may not have been asked for yet.
    pub(crate) fn ask_for_neighbours_of(&self, nodes: &[Node]) {
        for &node in nodes {
            self.ask_for_place(node);
        }
        for &node in nodes {
            self.ask_for_neighbours(node);
        }
    }

    /// Number of distinct neighbours.
    pub fn degree(&self, node: Node) -> usize {
        self.neighbours(node).len()
    }

    /// Whether an edge joins the two in either direction. O(log degree), of the smaller degree.
    pub fn adjacent(&self, left: Node, right: Node) -> bool {
        let (of_left, of_right) = (self.neighbours(left), self.neighbours(right));
        let found =
            if of_left.len() <= of_right.len() { of_left.binary_search(&right) } else { of_right.binary_search(&left) };
        found.is_ok()
    }

    /// The neighbours of all nodes.
    pub(crate) fn neighbour_lists(&self) -> NeighbourLists<'_> {
        self.neighbours.lists()
    }

    /// Positions in [`Graph::edges`] of the edges whose ends have `least` common neighbours or more, up to five. Found once a graph.
    pub(crate) fn supported_edges(&self, least: usize) -> &[u32] {
        self.support.get_or_init(|| support::Support::of(self)).at_least(least)
    }

    /// Degree of every node.
    pub(crate) fn degrees(&self) -> Vec<u32> {
        self.neighbour_lists().lengths().collect()
    }

    /// Positions in [`Graph::edges`] of the edges that touch the node, ascending.
    pub fn incident_edges(&self, node: Node) -> &[u32] {
        row(&self.incidence, node)
    }

    /// Relation names; empty in a graph without relations.
    pub fn relation_names(&self) -> &[String] {
        &self.relation_names
    }

    /// Node names, where the data has them.
    pub fn node_names(&self) -> Option<&[String]> {
        self.node_names.as_deref()
    }

    /// Node texts (title and abstract, gloss), where the data has them.
    pub fn node_texts(&self) -> Option<&[String]> {
        self.node_texts.as_deref()
    }

    /// Node features, where the data has them.
    pub fn features(&self) -> Option<&Features> {
        self.features.as_ref()
    }

    /// Node classes, for downstream evaluation only.
    pub fn labels(&self) -> Option<&Labels> {
        self.labels.as_ref()
    }

    /// The benchmark's public node split.
    pub fn split(&self) -> Option<&NodeSplit> {
        self.split.as_ref()
    }

    /// Validation and test triples, which are not among [`Graph::edges`].
    pub fn held_out(&self) -> &HeldOutTriples {
        &self.held_out
    }

    /// What the reader saw.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }
}

/// Column indices of one row. `node` must be below the number of rows.
fn row<Value>(matrix: &Csr<Value>, node: Node) -> &[u32] {
    let range = matrix.indptr().outer_inds_sz(node as usize);
    &matrix.indices()[range]
}
