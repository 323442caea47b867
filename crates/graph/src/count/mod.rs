//! Exact subgraph counting: triangles, wedges, 4-cycles, cliques and all connected patterns on up to five nodes.
//!
//! Directions, relations, self loops and parallel edges do not matter here: two nodes are adjacent or not. A pattern is
//! counted once for every set of nodes and edges that forms it, whatever further edges join its nodes (*non-induced*);
//! [`PatternCounts::induced`] gives the counts of node sets that form the pattern and nothing more.
//!
//! - [`Oriented`]: a whole graph; every edge points to the node of higher degree, which bounds the work by O(m·d) for m edges
//!   and degeneracy d
//! - [`triangles`], [`triangles_per_node`]: these alone, faster
//! - [`SmallGraph`]: at most 64 nodes, one bit row each; what a prompt shows
//! - [`node_orbits`], [`edge_orbits`], [`graphlet_totals`]: all patterns on up to five nodes of a whole graph
//! - [`GRAPHLETS`]: the connected patterns on two to five nodes, and the orbits of their nodes
//!
//! ```
//! use ssl4rl_graph::count::{Oriented, SmallGraph};
//! use ssl4rl_graph::{Direction, GraphBuilder};
//!
//! // 0 - 1
//! // | \ |      one 4-cycle, two triangles, one tail
//! // 3 - 2 - 4
//! let edges = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2), (2, 4)];
//! let mut builder = GraphBuilder::new("diamond with a tail", 5, Direction::Undirected);
//! for (left, right) in edges {
//!     builder.edge(left, right).unwrap();
//! }
//! let graph = builder.build().unwrap();
//! let oriented = Oriented::new(&graph);
//! assert_eq!((oriented.triangles(), oriented.four_cycles(), oriented.four_cliques()), (2, 1, 0));
//! assert_eq!(oriented.triangles_per_node(), [2, 1, 2, 1, 0]);
//!
//! let small = SmallGraph::new(5, edges).unwrap();
//! assert_eq!((small.triangles(), small.four_cycles_at(3), small.wedges()), (2, 1, 11));
//! ```

mod classes;
mod conversion;
mod graphlet;
mod graphlets;
mod oriented;
mod parallel;
mod patterns;
mod small;
mod small_graphlets;
mod triangles;

pub use graphlet::{GRAPHLETS, Graphlet, GraphletSize};
pub use graphlets::{CountError, GraphletTotals, MAX_TRIANGLES, Orbits, edge_orbits, graphlet_totals, node_orbits};
pub use oriented::Oriented;
pub use patterns::PatternCounts;
pub use small::{NotSmall, SmallGraph, members};
pub use triangles::{triangles, triangles_per_node};

use super::Graph;

/// Paths of two edges: the sum of `C(degree, 2)` over all nodes.
pub fn wedges(graph: &Graph) -> u64 {
    graph.neighbour_lists().lengths().map(|degree| pairs(degree.into())).sum()
}

/// `C(count, 2)`.
fn pairs(count: u64) -> u64 {
    count * count.saturating_sub(1) / 2
}
