//! Cycles, and what shows that there are none: a two-colouring for odd cycles, an order of taking apart for all.
//!
//! ```
//! use ssl4rl_graph::count::SmallGraph;
//! use ssl4rl_graph::exact::cycles;
//! // a square with a tail
//! let square = SmallGraph::new(5, [(0, 1), (1, 2), (2, 3), (3, 0), (3, 4)]).unwrap();
//! assert_eq!(cycles::cycle(&square).map(|cycle| cycle.len()), Some(4));
//! assert_eq!((cycles::odd_cycle(&square), cycles::two_colouring(&square)), (None, Some(0b10101)));
//! assert_eq!(cycles::elimination_order(&square), None);
//! ```

use super::connect::components;
use super::{all, members};
use crate::count::SmallGraph;

/// A cycle as the nodes along it, each once, if there is one.
pub fn cycle(graph: &SmallGraph) -> Option<Vec<u32>> {
    closed_by(graph, false)
}

/// A cycle of odd length, if there is one.
pub fn odd_cycle(graph: &SmallGraph) -> Option<Vec<u32>> {
    closed_by(graph, true)
}

/// One side of a split of the nodes that every edge crosses, if there is one: that of each component's lowest node.
pub fn two_colouring(graph: &SmallGraph) -> Option<u64> {
    if odd_cycle(graph).is_some() {
        return None;
    }
    Some(components(graph).into_iter().fold(0, |side, component| {
        let depths = graph.distances(component.trailing_zeros());
        side | members(component)
            .filter(|&node| depths[node as usize].is_some_and(|depth| depth % 2 == 0))
            .fold(0, |side, node| side | 1_u64 << node)
    }))
}

/// An order of all nodes in which each has at most one neighbour that comes later. Only forests have one.
pub fn elimination_order(graph: &SmallGraph) -> Option<Vec<u32>> {
    let mut rest = all(graph);
    let mut order = Vec::with_capacity(graph.node_count());
    while rest != 0 {
        let node = members(rest).find(|&node| (graph.neighbours(node) & rest).count_ones() <= 1)?;
        rest &= !(1 << node);
        order.push(node);
    }
    Some(order)
}

/// Most nodes for which rows are counted; memory and time grow with two to their power.
pub const MOST_COUNTED: usize = 12;

/// Number of rows of distinct nodes, by their length, in which each leads to the next and the last to the first; `leads` gives
/// the nodes that one leads to. `None` with more than [`MOST_COUNTED`] nodes.
///
/// ```
/// use ssl4rl_graph::exact::cycles::closed_rows;
/// // A triangle: from each of its three nodes, both ways round.
/// let triangle = [0b110, 0b101, 0b011];
/// assert_eq!(closed_rows(3, |node| triangle[node as usize]).unwrap()[3], 6.0);
/// ```
pub fn closed_rows(nodes: usize, leads: impl Fn(u32) -> u64) -> Option<Vec<f64>> {
    if nodes > MOST_COUNTED {
        return None;
    }
    let mut rows = vec![0.0; nodes + 1];
    // Paths through a set from its lowest node to each other, at set * nodes + end.
    let mut paths = vec![0.0_f64; nodes << nodes];
    for start in 0..nodes {
        paths[(nodes << start) + start] = 1.0;
    }
    for set in 1..1_u64 << nodes {
        let (lowest, length) = (set.trailing_zeros(), set.count_ones() as usize);
        for end in members(set) {
            let count = paths[set as usize * nodes + end as usize];
            if count > 0.0 {
                let targets = leads(end) & super::first(nodes);
                rows[length] += length as f64 * count * (targets >> lowest & 1) as f64;
                for next in members(targets & !set & !super::first(lowest as usize)) {
                    paths[(set | 1 << next) as usize * nodes + next as usize] += count;
                }
            }
        }
    }
    Some(rows)
}

/// The cycle that some edge closes in a breadth-first tree, between nodes of equal depth parity if `odd`.
fn closed_by(graph: &SmallGraph, odd: bool) -> Option<Vec<u32>> {
    let mut parents = vec![None; graph.node_count()];
    for component in components(graph) {
        let root = component.trailing_zeros();
        let depths = graph.distances(root);
        for node in members(component & !(1 << root)) {
            let above = |other: &u32| depths[*other as usize].map(|depth| depth + 1) == depths[node as usize];
            parents[node as usize] = members(graph.neighbours(node)).find(above);
        }
        for node in members(component) {
            let closing = members(graph.neighbours(node)).find(|&other| {
                let (here, there) = (depths[node as usize], depths[other as usize]);
                let in_tree = parents[node as usize] == Some(other) || parents[other as usize] == Some(node);
                !in_tree && (!odd || here == there)
            });
            if let Some(other) = closing {
                return Some(joined(&parents, node, other));
            }
        }
    }
    None
}

/// The way through the tree from one node to the other.
fn joined(parents: &[Option<u32>], from: u32, to: u32) -> Vec<u32> {
    let way_up = |mut node: u32| {
        let mut way = vec![node];
        while let Some(parent) = parents[node as usize] {
            way.push(parent);
            node = parent;
        }
        way
    };
    let (mut left, mut right) = (way_up(from), way_up(to));
    let mut meeting = None;
    while let (Some(&one), Some(&other)) = (left.last(), right.last())
        && one == other
    {
        meeting = Some(one);
        left.pop();
        right.pop();
    }
    left.extend(meeting);
    left.extend(right.into_iter().rev());
    left
}
