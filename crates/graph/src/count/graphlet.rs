//! The 30 connected graphs on two to five nodes and the roles that their nodes play: 73 *orbits*.
//!
//! Two nodes of a graphlet have the same orbit where a symmetry exchanges them: the ends of a path share one, its middle has
//! another. Numbers are those of Pržulj (Bioinformatics 2007), which ORCA and most of the literature use.
//!
//! ```
//! use ssl4rl_graph::count::{GRAPHLETS, GraphletSize};
//!
//! let paw = &GRAPHLETS[6];
//! assert_eq!((paw.name, paw.node_count(), paw.edges.len()), ("paw", 4, 4));
//! assert_eq!(paw.orbits, [9, 10, 10, 11]); // the tail, two nodes of the triangle, and the one that holds the tail
//! assert_eq!(GraphletSize::Four.graphlets().len(), 6);
//! assert_eq!(GraphletSize::Five.orbit_count(), 73);
//! ```

use std::ops::Range;

/// A connected graph on two to five nodes.
#[derive(Debug, PartialEq, Eq)]
pub struct Graphlet {
    /// Position in [`GRAPHLETS`].
    pub number: usize,
    /// A short name: `paw`.
    pub name: &'static str,
    /// Orbit of each node, ascending.
    pub orbits: &'static [usize],
    /// Edges between nodes `0..node_count`.
    pub edges: &'static [(usize, usize)],
}

impl Graphlet {
    /// Number of nodes.
    pub fn node_count(&self) -> usize {
        self.orbits.len()
    }

    /// Its orbits, which no other graphlet has.
    pub fn orbit_range(&self) -> Range<usize> {
        self.orbits[0]..self.orbits[self.node_count() - 1] + 1
    }
}

/// Number of nodes that graphlets have, or may have at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GraphletSize {
    /// Three nodes: wedge and triangle.
    Three,
    /// Four nodes: six graphlets.
    Four,
    /// Five nodes: 21 graphlets.
    Five,
}

impl GraphletSize {
    /// Three, four and five.
    pub const ALL: [Self; 3] = [Self::Three, Self::Four, Self::Five];

    /// The size with this many nodes.
    pub fn of_nodes(node_count: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.nodes() == node_count)
    }

    /// Number of nodes: 3, 4 or 5.
    pub fn nodes(self) -> usize {
        match self {
            Self::Three => 3,
            Self::Four => 4,
            Self::Five => 5,
        }
    }

    /// The graphlets of exactly this size: 2, 6 or 21.
    pub fn graphlets(self) -> &'static [Graphlet] {
        &GRAPHLETS[self.numbers()]
    }

    /// Orbits of graphlets of up to this size: 4, 15 or 73.
    pub fn orbit_count(self) -> usize {
        GRAPHLETS[self.numbers().end - 1].orbit_range().end
    }

    /// Positions in [`GRAPHLETS`] of the graphlets of exactly this size.
    pub(super) fn numbers(self) -> Range<usize> {
        match self {
            Self::Three => 1..3,
            Self::Four => 3..9,
            Self::Five => 9..30,
        }
    }
}

/// Every graphlet, by number.
pub static GRAPHLETS: [Graphlet; 30] = [
    graphlet(0, "edge", &[0, 0], &[(0, 1)]),
    graphlet(1, "wedge", &[1, 1, 2], &[(0, 2), (1, 2)]),
    graphlet(2, "triangle", &[3, 3, 3], &[(0, 1), (0, 2), (1, 2)]),
    graphlet(3, "4-path", &[4, 4, 5, 5], &[(0, 3), (1, 2), (2, 3)]),
    graphlet(4, "3-star", &[6, 6, 6, 7], &[(0, 3), (1, 3), (2, 3)]),
    graphlet(5, "4-cycle", &[8, 8, 8, 8], &[(0, 1), (0, 3), (1, 2), (2, 3)]),
    graphlet(6, "paw", &[9, 10, 10, 11], &[(0, 3), (1, 2), (1, 3), (2, 3)]),
    graphlet(7, "diamond", &[12, 12, 13, 13], &[(0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]),
    graphlet(8, "4-clique", &[14, 14, 14, 14], &[(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]),
    graphlet(9, "5-path", &[15, 15, 16, 16, 17], &[(0, 3), (1, 2), (2, 4), (3, 4)]),
    graphlet(10, "fork", &[18, 19, 19, 20, 21], &[(0, 3), (1, 4), (2, 4), (3, 4)]),
    graphlet(11, "4-star", &[22, 22, 22, 22, 23], &[(0, 4), (1, 4), (2, 4), (3, 4)]),
    graphlet(12, "bull", &[24, 24, 25, 26, 26], &[(0, 4), (1, 3), (2, 3), (2, 4), (3, 4)]),
    graphlet(13, "lollipop", &[27, 28, 29, 29, 30], &[(0, 1), (1, 4), (2, 3), (2, 4), (3, 4)]),
    graphlet(14, "cricket", &[31, 31, 32, 32, 33], &[(0, 4), (1, 4), (2, 3), (2, 4), (3, 4)]),
    graphlet(15, "5-cycle", &[34, 34, 34, 34, 34], &[(0, 1), (0, 4), (1, 2), (2, 3), (3, 4)]),
    graphlet(16, "banner", &[35, 36, 37, 37, 38], &[(0, 4), (1, 2), (1, 3), (2, 4), (3, 4)]),
    graphlet(17, "dart", &[39, 40, 40, 41, 42], &[(0, 4), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)]),
    graphlet(18, "butterfly", &[43, 43, 43, 43, 44], &[(0, 1), (0, 4), (1, 4), (2, 3), (2, 4), (3, 4)]),
    graphlet(19, "kite", &[45, 46, 47, 48, 48], &[(0, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)]),
    graphlet(20, "K2,3", &[49, 49, 49, 50, 50], &[(0, 3), (0, 4), (1, 3), (1, 4), (2, 3), (2, 4)]),
    graphlet(21, "house", &[51, 51, 52, 53, 53], &[(0, 1), (0, 3), (1, 4), (2, 3), (2, 4), (3, 4)]),
    graphlet(22, "book", &[54, 54, 54, 55, 55], &[(0, 3), (0, 4), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)]),
    graphlet(
        23,
        "4-clique with a tail",
        &[56, 57, 57, 57, 58],
        &[(0, 4), (1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)],
    ),
    graphlet(24, "gem", &[59, 59, 60, 60, 61], &[(0, 3), (0, 4), (1, 2), (1, 4), (2, 3), (2, 4), (3, 4)]),
    graphlet(25, "clipped wheel", &[62, 63, 63, 64, 64], &[(0, 1), (0, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)]),
    graphlet(
        26,
        "4-clique with an ear",
        &[65, 66, 66, 67, 67],
        &[(0, 3), (0, 4), (1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)],
    ),
    graphlet(27, "wheel", &[68, 68, 68, 68, 69], &[(0, 1), (0, 3), (0, 4), (1, 2), (1, 4), (2, 3), (2, 4), (3, 4)]),
    graphlet(
        28,
        "5-clique less an edge",
        &[70, 70, 71, 71, 71],
        &[(0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)],
    ),
    graphlet(
        29,
        "5-clique",
        &[72, 72, 72, 72, 72],
        &[(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)],
    ),
];

const fn graphlet(
    number: usize,
    name: &'static str,
    orbits: &'static [usize],
    edges: &'static [(usize, usize)],
) -> Graphlet {
    Graphlet { number, name, orbits, edges }
}
