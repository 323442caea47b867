//! Core numbers: the largest k such that the node lies in a part where every node has k neighbours (Seidman 1983).
//!
//! ```
//! use ssl4rl_graph::count::SmallGraph;
//! use ssl4rl_graph::exact::cores;
//! // a triangle with a tail
//! let graph = SmallGraph::new(4, [(0, 1), (1, 2), (2, 0), (2, 3)]).unwrap();
//! assert_eq!(cores::numbers(&graph), [2, 2, 2, 1]);
//! ```

use super::{all, members};
use crate::count::SmallGraph;

/// The core number of each node.
pub fn numbers(graph: &SmallGraph) -> Vec<u32> {
    let mut numbers = vec![0; graph.node_count()];
    let (mut rest, mut level) = (all(graph), 0);
    let degree = |node: u32, rest: u64| (graph.neighbours(node) & rest).count_ones();
    while let Some(node) = members(rest).min_by_key(|&node| degree(node, rest)) {
        level = level.max(degree(node, rest));
        numbers[node as usize] = level;
        rest &= !(1 << node);
    }
    numbers
}
