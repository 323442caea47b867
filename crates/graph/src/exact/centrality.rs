//! How central each node is, by six measures.
//!
//! | measure | of node v |
//! |---|---|
//! | degree | number of neighbours |
//! | closeness | nodes reached over the sum of their distances, 0 where none is reached |
//! | betweenness | over all pairs of other nodes, the share of their shortest paths that pass through v (Brandes 2001) |
//! | PageRank | share of time of a walk that follows a random edge with probability 0.85, else jumps (Page et al. 1999) |
//! | Katz | walks that end in v, one of length l counted `0.1^l` times |
//! | eigenvector | the neighbours' values together, over the largest eigenvalue |
//!
//! ```
//! use ssl4rl_graph::count::SmallGraph;
//! use ssl4rl_graph::exact::centrality::Measure;
//! let path = SmallGraph::new(3, [(0, 1), (1, 2)]).unwrap();
//! assert_eq!(Measure::Betweenness.of(&path), [0.0, 1.0, 0.0]);
//! assert_eq!(Measure::Closeness.of(&path), [2.0 / 3.0, 1.0, 2.0 / 3.0]);
//! ```

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{all, members};
use crate::count::SmallGraph;

/// Probability that the random walk follows an edge.
const DAMPING: f64 = 0.85;
/// Factor of Katz centrality a step; small enough for any graph of at most 10 neighbours a node.
const KATZ: f64 = 0.1;
/// Steps of an iteration, enough for nine digits at a prompt's size.
const STEPS: usize = 200;
/// Change below which an iteration has ended.
const STILL: f64 = 1e-13;

/// A way to say how central a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Number of neighbours.
    Degree,
    /// Inverse mean distance.
    Closeness,
    /// Share of shortest paths.
    Betweenness,
    /// Share of a random walk's time.
    PageRank,
    /// Attenuated number of walks.
    Katz,
    /// The leading eigenvector.
    Eigenvector,
}

impl Measure {
    /// The centrality of each node.
    pub fn of(self, graph: &SmallGraph) -> Vec<f64> {
        let nodes = graph.node_count();
        match self {
            Self::Degree => members(all(graph)).map(|node| graph.degree(node) as f64).collect(),
            Self::Closeness => members(all(graph)).map(|node| closeness(graph, node)).collect(),
            Self::Betweenness => betweenness(graph),
            Self::PageRank => iterated(vec![1.0 / nodes.max(1) as f64; nodes], |ranks| page_rank_step(graph, ranks)),
            Self::Katz => iterated(vec![1.0; nodes], |values| {
                let around = sums(graph, values);
                around.into_iter().map(|sum| 1.0 + KATZ * sum).collect()
            }),
            Self::Eigenvector => iterated(vec![1.0; nodes], |values| {
                // One more than the adjacency matrix: the same eigenvectors, and no swinging on bipartite graphs.
                let mut next: Vec<f64> =
                    sums(graph, values).into_iter().zip(values).map(|(sum, own)| sum + own).collect();
                let largest = next.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
                for value in &mut next {
                    *value /= largest;
                }
                next
            }),
        }
    }
}

fn closeness(graph: &SmallGraph, node: u32) -> f64 {
    let reached: Vec<u32> = graph.distances(node).into_iter().flatten().filter(|&steps| steps > 0).collect();
    let total: u32 = reached.iter().sum();
    if total == 0 { 0.0 } else { reached.len() as f64 / f64::from(total) }
}

/// Brandes' accumulation from every node; each pair is met from both ends.
fn betweenness(graph: &SmallGraph) -> Vec<f64> {
    let mut total = vec![0.0; graph.node_count()];
    for source in members(all(graph)) {
        let depths = graph.distances(source);
        let mut order: Vec<u32> = members(all(graph)).filter(|&node| depths[node as usize].is_some()).collect();
        order.sort_by_key(|&node| depths[node as usize]);
        let nearer = |node: u32| {
            let depths = &depths;
            members(graph.neighbours(node)).filter(move |&other| depths[other as usize] < depths[node as usize])
        };
        let mut paths = vec![0.0_f64; graph.node_count()];
        paths[source as usize] = 1.0;
        for &node in order.iter().skip(1) {
            paths[node as usize] = nearer(node).map(|other| paths[other as usize]).sum();
        }
        let mut share = vec![0.0_f64; graph.node_count()];
        for &node in order.iter().skip(1).rev() {
            for other in nearer(node) {
                share[other as usize] += paths[other as usize] / paths[node as usize] * (1.0 + share[node as usize]);
            }
            total[node as usize] += share[node as usize] / 2.0;
        }
    }
    total
}

fn page_rank_step(graph: &SmallGraph, ranks: &[f64]) -> Vec<f64> {
    let nodes = ranks.len() as f64;
    let idle: f64 = members(all(graph)).filter(|&node| graph.degree(node) == 0).map(|node| ranks[node as usize]).sum();
    members(all(graph))
        .map(|node| {
            let received: f64 =
                members(graph.neighbours(node)).map(|other| ranks[other as usize] / graph.degree(other) as f64).sum();
            (1.0 - DAMPING) / nodes + DAMPING * (received + idle / nodes)
        })
        .collect()
}

/// The sum of the neighbours' values of each node.
fn sums(graph: &SmallGraph, values: &[f64]) -> Vec<f64> {
    members(all(graph)).map(|node| members(graph.neighbours(node)).map(|other| values[other as usize]).sum()).collect()
}

fn iterated(mut values: Vec<f64>, step: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
    for _ in 0..STEPS {
        let next = step(&values);
        let change: f64 = next.iter().zip(&values).map(|(new, old)| (new - old).abs()).sum();
        values = next;
        if change < STILL {
            break;
        }
    }
    values
}
