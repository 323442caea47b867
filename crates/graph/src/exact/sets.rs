//! Largest independent sets and cliques, smallest vertex covers and dominating sets, by branch and bound.
//!
//! ```
//! use ssl4rl_graph::count::SmallGraph;
//! use ssl4rl_graph::exact::sets;
//! // a star of four and a triangle
//! let edges = [(0, 1), (0, 2), (0, 3), (4, 5), (5, 6), (6, 4)];
//! let graph = SmallGraph::new(7, edges).unwrap();
//! assert_eq!(sets::largest_independent(&graph).count_ones(), 4);
//! assert_eq!(sets::smallest_cover(&graph).count_ones(), 3);
//! assert_eq!(sets::largest_clique(&graph), 0b111_0000);
//! assert_eq!(sets::smallest_dominating(&graph).count_ones(), 2);
//! ```

use super::{all, members};
use crate::count::SmallGraph;

/// A largest set of nodes no two of which are adjacent.
pub fn largest_independent(graph: &SmallGraph) -> u64 {
    let rows: Vec<u64> = members(all(graph)).map(|node| graph.neighbours(node)).collect();
    independent(&rows)
}

/// A largest set of mutually adjacent nodes.
pub fn largest_clique(graph: &SmallGraph) -> u64 {
    let apart = |node: u32| all(graph) & !graph.neighbours(node) & !(1 << node);
    let rows: Vec<u64> = members(all(graph)).map(apart).collect();
    independent(&rows)
}

/// A smallest set of nodes that touches every edge.
pub fn smallest_cover(graph: &SmallGraph) -> u64 {
    all(graph) & !largest_independent(graph)
}

/// A smallest set of nodes such that every other node is adjacent to one of it.
pub fn smallest_dominating(graph: &SmallGraph) -> u64 {
    let closed: Vec<u64> = members(all(graph)).map(|node| graph.neighbours(node) | 1 << node).collect();
    let mut search = Domination { closed: &closed, best: all(graph) };
    search.branch(0, all(graph));
    search.best
}

fn independent(rows: &[u64]) -> u64 {
    let mut search = Independence { rows, best: 0 };
    search.branch(0, super::first(rows.len()));
    search.best
}

struct Independence<'rows> {
    rows: &'rows [u64],
    best: u64,
}

impl Independence<'_> {
    /// Extends `chosen` by nodes of `free`, none of which is adjacent to it.
    fn branch(&mut self, mut chosen: u64, mut free: u64) {
        loop {
            if chosen.count_ones() + free.count_ones() <= self.best.count_ones() {
                return;
            }
            let degree = |node: u32| (self.rows[node as usize] & free).count_ones();
            // A node with at most one free neighbour is in some largest set.
            let Some(easy) = members(free).find(|&node| degree(node) <= 1) else {
                let Some(node) = members(free).max_by_key(|&node| degree(node)) else { break };
                self.branch(chosen | 1 << node, free & !self.rows[node as usize] & !(1 << node));
                free &= !(1 << node);
                continue;
            };
            chosen |= 1 << easy;
            free &= !self.rows[easy as usize] & !(1 << easy);
        }
        if chosen.count_ones() > self.best.count_ones() {
            self.best = chosen;
        }
    }
}

struct Domination<'rows> {
    /// Each node and its neighbours.
    closed: &'rows [u64],
    best: u64,
}

impl Domination<'_> {
    /// Extends `chosen`, which leaves the nodes of `open` without a neighbour in it.
    fn branch(&mut self, chosen: u64, open: u64) {
        if open == 0 {
            if chosen.count_ones() < self.best.count_ones() {
                self.best = chosen;
            }
            return;
        }
        let gain = |node: u32| (self.closed[node as usize] & open).count_ones();
        let most = (0..self.closed.len() as u32).map(gain).max().unwrap_or(0).max(1);
        if chosen.count_ones() + open.count_ones().div_ceil(most) >= self.best.count_ones() {
            return;
        }
        // Someone must take care of the node that fewest can take care of.
        let Some(node) = members(open).min_by_key(|&node| self.closed[node as usize].count_ones()) else { return };
        let mut keepers: Vec<u32> = members(self.closed[node as usize]).collect();
        keepers.sort_by_key(|&keeper| std::cmp::Reverse(gain(keeper)));
        for keeper in keepers {
            self.branch(chosen | 1 << keeper, open & !self.closed[keeper as usize]);
        }
    }
}
