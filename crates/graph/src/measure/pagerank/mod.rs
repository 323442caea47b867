//! PageRank: where a walker is who follows a random edge most of the time and otherwise starts anew anywhere.

mod forest;
mod undirected;

use rayon::prelude::*;

use crate::{Direction, Graph};

/// Settings of [`PageRank::of`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageRank {
    /// Probability of following an edge, from 0 up to but not including 1.
    pub damping: f64,
    /// Stop when one more step of the walk would change all ranks together by less.
    pub tolerance: f64,
    /// Stop after so many rounds at the latest.
    pub max_rounds: usize,
}

impl Default for PageRank {
    /// 0.85, 10⁻¹⁰ and 1,000.
    fn default() -> Self {
        Self { damping: 0.85, tolerance: 1e-10, max_rounds: 1000 }
    }
}

impl PageRank {
    /// The rank of every node; ranks sum to 1. Edges of a directed graph are followed forwards, parallel ones count once,
    /// and a node without a way out leads anywhere. O(n + m) a round.
    pub fn of(self, graph: &Graph) -> Vec<f64> {
        match graph.direction() {
            Direction::Undirected => undirected::ranks(self, graph),
            Direction::Directed => self.of_directed(graph),
        }
    }

    /// Walks on until ranks hardly change.
    fn of_directed(self, graph: &Graph) -> Vec<f64> {
        let node_count = graph.node_count();
        let ways = Ways::new(graph);
        let mut ranks = vec![1.0 / node_count as f64; node_count];
        for _ in 0..self.max_rounds {
            let shares: Vec<f64> = ranks.iter().zip(&ways.out_degree).map(|(rank, &out)| rank / out.max(1.0)).collect();
            let stuck: f64 =
                ranks.iter().zip(&ways.out_degree).filter(|&(_, &out)| out == 0.0).map(|(rank, _)| rank).sum();
            let anywhere = (1.0 - self.damping + self.damping * stuck) / node_count as f64;
            let next: Vec<f64> = (0..node_count)
                .into_par_iter()
                .with_min_len(1024)
                .map(|node| {
                    let arriving: f64 = ways.sources_of(node).iter().map(|&from| shares[from as usize]).sum();
                    anywhere + self.damping * arriving
                })
                .collect();
            let change: f64 = ranks.iter().zip(&next).map(|(old, new)| (old - new).abs()).sum();
            ranks = next;
            if change < self.tolerance {
                break;
            }
        }
        ranks
    }
}

/// Who leads to whom in a directed graph.
struct Ways {
    out_degree: Vec<f64>,
    /// Where the nodes that lead to each node start.
    starts: Vec<usize>,
    sources: Vec<u32>,
}

impl Ways {
    fn new(graph: &Graph) -> Self {
        let node_count = graph.node_count();
        let mut arrows: Vec<(u32, u32)> = graph
            .edges()
            .iter()
            .filter(|edge| edge.source != edge.target)
            .map(|edge| (edge.target, edge.source))
            .collect();
        arrows.sort_unstable();
        arrows.dedup();
        let (mut out_degree, mut starts) = (vec![0.0; node_count], vec![0; node_count + 1]);
        for &(target, source) in &arrows {
            out_degree[source as usize] += 1.0;
            starts[target as usize + 1] += 1;
        }
        for node in 0..node_count {
            starts[node + 1] += starts[node];
        }
        Self { out_degree, starts, sources: arrows.into_iter().map(|(_, source)| source).collect() }
    }

    /// The nodes that lead to a node.
    fn sources_of(&self, node: usize) -> &[u32] {
        &self.sources[self.starts[node]..self.starts[node + 1]]
    }
}
