//! As many paths as possible that share no edge, and as few edges as possible that part two nodes: the same number
//! (Menger 1927), by augmenting paths (Ford and Fulkerson 1956).
//!
//! ```
//! use ssl4rl_graph::count::SmallGraph;
//! use ssl4rl_graph::exact::flow;
//! // two ways from 0 to 3, then one edge to 4
//! let graph = SmallGraph::new(5, [(0, 1), (1, 3), (0, 2), (2, 3), (3, 4)]).unwrap();
//! assert_eq!(flow::edge_disjoint_paths(&graph, 0, 3).len(), 2);
//! assert_eq!(flow::smallest_cut(&graph, 0, 4), [(3, 4)]);
//! ```

use super::{all, edges, members};
use crate::count::SmallGraph;

/// Paths between two different nodes that share no edge, as many as possible; each visits a node once.
pub fn edge_disjoint_paths(graph: &SmallGraph, from: u32, to: u32) -> Vec<Vec<u32>> {
    let mut flow = Flow::largest(graph, from, to);
    std::iter::from_fn(|| flow.take_path(from, to)).collect()
}

/// Edges without which no path joins two different nodes, as few as possible, the smaller node first, ascending.
pub fn smallest_cut(graph: &SmallGraph, from: u32, to: u32) -> Vec<(u32, u32)> {
    let flow = Flow::largest(graph, from, to);
    let near = flow.residual(from);
    edges(graph).filter(|&(left, right)| (near >> left ^ near >> right) & 1 == 1).collect()
}

struct Flow<'graph> {
    graph: &'graph SmallGraph,
    /// Bit `j` of row `i`: a unit flows from `i` to `j`.
    used: Vec<u64>,
}

impl<'graph> Flow<'graph> {
    fn largest(graph: &'graph SmallGraph, from: u32, to: u32) -> Self {
        let mut flow = Self { graph, used: vec![0; graph.node_count()] };
        let inside = |node: u32| (node as usize) < graph.node_count();
        if from != to && inside(from) && inside(to) {
            while flow.augment(from, to) {}
        }
        flow
    }

    /// Nodes that one more unit could reach.
    fn residual(&self, from: u32) -> u64 {
        let mut found = 1_u64.checked_shl(from).unwrap_or(0) & all(self.graph);
        loop {
            let more = members(found).fold(found, |set, node| set | self.open(node));
            if more == found {
                return found;
            }
            found = more;
        }
    }

    /// Nodes that a unit can go to from `node`.
    fn open(&self, node: u32) -> u64 {
        self.graph.neighbours(node) & !self.used[node as usize]
    }

    /// Sends one more unit along a shortest way, if there is one.
    fn augment(&mut self, from: u32, to: u32) -> bool {
        let mut came_from = vec![None; self.graph.node_count()];
        let mut seen = 1_u64 << from;
        let mut ring = vec![from];
        while !ring.is_empty() && seen >> to & 1 == 0 {
            let mut next = Vec::new();
            for node in ring {
                for other in members(self.open(node) & !seen) {
                    seen |= 1 << other;
                    came_from[other as usize] = Some(node);
                    next.push(other);
                }
            }
            ring = next;
        }
        if seen >> to & 1 == 0 {
            return false;
        }
        let mut here = to;
        while let Some(before) = came_from[here as usize] {
            self.push(before, here);
            here = before;
        }
        true
    }

    /// Sends a unit along an edge, against what flows back.
    fn push(&mut self, from: u32, to: u32) {
        if self.used[to as usize] >> from & 1 == 1 {
            self.used[to as usize] &= !(1 << from);
        } else {
            self.used[from as usize] |= 1 << to;
        }
    }

    /// Takes a path off the flow, loops left out.
    fn take_path(&mut self, from: u32, to: u32) -> Option<Vec<u32>> {
        let mut path = vec![from];
        while *path.last()? != to {
            let here = *path.last()?;
            let next = members(*self.used.get(here as usize)?).next()?;
            self.used[here as usize] &= !(1 << next);
            if let Some(before) = path.iter().position(|&node| node == next) {
                path.truncate(before);
            }
            path.push(next);
        }
        (path.len() > 1).then_some(path)
    }
}
