//! Walks along every edge exactly once.
//!
//! ```
//! use ssl4rl_graph::count::SmallGraph;
//! use ssl4rl_graph::exact::trail;
//! let bow_tie = SmallGraph::new(5, [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 2)]).unwrap();
//! assert_eq!((trail::odd_nodes(&bow_tie), trail::euler(&bow_tie).map(|walk| walk.len())), (0, Some(7)));
//! let star = SmallGraph::new(4, [(0, 1), (0, 2), (0, 3)]).unwrap();
//! assert_eq!((trail::odd_nodes(&star), trail::euler(&star)), (0b1111, None));
//! ```

use super::connect::reached;
use super::{all, members};
use crate::count::SmallGraph;

/// Nodes with an odd number of neighbours.
pub fn odd_nodes(graph: &SmallGraph) -> u64 {
    members(all(graph)).filter(|&node| graph.degree(node) % 2 == 1).fold(0, |set, node| set | 1 << node)
}

/// Whether all edges lie in one component.
pub fn edges_hang_together(graph: &SmallGraph) -> bool {
    let ends = members(all(graph)).filter(|&node| graph.degree(node) > 0).fold(0_u64, |set, node| set | 1 << node);
    ends & !reached(graph, ends & ends.wrapping_neg(), all(graph)) == 0
}

/// The nodes along a walk that uses every edge once (Hierholzer 1873); `None` where there is none, or no edge.
pub fn euler(graph: &SmallGraph) -> Option<Vec<u32>> {
    let odd = odd_nodes(graph);
    if odd.count_ones() > 2 || graph.edge_count() == 0 || !edges_hang_together(graph) {
        return None;
    }
    let mut unused: Vec<u64> = members(all(graph)).map(|node| graph.neighbours(node)).collect();
    let start = members(odd).next().or_else(|| members(all(graph)).find(|&node| graph.degree(node) > 0))?;
    let (mut walk, mut trail) = (vec![start], Vec::new());
    while let Some(&here) = walk.last() {
        if let Some(next) = members(unused[here as usize]).next() {
            unused[here as usize] &= !(1 << next);
            unused[next as usize] &= !(1 << here);
            walk.push(next);
        } else {
            trail.extend(walk.pop());
        }
    }
    Some(trail)
}
