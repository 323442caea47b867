//! [`Arcs`]: a directed graph of at most 64 nodes, and whether it can be put in order.
//!
//! ```
//! use ssl4rl_graph::exact::arcs::Arcs;
//! assert_eq!(Arcs::new(3, [(2, 0), (0, 1)]).unwrap().topological_order(), Some(vec![2, 0, 1]));
//! let ring = Arcs::new(3, [(0, 1), (1, 2), (2, 0)]).unwrap();
//! assert_eq!((ring.topological_order(), ring.cycle()), (None, Some(vec![0, 1, 2])));
//! ```

use super::{first, members};

/// Rows of targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arcs {
    out: Vec<u64>,
}

impl Arcs {
    /// Arcs from the first to the second node of each pair; `None` with more than 64 nodes or a node out of range.
    pub fn new(node_count: usize, arcs: impl IntoIterator<Item = (u32, u32)>) -> Option<Self> {
        if node_count > 64 {
            return None;
        }
        let mut out = vec![0_u64; node_count];
        for (source, target) in arcs {
            if target as usize >= node_count {
                return None;
            }
            *out.get_mut(source as usize)? |= 1 << target;
        }
        Some(Self { out })
    }

    /// Number of nodes.
    pub fn node_count(&self) -> usize {
        self.out.len()
    }

    /// Targets of a node; none outside the graph.
    pub fn targets(&self, node: u32) -> u64 {
        self.out.get(node as usize).copied().unwrap_or(0)
    }

    /// Whether an arc leads from one node to the other.
    pub fn leads(&self, from: u32, to: u32) -> bool {
        self.targets(from).checked_shr(to).is_some_and(|bits| bits & 1 == 1)
    }

    /// An order in which every arc leads forwards, the lowest possible node first; `None` where there is a directed cycle.
    pub fn topological_order(&self) -> Option<Vec<u32>> {
        let (order, rest) = self.peeled();
        (rest == 0).then_some(order)
    }

    /// The nodes along a directed cycle, if there is one.
    pub fn cycle(&self) -> Option<Vec<u32>> {
        let (_, rest) = self.peeled();
        // Every node of the rest has a source in the rest: walk against the arcs until a node returns.
        let source_of = |node: u32| members(rest).find(|&source| self.leads(source, node));
        let mut walk = vec![members(rest).next()?];
        loop {
            let source = source_of(*walk.last()?)?;
            if let Some(start) = walk.iter().position(|&node| node == source) {
                let mut cycle = walk.split_off(start);
                cycle.reverse();
                let lowest = cycle.iter().enumerate().min_by_key(|(_, node)| **node).map_or(0, |(at, _)| at);
                cycle.rotate_left(lowest);
                return Some(cycle);
            }
            walk.push(source);
        }
    }

    /// Nodes taken one by one that no arc from the rest leads to, and the rest.
    fn peeled(&self) -> (Vec<u32>, u64) {
        let mut rest = first(self.node_count());
        let mut order = Vec::with_capacity(self.node_count());
        loop {
            let pointed_at = members(rest).fold(0, |set, node| set | self.targets(node));
            let Some(node) = members(rest & !pointed_at).next() else { return (order, rest) };
            rest &= !(1 << node);
            order.push(node);
        }
    }
}
