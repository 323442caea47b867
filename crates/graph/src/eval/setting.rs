//! What of the test data a training run may see.
//!
//! In the transductive setting pretext tasks see the whole graph, test nodes with their attributes and edges included, but
//! never a label, a held-out edge or a test triple. In the inductive setting the test nodes of the public split, and the
//! edges that link prediction tests, are not in the graph at all.
//!
//! ```
//! use ssl4rl_graph::eval::setting::Setting;
//! use ssl4rl_graph::{Direction, GraphBuilder, NodeSplit};
//! let mut builder = GraphBuilder::new("path", 3, Direction::Undirected);
//! builder.edge(0, 1).unwrap();
//! builder.edge(1, 2).unwrap();
//! builder.split(NodeSplit { train: vec![0], validation: vec![], test: vec![2] }).unwrap();
//! let graph = builder.build().unwrap();
//! let seen = Setting::Inductive.training_graph(graph).unwrap();
//! assert_eq!((seen.node_count(), seen.split().unwrap().test.len()), (2, 0));
//! ```

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::sample::owns_pair;
use crate::{Csr, Edge, Features, Graph, GraphBuilder, GraphError, HeldOutTriples, Labels, Node, NodeSplit};
use ssl4rl_tasks::Split;

/// Whether test nodes and test edges are in the graph that training sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// Test nodes are there, without labels; test edges are hidden from every prompt.
    #[default]
    Transductive,
    /// Test nodes and test edges are removed.
    Inductive,
}

impl Setting {
    /// What settings files call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transductive => "transductive",
            Self::Inductive => "inductive",
        }
    }

    /// The graph that training sees.
    pub fn training_graph(self, graph: Graph) -> Result<Graph, GraphError> {
        match self {
            Self::Transductive => Ok(graph),
            Self::Inductive => without_test_data(&graph),
        }
    }
}

/// The graph without the public split's test nodes and, in a graph without relations, without held-out edges. Nodes are
/// numbered anew, in their order.
fn without_test_data(graph: &Graph) -> Result<Graph, GraphError> {
    let test: BTreeSet<Node> = graph.split().iter().flat_map(|split| &split.test).copied().collect();
    let kept: Vec<Node> = (0..graph.node_count() as Node).filter(|node| !test.contains(node)).collect();
    let new = |node: Node| kept.binary_search(&node).ok().map(|place| place as Node);
    let mut builder = GraphBuilder::new(graph.name(), kept.len(), graph.direction());
    if graph.has_relations() {
        builder.relations(graph.relation_names().to_vec());
    }
    for (position, edge) in graph.edges().iter().enumerate() {
        let tested = !graph.has_relations() && owns_pair(Split::HeldOut, edge.source, edge.target);
        if let (Some(source), Some(target), false) = (new(edge.source), new(edge.target), tested) {
            match graph.weights() {
                Some(weights) => builder.weighted(source, edge.relation, target, weights[position])?,
                None => builder.triple(source, edge.relation, target)?,
            }
        }
    }
    let chosen = |values: &[String]| kept.iter().map(|&node| values[node as usize].clone()).collect::<Vec<String>>();
    if let Some(names) = graph.node_names() {
        builder.node_names(chosen(names))?;
    }
    if let Some(texts) = graph.node_texts() {
        builder.node_texts(chosen(texts))?;
    }
    if let Some(features) = graph.features() {
        builder.features(rows(features, &kept))?;
    }
    if let Some(labels) = graph.labels() {
        let of_node = kept.iter().map(|&node| labels.of_node[node as usize]).collect();
        builder.labels(Labels { classes: labels.classes.clone(), of_node })?;
    }
    if let Some(split) = graph.split() {
        let renamed = |nodes: &[Node]| nodes.iter().filter_map(|&node| new(node)).collect();
        let (train, validation) = (renamed(&split.train), renamed(&split.validation));
        builder.split(NodeSplit { train, validation, test: Vec::new() })?;
    }
    let renamed = |edges: &[Edge]| {
        edges
            .iter()
            .filter_map(|edge| {
                let (source, target) = (new(edge.source)?, new(edge.target)?);
                Some(Edge { source, target, relation: edge.relation })
            })
            .collect()
    };
    if let Some(members) = graph.members().filter(|_| kept.len() == graph.node_count()) {
        builder.members(members.clone())?;
    }
    let held_out = graph.held_out();
    builder.held_out(HeldOutTriples { validation: renamed(&held_out.validation), test: renamed(&held_out.test) })?;
    builder.build()
}

fn rows(features: &Features, kept: &[Node]) -> Features {
    let (mut starts, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
    for &node in kept {
        if let Some(row) = features.matrix.outer_view(node as usize) {
            indices.extend_from_slice(row.indices());
            values.extend_from_slice(row.data());
        }
        starts.push(indices.len());
    }
    let matrix = Csr::new((kept.len(), features.matrix.cols()), starts, indices, values);
    let known = kept.iter().map(|&node| features.known[node as usize]).collect();
    Features { matrix, names: features.names.clone(), known }
}
