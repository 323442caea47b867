//! [`SmallGraph`]: counting on at most 64 nodes with one 64-bit row each; set intersection is `&`, set size is popcount.

use super::pairs;
use crate::sample::Subgraph;

/// Adjacency of at most 64 nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmallGraph {
    /// Bit `j` of row `i`: nodes `i` and `j` are adjacent. Symmetric, no bit on the diagonal.
    rows: Vec<u64>,
}

impl SmallGraph {
    /// Most nodes.
    pub const MAX_NODES: usize = 64;

    /// A graph of `node_count` nodes; loops and repetitions among `edges` count for nothing.
    pub fn new(node_count: usize, edges: impl IntoIterator<Item = (u32, u32)>) -> Result<Self, NotSmall> {
        if node_count > Self::MAX_NODES {
            return Err(NotSmall::TooManyNodes { got: node_count });
        }
        let mut rows = vec![0; node_count];
        for (left, right) in edges {
            let largest = left.max(right);
            if largest as usize >= node_count {
                return Err(NotSmall::OutOfRange { node: largest, node_count });
            }
            if left != right {
                rows[left as usize] |= 1 << right;
                rows[right as usize] |= 1 << left;
            }
        }
        Ok(Self { rows })
    }

    /// The graph of a subgraph's edges; node `i` is id `i`.
    pub fn of(subgraph: &Subgraph) -> Result<Self, NotSmall> {
        Self::new(subgraph.len(), subgraph.edges.iter().map(|edge| (edge.source, edge.target)))
    }

    /// Number of nodes.
    pub fn node_count(&self) -> usize {
        self.rows.len()
    }

    /// Number of adjacent pairs.
    pub fn edge_count(&self) -> u64 {
        self.rows.iter().map(|row| u64::from(row.count_ones())).sum::<u64>() / 2
    }

    /// Neighbours of a node as a set of bits; none outside the graph.
    pub fn neighbours(&self, node: u32) -> u64 {
        self.rows.get(node as usize).copied().unwrap_or(0)
    }

    /// Number of neighbours.
    pub fn degree(&self, node: u32) -> u64 {
        u64::from(self.neighbours(node).count_ones())
    }

    /// Steps from a node to every node, itself 0 steps away; `None` where no path leads. O(nodes).
    pub fn distances(&self, from: u32) -> Vec<Option<u32>> {
        let mut distances = vec![None; self.node_count()];
        let mut seen = 0;
        let mut ring = 1_u64.checked_shl(from).unwrap_or(0) & self.all();
        for distance in 0.. {
            if ring == 0 {
                break;
            }
            seen |= ring;
            let mut next = 0;
            for node in members(ring) {
                distances[node as usize] = Some(distance);
                next |= self.neighbours(node);
            }
            ring = next & !seen;
        }
        distances
    }

    /// Nodes at most `steps` from one of `sources`, as a set of bits; the sources are among them.
    pub fn within(&self, sources: u64, steps: u32) -> u64 {
        let mut reached = sources & self.all();
        for _ in 0..steps {
            let grown = members(reached).fold(reached, |grown, node| grown | self.neighbours(node));
            if grown == reached {
                break;
            }
            reached = grown;
        }
        reached
    }

    /// Paths of two edges.
    pub fn wedges(&self) -> u64 {
        self.nodes().map(|node| pairs(self.degree(node))).sum()
    }

    /// Sets of three mutually adjacent nodes.
    pub fn triangles(&self) -> u64 {
        self.cliques_within(self.all(), 3)
    }

    /// Triangles that contain the node.
    pub fn triangles_at(&self, node: u32) -> u64 {
        self.cliques_within(self.neighbours(node), 2)
    }

    /// Cycles of four distinct nodes, chords allowed.
    pub fn four_cycles(&self) -> u64 {
        self.nodes().map(|node| self.four_cycles_at(node)).sum::<u64>() / 4
    }

    /// 4-cycles that contain the node: two common neighbours with whichever node lies opposite.
    pub fn four_cycles_at(&self, node: u32) -> u64 {
        let common = |other| u64::from((self.neighbours(node) & self.neighbours(other)).count_ones());
        self.nodes().filter(|&other| other != node).map(|other| pairs(common(other))).sum()
    }

    /// Sets of four mutually adjacent nodes.
    pub fn four_cliques(&self) -> u64 {
        self.cliques_within(self.all(), 4)
    }

    /// 4-cliques that contain the node.
    pub fn four_cliques_at(&self, node: u32) -> u64 {
        self.cliques_within(self.neighbours(node), 3)
    }

    /// Sets of `size >= 1` mutually adjacent nodes among `candidates`. Each is found from its lowest node.
    fn cliques_within(&self, mut candidates: u64, size: u32) -> u64 {
        if size == 1 {
            return u64::from(candidates.count_ones());
        }
        let mut total = 0;
        while candidates.count_ones() >= size {
            let lowest = candidates.trailing_zeros();
            candidates &= candidates - 1;
            total += self.cliques_within(candidates & self.neighbours(lowest), size - 1);
        }
        total
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = u32> + use<> {
        0..self.node_count() as u32
    }

    /// Every node as a set of bits.
    pub(super) fn all(&self) -> u64 {
        match self.node_count() {
            Self::MAX_NODES => u64::MAX,
            count => (1 << count) - 1,
        }
    }
}

/// The nodes of a set of bits, ascending.
pub fn members(mut set: u64) -> impl Iterator<Item = u32> + Clone {
    std::iter::from_fn(move || {
        let lowest = (set != 0).then(|| set.trailing_zeros())?;
        set &= set - 1;
        Some(lowest)
    })
}

/// Why edges do not make a [`SmallGraph`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSmall {
    /// More nodes than bits in a row.
    #[error("{got} nodes: at most {max} fit; count on the whole graph instead", max = SmallGraph::MAX_NODES)]
    TooManyNodes {
        /// Number of nodes.
        got: usize,
    },
    /// An edge names a node that does not exist.
    #[error("an edge names node {node}: it must be below {node_count}")]
    OutOfRange {
        /// The node.
        node: u32,
        /// Number of nodes.
        node_count: usize,
    },
}
