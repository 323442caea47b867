//! Scores of a pair of nodes from the graph alone, for link prediction.
//!
//! ```
//! use ssl4rl_graph::eval::baselines::links::{LinkScorer, Links};
//! use ssl4rl_graph::sample::View;
//! use ssl4rl_graph::{Direction, GraphBuilder};
//! let mut builder = GraphBuilder::new("square with a diagonal", 4, Direction::Undirected);
//! for (left, right) in [(0, 1), (1, 2), (2, 3), (3, 0), (1, 3)] {
//!     builder.edge(left, right).unwrap();
//! }
//! let graph = builder.build().unwrap();
//! let links = Links::of(View::whole(&graph));
//! assert_eq!(links.score(LinkScorer::CommonNeighbours, 0, 2), 2.0);
//! assert_eq!(links.score(LinkScorer::DegreeProduct, 0, 1), 6.0);
//! assert_eq!(links.score(LinkScorer::AdamicAdar, 0, 2), 2.0 / 3.0_f64.ln());
//! ```

use rayon::prelude::*;

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
}

/// What a view shows, and how many neighbours of every node.
pub struct Links<'graph> {
    view: View<'graph>,
    degrees: Vec<f64>,
}

impl<'graph> Links<'graph> {
    /// The links that `view` shows. O(edges).
    pub fn of(view: View<'graph>) -> Self {
        let degree = |node: Node| view.neighbours(node).count() as f64;
        Self { degrees: (0..view.graph.node_count() as Node).into_par_iter().map(degree).collect(), view }
    }

    /// The score of a pair. O(d log D), of the smaller and the larger degree.
    pub fn score(&self, scorer: LinkScorer, left: Node, right: Node) -> f64 {
        let degree = |node: Node| self.degrees[node as usize];
        let (few, many) = if degree(left) <= degree(right) { (left, right) } else { (right, left) };
        let common = || self.view.neighbours(few).filter(|&node| self.view.joins(many, node));
        match scorer {
            LinkScorer::Constant => 0.0,
            LinkScorer::CommonNeighbours => common().count() as f64,
            LinkScorer::AdamicAdar => common().map(|node| 1.0 / degree(node).max(2.0).ln()).sum(),
            LinkScorer::DegreeProduct => degree(left) * degree(right),
            LinkScorer::SharedWords => {
                let Some(features) = self.view.graph.features() else { return 0.0 };
                let (words, others) = (features.of(left), features.of(right));
                let shared = words.iter().filter(|word| others.binary_search(word).is_ok()).count();
                shared as f64 / ((words.len() * others.len()) as f64).sqrt().max(1.0)
            }
        }
    }
}
