//! Largest matchings: as many edges as possible of which no two share a node (Gabow 1976, by petgraph).
//!
//! ```
//! use ssl4rl_graph::count::SmallGraph;
//! use ssl4rl_graph::exact::matching;
//! let path = SmallGraph::new(4, [(0, 1), (1, 2), (2, 3)]).unwrap();
//! assert_eq!(matching::largest(&path), [(0, 1), (2, 3)]);
//! ```

use petgraph::algo::maximum_matching;
use petgraph::graph::UnGraph;

use super::edges;
use crate::count::SmallGraph;

/// The edges of a largest matching, the smaller node first, ascending.
pub fn largest(graph: &SmallGraph) -> Vec<(u32, u32)> {
    let mut copy = UnGraph::<(), ()>::with_capacity(graph.node_count(), graph.edge_count() as usize);
    let indices: Vec<_> = (0..graph.node_count()).map(|_| copy.add_node(())).collect();
    for (left, right) in edges(graph) {
        copy.add_edge(indices[left as usize], indices[right as usize], ());
    }
    let mut pairs: Vec<(u32, u32)> = maximum_matching(&copy)
        .edges()
        .map(|(one, other)| (one.index() as u32, other.index() as u32))
        .map(|(one, other)| (one.min(other), one.max(other)))
        .collect();
    pairs.sort_unstable();
    pairs
}
