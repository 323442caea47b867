//! Measures of whole graphs: what is connected to what and how firmly, how central nodes are, which of them belong together.
//!
//! Everything but [`strong_components`] and [`PageRank`] ignores directions; relations, parallel edges and self loops count for
//! nothing. All results are exact or computed to rounding, and the same for any number of threads.
//!
//! | question | answer | work |
//! |---|---|---|
//! | which parts are there? | [`components`], [`strong_components`] | O(n + m) |
//! | what do they fall apart at? | [`cuts`]: bridges and articulation points | O(n + m) |
//! | how dense is it around a node? | [`core_numbers`], [`k_core`], [`local_clustering`] | O(n + m), O(m·degeneracy) |
//! | how dense is it on the whole? | [`average_clustering`], [`transitivity`], [`degree_assortativity`] | the same |
//! | how far is it? | [`eccentricities`], [`diameters`], [`closeness`], [`reach`] | O(n·m), 64 sources at once |
//! | who is in the middle? | [`betweenness`], [`PageRank`] | O(n·m), O(m) a round |
//! | who belongs together? | [`label_propagation`], [`louvain`]; [`Partition::modularity`] | O(m) a round |
//!
//! ```
//! use ssl4rl_graph::{Direction, GraphBuilder, measure};
//!
//! // A triangle with a tail: 0 - 1 - 2 - 0, 2 - 3 - 4
//! let mut builder = GraphBuilder::new("triangle with a tail", 5, Direction::Undirected);
//! for (left, right) in [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4)] {
//!     builder.edge(left, right).unwrap();
//! }
//! let graph = builder.build().unwrap();
//! assert_eq!(measure::core_numbers(&graph), [2, 2, 2, 1, 1]);
//! assert_eq!(measure::cuts(&graph).bridges, [(2, 3), (3, 4)]);
//! assert_eq!(measure::cuts(&graph).articulation_points, [2, 3]);
//! assert_eq!(measure::eccentricities(&graph), [3, 3, 2, 2, 3]);
//! assert_eq!(measure::betweenness(&graph), [0.0, 0.0, 4.0, 3.0, 0.0]);
//! ```

mod assortativity;
mod betweenness;
mod clustering;
mod communities;
mod components;
mod cores;
mod cuts;
mod distances;
mod pagerank;
mod partition;

pub use assortativity::degree_assortativity;
pub use betweenness::betweenness;
pub use clustering::{average_clustering, local_clustering, transitivity};
pub use communities::{label_propagation, louvain};
pub use components::{components, strong_components};
pub use cores::{core_numbers, k_core};
pub use cuts::{Cuts, cuts};
pub use distances::{Reach, closeness, diameters, eccentricities, reach};
pub use pagerank::PageRank;
pub use partition::Partition;
