//! Paths and closed walks through all nodes, by dynamic programming over sets of nodes (Held and Karp 1962).
//!
//! Memory and time grow as `2^n n`; graphs of more than [`MOST_NODES`] nodes have no answer here.
//!
//! ```
//! use ssl4rl_graph::count::SmallGraph;
//! use ssl4rl_graph::exact::routes;
//! // 0 - 1 - 2 - 3, and 4 at 1: no path visits all, a closed walk there and back has eight steps
//! let tree = SmallGraph::new(5, [(0, 1), (1, 2), (2, 3), (1, 4)]).unwrap();
//! assert_eq!(routes::hamiltonian_path(&tree), None);
//! assert_eq!(routes::closed_walk(&tree, |_, _| 1).map(|walk| walk.len()), Some(9));
//! ```

use super::{first, members};
use crate::count::SmallGraph;

/// Most nodes of a graph that is answered.
pub const MOST_NODES: usize = 16;
/// Longer than any way.
const FAR: u32 = u32::MAX / 64;

/// A path that visits every node once.
pub fn hamiltonian_path(graph: &SmallGraph) -> Option<Vec<u32>> {
    let nodes = graph.node_count();
    if nodes == 0 || nodes > MOST_NODES {
        return None;
    }
    // Last nodes of the paths that visit exactly the nodes of a set.
    let mut ends = vec![0_u64; 1 << nodes];
    (0..nodes).for_each(|node| ends[1 << node] = 1 << node);
    for set in 1..1_u64 << nodes {
        for end in members(ends[set as usize]) {
            for next in members(graph.neighbours(end) & !set) {
                ends[(set | 1 << next) as usize] |= 1 << next;
            }
        }
    }
    let mut set = first(nodes);
    let mut path = vec![members(ends[set as usize]).next()?];
    while path.len() < nodes {
        let last = *path.last()?;
        set &= !(1 << last);
        path.push(members(ends[set as usize] & graph.neighbours(last)).next()?);
    }
    Some(path)
}

/// A closed walk along edges that visits every node, of the least sum of lengths, its first node again at the end; `None`
/// where the graph is not connected, has no edge, or is too large.
pub fn closed_walk(graph: &SmallGraph, length: impl Fn(u32, u32) -> u32) -> Option<Vec<u32>> {
    let nodes = graph.node_count();
    if !(2..=MOST_NODES).contains(&nodes) {
        return None;
    }
    let (ways, next) = shortest_ways(graph, length);
    if ways.iter().flatten().any(|&way| way == FAR) {
        return None;
    }
    let order = tour(&ways)?;
    let mut walk = vec![order[0]];
    for (at, &from) in order.iter().enumerate() {
        let (to, mut here) = (order[(at + 1) % nodes], from);
        while here != to {
            here = next[here as usize][to as usize];
            walk.push(here);
        }
    }
    Some(walk)
}

/// Length of the shortest way between any two nodes and the first step on it (Floyd 1962, Warshall 1962), `[nodes, nodes]`.
fn shortest_ways(graph: &SmallGraph, length: impl Fn(u32, u32) -> u32) -> (Vec<Vec<u32>>, Vec<Vec<u32>>) {
    let nodes = graph.node_count();
    let mut ways = vec![vec![FAR; nodes]; nodes];
    let mut next: Vec<Vec<u32>> = vec![(0..nodes as u32).collect(); nodes];
    for (from, row) in ways.iter_mut().enumerate() {
        row[from] = 0;
        for to in members(graph.neighbours(from as u32)) {
            // At least 1, so that no way is as short as staying.
            row[to as usize] = length(from as u32, to).clamp(1, FAR / 64);
        }
    }
    for by in 0..nodes {
        let from_by = ways[by].clone();
        for (row, steps) in ways.iter_mut().zip(&mut next) {
            let (to_by, first) = (row[by], steps[by]);
            for ((way, step), &rest) in row.iter_mut().zip(steps).zip(&from_by) {
                if to_by.saturating_add(rest) < *way {
                    *way = to_by.saturating_add(rest);
                    *step = first;
                }
            }
        }
    }
    (ways, next)
}

/// The order of visits of a shortest round trip from node 0, given the length of every step, `[nodes, nodes]`; at most
/// [`MOST_NODES`] nodes.
pub fn tour(steps: &[Vec<u32>]) -> Option<Vec<u32>> {
    let nodes = steps.len();
    if !(2..=MOST_NODES).contains(&nodes) || steps.iter().any(|row| row.len() != nodes) {
        return None;
    }
    let others = nodes - 1;
    // Shortest way from node 0 through a set of the others (bit i is node i + 1) to one of them.
    let mut shortest = vec![u32::MAX; others << others];
    (0..others).for_each(|end| shortest[(1 << end) * others + end] = steps[0][end + 1]);
    for set in 1..1_usize << others {
        for end in (0..others).filter(|end| set >> end & 1 == 1) {
            let so_far = shortest[set * others + end];
            for next in (0..others).filter(|next| set >> next & 1 == 0) {
                let longer = &mut shortest[(set | 1 << next) * others + next];
                *longer = (*longer).min(so_far.saturating_add(steps[end + 1][next + 1]));
            }
        }
    }
    let mut set = (1 << others) - 1;
    let mut next = 0;
    let mut order = Vec::with_capacity(nodes);
    while set != 0 {
        let length = |end: &usize| shortest[set * others + end].saturating_add(steps[end + 1][next]);
        let end = (0..others).filter(|end| set >> end & 1 == 1).min_by_key(length)?;
        order.push(end as u32 + 1);
        set &= !(1 << end);
        next = end + 1;
    }
    order.push(0);
    order.reverse();
    Some(order)
}
