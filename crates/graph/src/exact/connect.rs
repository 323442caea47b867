//! What hangs together: components, shortest paths, spanning forests, and what would fall apart.
//!
//! ```
//! use ssl4rl_graph::count::SmallGraph;
//! use ssl4rl_graph::exact::connect;
//! // 0 - 1 - 2   3 - 4
//! let graph = SmallGraph::new(5, [(0, 1), (1, 2), (3, 4)]).unwrap();
//! assert_eq!(connect::components(&graph), [0b00111, 0b11000]);
//! assert_eq!(connect::shortest_path(&graph, 0, 2), Some(vec![0, 1, 2]));
//! assert_eq!(connect::shortest_path(&graph, 0, 3), None);
//! assert_eq!(connect::articulation_nodes(&graph), 0b00010);
//! ```

use super::{all, around, edges, members};
use crate::count::SmallGraph;

/// Nodes of `within` that can be reached from `from` through `within`; `from` is one of them if it is in `within`.
pub fn reached(graph: &SmallGraph, from: u64, within: u64) -> u64 {
    let mut found = from & within;
    loop {
        let more = found | around(graph, found) & within;
        if more == found {
            return found;
        }
        found = more;
    }
}

/// The connected components, in the order of their lowest nodes.
pub fn components(graph: &SmallGraph) -> Vec<u64> {
    components_within(graph, all(graph))
}

/// The components of what `within` leaves of the graph.
pub fn components_within(graph: &SmallGraph, within: u64) -> Vec<u64> {
    let mut rest = within;
    let mut found = Vec::new();
    while rest != 0 {
        let component = reached(graph, rest & rest.wrapping_neg(), within);
        rest &= !component;
        found.push(component);
    }
    found
}

/// A shortest path between two nodes, both ends included.
pub fn shortest_path(graph: &SmallGraph, from: u32, to: u32) -> Option<Vec<u32>> {
    let distances = graph.distances(from);
    let mut steps = (*distances.get(to as usize)?)?;
    let mut path = vec![to];
    let mut here = to;
    while steps > 0 {
        steps -= 1;
        here = members(graph.neighbours(here)).find(|&other| distances[other as usize] == Some(steps))?;
        path.push(here);
    }
    path.reverse();
    Some(path)
}

/// Which part of a growing forest each node lies in.
///
/// ```
/// use ssl4rl_graph::exact::connect::Parts;
/// let mut parts = Parts::apart(3);
/// assert!(parts.join(0, 1) && parts.join(1, 2));
/// assert!(!parts.join(0, 2)); // the edge would close a cycle
/// ```
#[derive(Debug, Clone)]
pub struct Parts {
    of_node: Vec<u32>,
}

impl Parts {
    /// Every node a part of its own.
    pub fn apart(nodes: usize) -> Self {
        Self { of_node: (0..nodes as u32).collect() }
    }

    /// Makes the parts of two nodes one; whether they were two. O(nodes).
    pub fn join(&mut self, left: u32, right: u32) -> bool {
        let (one, other) = (self.of_node[left as usize], self.of_node[right as usize]);
        for part in self.of_node.iter_mut().filter(|part| **part == other) {
            *part = one;
        }
        one != other
    }
}

/// Edges that join every component with one edge less than it has nodes.
pub fn spanning_forest(graph: &SmallGraph) -> Vec<(u32, u32)> {
    let (mut seen, mut forest) = (0_u64, Vec::new());
    for root in members(all(graph)) {
        let mut waiting = if seen >> root & 1 == 0 { vec![root] } else { Vec::new() };
        seen |= 1 << root;
        while let Some(node) = waiting.pop() {
            for other in members(graph.neighbours(node) & !seen) {
                seen |= 1 << other;
                forest.push((node, other));
                waiting.push(other);
            }
        }
    }
    forest
}

/// Nodes without which the graph has more components.
pub fn articulation_nodes(graph: &SmallGraph) -> u64 {
    let whole = all(graph);
    // Around a node that is no articulation node, what is left of its component still hangs together.
    members(whole)
        .filter(|&node| {
            let others = graph.neighbours(node);
            others & !reached(graph, others & others.wrapping_neg(), whole & !(1 << node)) != 0
        })
        .fold(0, |set, node| set | 1 << node)
}

/// Edges without which the graph has more components, the smaller node first, ascending.
pub fn bridges(graph: &SmallGraph) -> Vec<(u32, u32)> {
    edges(graph).filter(|&(left, right)| is_bridge(graph, left, right)).collect()
}

/// Whether the only way between two adjacent nodes is their edge.
fn is_bridge(graph: &SmallGraph, left: u32, right: u32) -> bool {
    let whole = all(graph);
    let others = graph.neighbours(left) & !(1 << right);
    // A way back to `left` that leaves it by another edge need not come through `left` again.
    reached(graph, others, whole & !(1 << left)) >> right & 1 == 0
}
