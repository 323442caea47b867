//! Exact answers to hard and easy questions about graphs of at most 60 nodes: what tasks grade against.
//!
//! Graphs are [`SmallGraph`]s, sets of nodes are 64-bit sets, and searches are exponential in the
//! worst case, quick at a prompt's size. Nothing panics, whatever the graph.
//!
//! - [`connect`]: components, paths, spanning forests, articulation nodes and bridges
//! - [`cycles`]: a cycle, an odd cycle, a two-colouring, an order that takes a forest apart
//! - [`arcs`]: directed graphs: a topological order or a directed cycle
//! - [`trail`]: a walk along every edge once
//! - [`sets`]: largest cliques and independent sets, smallest vertex covers and dominating sets
//! - [`colouring`]: fewest colours
//! - [`routes`]: Hamiltonian paths and shortest closed walks
//! - [`flow`]: edge-disjoint paths, smallest edge cuts
//! - [`matching`]: largest matchings
//! - [`modularity`]: the best partition into communities
//! - [`symmetry`]: ways to lay a graph on itself
//! - [`centrality`], [`cores`]: how central a node is, and in how dense a part
//!
//! ```
//! use ssl4rl_graph::count::SmallGraph;
//! use ssl4rl_graph::exact::{colouring, members, sets};
//! let pentagon = SmallGraph::new(5, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)]).unwrap();
//! assert_eq!(members(sets::largest_independent(&pentagon)).count(), 2);
//! assert_eq!(colouring::fewest(&pentagon).iter().max(), Some(&2)); // colours 0, 1, 2
//! ```

pub mod arcs;
pub mod centrality;
pub mod colouring;
pub mod connect;
pub mod cores;
pub mod cycles;
pub mod flow;
pub mod matching;
pub mod modularity;
pub mod routes;
pub mod sets;
pub mod symmetry;
pub mod trail;

pub use super::count::members;

use super::count::SmallGraph;

/// The set of these nodes; `None` where one repeats or is 64 or more.
pub fn set_of(nodes: &[u32]) -> Option<u64> {
    nodes.iter().try_fold(0_u64, |set, &node| {
        let bit = 1_u64.checked_shl(node)?;
        (set & bit == 0).then_some(set | bit)
    })
}

/// All nodes of a graph.
pub fn all(graph: &SmallGraph) -> u64 {
    first(graph.node_count())
}

/// The first `count` nodes.
pub fn first(count: usize) -> u64 {
    1_u64.checked_shl(count as u32).map_or(u64::MAX, |bit| bit - 1)
}

/// Whether two nodes are adjacent.
pub fn adjacent(graph: &SmallGraph, left: u32, right: u32) -> bool {
    graph.neighbours(left).checked_shr(right).is_some_and(|bits| bits & 1 == 1)
}

/// Every adjacent pair, the smaller node first, ascending.
pub fn edges(graph: &SmallGraph) -> impl Iterator<Item = (u32, u32)> + '_ {
    members(all(graph)).flat_map(|left| {
        members(graph.neighbours(left)).filter(move |&right| left < right).map(move |right| (left, right))
    })
}

/// Calls `visit` with every order of the items. O(items!).
pub fn for_each_order<Item>(items: &mut [Item], visit: &mut impl FnMut(&[Item])) {
    for_each_order_from(items, 0, visit);
}

/// Every order of the items from `fixed` on; they stand as before when it returns.
fn for_each_order_from<Item>(items: &mut [Item], fixed: usize, visit: &mut impl FnMut(&[Item])) {
    if fixed >= items.len() {
        visit(items);
        return;
    }
    for at in fixed..items.len() {
        items.swap(fixed, at);
        for_each_order_from(items, fixed + 1, visit);
        items.swap(fixed, at);
    }
}

/// Nodes adjacent to some node of `set`.
pub fn around(graph: &SmallGraph, set: u64) -> u64 {
    members(set).fold(0, |found, node| found | graph.neighbours(node))
}
