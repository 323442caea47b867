//! [`PatternCounts`]: every connected pattern on three and four nodes, from local counts.
//!
//! With degrees `d`, triangles `t` at a node or an edge and T in total, the non-induced counts are sums: stars of
//! `C(d, 3)`, paths of `(d_u - 1)(d_v - 1)` over edges minus 3T, paws of `t (d - 2)` over nodes, diamonds of `C(t, 2)` over edges.
//! Only 4-cycles and 4-cliques are enumerated.

use super::{Oriented, pairs};

/// How often each pattern occurs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PatternCounts {
    /// A path of two edges.
    pub wedges: u64,
    /// Three mutually adjacent nodes.
    pub triangles: u64,
    /// A path of three edges.
    pub paths: u64,
    /// A node with three neighbours.
    pub stars: u64,
    /// A cycle of four nodes.
    pub four_cycles: u64,
    /// A triangle with a tail.
    pub paws: u64,
    /// Two triangles that share an edge.
    pub diamonds: u64,
    /// Four mutually adjacent nodes.
    pub four_cliques: u64,
}

impl PatternCounts {
    /// Non-induced counts of a whole graph. O(m·d).
    pub fn new(graph: &Oriented) -> Self {
        let mut triangles_at_node = vec![0_u64; graph.node_count()];
        let mut triangles_at_edge = vec![0_u64; graph.entry_count()];
        let mut triangles = 0;
        graph.for_each_triangle(|triangle| {
            triangles += 1;
            triangle.nodes.iter().for_each(|&node| triangles_at_node[node as usize] += 1);
            triangle.edges.iter().for_each(|&edge| triangles_at_edge[edge] += 1);
        });
        let degrees: Vec<u64> = (0..graph.node_count()).map(|node| graph.degree(node)).collect();
        let middle_edges = |node: usize| {
            let ends = graph.higher(node).iter().map(|&other| degrees[other as usize] - 1);
            (degrees[node].saturating_sub(1)) * ends.sum::<u64>()
        };
        Self {
            wedges: degrees.iter().map(|&degree| pairs(degree)).sum(),
            triangles,
            paths: (0..graph.node_count()).map(middle_edges).sum::<u64>() - 3 * triangles,
            stars: degrees.iter().map(|&degree| pairs(degree) * degree.saturating_sub(2) / 3).sum(),
            four_cycles: graph.four_cycles(),
            paws: triangles_at_node.iter().zip(&degrees).map(|(count, degree)| count * degree.saturating_sub(2)).sum(),
            diamonds: triangles_at_edge.iter().map(|&count| pairs(count)).sum(),
            four_cliques: graph.four_cliques(),
        }
    }

    /// Counts of node sets whose edges are the pattern and nothing more, from non-induced counts.
    #[must_use]
    pub fn induced(&self) -> Self {
        let four_cliques = self.four_cliques;
        let diamonds = self.diamonds - 6 * four_cliques;
        let four_cycles = self.four_cycles - diamonds - 3 * four_cliques;
        let paws = self.paws - 4 * diamonds - 12 * four_cliques;
        Self {
            wedges: self.wedges - 3 * self.triangles,
            triangles: self.triangles,
            paths: self.paths - 4 * four_cycles - 2 * paws - 6 * diamonds - 12 * four_cliques,
            stars: self.stars - paws - 2 * diamonds - 4 * four_cliques,
            four_cycles,
            paws,
            diamonds,
            four_cliques,
        }
    }
}
