//! Scores of a pair of nodes from the graph alone, for link prediction.
//!
//! ```
//! use ssl4rl_graph::eval::baselines::links::LinkScorer;
//! use ssl4rl_graph::sample::View;
//! use ssl4rl_graph::{Direction, GraphBuilder};
//! let mut builder = GraphBuilder::new("square with a diagonal", 4, Direction::Undirected);
//! for (left, right) in [(0, 1), (1, 2), (2, 3), (3, 0), (1, 3)] {
//!     builder.edge(left, right).unwrap();
//! }
//! let graph = builder.build().unwrap();
//! let view = View::whole(&graph);
//! assert_eq!(LinkScorer::CommonNeighbours.score(&view, 0, 2), 2.0);
//! assert_eq!(LinkScorer::DegreeProduct.score(&view, 0, 1), 6.0);
//! assert_eq!(LinkScorer::AdamicAdar.score(&view, 0, 2), 2.0 / 3.0_f64.ln());
//! ```

use crate::Node;
use crate::sample::View;

/// A way to score a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkScorer {
    /// The same score for all.
    Constant,
    /// Number of common neighbours.
    CommonNeighbours,
    /// Sum over common neighbours of one over the log of their degree (Adamic and Adar 2003).
    AdamicAdar,
    /// Product of the degrees (preferential attachment).
    DegreeProduct,
    /// Cosine of the sets of features; 0 without features.
    SharedWords,
}

impl LinkScorer {
    /// Every scorer that looks at the graph alone.
    pub const STRUCTURAL: [Self; 4] = [Self::Constant, Self::CommonNeighbours, Self::AdamicAdar, Self::DegreeProduct];

    /// Name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::CommonNeighbours => "common neighbours",
            Self::AdamicAdar => "Adamic-Adar",
            Self::DegreeProduct => "product of degrees",
            Self::SharedWords => "shared words",
        }
    }

    /// The score of a pair in what `view` shows.
    pub fn score(self, view: &View<'_>, left: Node, right: Node) -> f64 {
        let neighbours = |node| view.neighbours(node).collect::<Vec<Node>>();
        let degree = |node| view.neighbours(node).count() as f64;
        let common = || {
            let others = neighbours(right);
            neighbours(left).into_iter().filter(move |node| others.binary_search(node).is_ok())
        };
        match self {
            Self::Constant => 0.0,
            Self::CommonNeighbours => common().count() as f64,
            Self::AdamicAdar => common().map(|node| 1.0 / degree(node).max(2.0).ln()).sum(),
            Self::DegreeProduct => degree(left) * degree(right),
            Self::SharedWords => {
                let Some(features) = view.graph.features() else { return 0.0 };
                let (words, others) = (features.of(left), features.of(right));
                let shared = words.iter().filter(|word| others.binary_search(word).is_ok()).count();
                shared as f64 / ((words.len() * others.len()) as f64).sqrt().max(1.0)
            }
        }
    }
}
