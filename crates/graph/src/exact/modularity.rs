//! The partition into communities with the greatest modularity (Newman and Girvan 2004), by dynamic programming over sets.
//!
//! Modularity is counted as the integer `4 m² Q`, the sum over groups of `2m · 2e − d²`, with m edges in all, e within the
//! group, and d the sum of its nodes' degrees, so that equal partitions compare equal. Time grows as `3^n`; graphs of more
//! than [`MOST_NODES`] nodes have no answer here.
//!
//! ```
//! use ssl4rl_graph::count::SmallGraph;
//! use ssl4rl_graph::exact::modularity;
//! // two triangles and an edge between them: Q = 2 · (3/7 − (7/14)²) = 5/14
//! let edges = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)];
//! let graph = SmallGraph::new(6, edges).unwrap();
//! let best = modularity::best(&graph).unwrap();
//! assert_eq!((best.groups, best.modularity, best.count), (vec![0b000111, 0b111000], 70, 1));
//! ```

use super::{all, members};
use crate::count::SmallGraph;

/// Most nodes of a graph that is answered.
pub const MOST_NODES: usize = 12;

/// A partition with the greatest modularity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Best {
    /// Its groups, in the order of their lowest nodes.
    pub groups: Vec<u64>,
    /// `4 m² Q`.
    pub modularity: i64,
    /// How many partitions have it.
    pub count: u64,
}

/// What one group adds to `4 m² Q`.
pub fn of_group(graph: &SmallGraph, group: u64) -> i64 {
    let (mut inner, mut degrees) = (0, 0);
    for node in members(group) {
        inner += i64::from((graph.neighbours(node) & group).count_ones());
        degrees += graph.degree(node) as i64;
    }
    2 * graph.edge_count() as i64 * inner - degrees * degrees
}

/// `4 m² Q` of a partition.
pub fn of(graph: &SmallGraph, groups: &[u64]) -> i64 {
    groups.iter().map(|&group| of_group(graph, group)).sum()
}

/// The best partition; `None` without nodes or with too many.
pub fn best(graph: &SmallGraph) -> Option<Best> {
    let nodes = graph.node_count();
    if nodes == 0 || nodes > MOST_NODES {
        return None;
    }
    let own: Vec<i64> = values(graph);
    // For every set: the best partition's modularity, how many have it, and the group of the lowest node in one of them.
    let mut table = vec![(0_i64, 1_u64, 0_usize); 1 << nodes];
    for set in 1..1_usize << nodes {
        let lowest = set & set.wrapping_neg();
        let others = set ^ lowest;
        let (mut best, mut part) = ((i64::MIN, 0, 0), others);
        loop {
            let (rest, count, _) = table[others ^ part];
            let sum = own[part | lowest] + rest;
            if sum > best.0 {
                best = (sum, count, part | lowest);
            } else if sum == best.0 {
                best.1 += count;
            }
            if part == 0 {
                break;
            }
            part = (part - 1) & others;
        }
        table[set] = best;
    }
    let mut rest = all(graph) as usize;
    let (modularity, count, _) = table[rest];
    let mut groups = Vec::new();
    while rest != 0 {
        let group = table[rest].2;
        groups.push(group as u64);
        rest &= !group;
    }
    Some(Best { groups, modularity, count })
}

/// [`of_group`] of every set of nodes, each from the set without its lowest node.
fn values(graph: &SmallGraph) -> Vec<i64> {
    let twice_edges = 2 * graph.edge_count() as i64;
    let mut sums = vec![(0_i64, 0_i64); 1 << graph.node_count()];
    for set in 1..sums.len() {
        let lowest = set.trailing_zeros();
        let smaller = set & (set - 1);
        let (inner, degrees) = sums[smaller];
        let joining = i64::from((graph.neighbours(lowest) & smaller as u64).count_ones());
        sums[set] = (inner + 2 * joining, degrees + graph.degree(lowest) as i64);
    }
    sums.into_iter().map(|(inner, degrees)| twice_edges * inner - degrees * degrees).collect()
}
