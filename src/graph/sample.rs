//! Small subgraphs cut out of a large graph: ego-nets and random walks.
//!
//! A [`Subgraph`] has its own dense ids in random order, so that no id tells anything about the original graph.

use petgraph::graph::UnGraph;

use super::{Edge, Graph, Node};

/// A small induced subgraph with permuted ids `0..len`.
#[derive(Debug, Clone)]
pub struct Subgraph {
    /// Original node of each new id.
    pub nodes: Vec<Node>,
    /// Edges between new ids, in random order; undirected edges with random endpoint order.
    pub edges: Vec<Edge>,
}

impl Subgraph {
    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The new id of an original node.
    pub fn id_of(&self, node: Node) -> Option<u32> {
        self.nodes.iter().position(|&other| other == node).map(|id| id as u32)
    }

    /// The subgraph as a petgraph, for classical algorithms; node indices are the new ids.
    pub fn to_petgraph(&self) -> UnGraph<(), ()> {
        let mut graph = UnGraph::with_capacity(self.len(), self.edges.len());
        let indices: Vec<_> = self.nodes.iter().map(|_| graph.add_node(())).collect();
        for edge in &self.edges {
            graph.update_edge(indices[edge.source as usize], indices[edge.target as usize], ());
        }
        graph
    }
}

/// Which edges a sampler may walk along and show: everything but one hidden pair, in both directions and every relation.
#[derive(Debug, Clone, Copy)]
pub struct View<'graph> {
    /// The whole graph.
    pub graph: &'graph Graph,
    /// Pair whose edges are hidden as if they did not exist.
    pub hidden: Option<(Node, Node)>,
}
