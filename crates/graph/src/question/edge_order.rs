//! In which order a text lists the edges of a small graph.
//!
//! Every order but `random` follows an order of the nodes: each node's edges that are not listed yet come in turn. It
//! depends on nothing but the graph that is shown and random draws, so that no order says anything about what is hidden.
//! Models read ordered lists better than random ones (arXiv 2402.07140).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::sample::Subgraph;
use crate::{Direction, Edge};
use ssl4rl_tasks::TaskRng;

/// Order of the edges in a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeOrder {
    /// As the subgraph has them: shuffled.
    #[default]
    Random,
    /// Breadth first from a random node, component by component.
    Bfs,
    /// Depth first from a random node, component by component.
    Dfs,
    /// From the nodes of most neighbours to those of fewest, equal ones in random order.
    Degree,
    /// From the nodes of highest `PageRank` to those of lowest, equal ones in random order.
    Pagerank,
    /// By the ids of both ends, the smaller first where edges have no direction.
    Sorted,
}

impl EdgeOrder {
    /// Positions of the subgraph's edges in this order; `None` where the order is the subgraph's own, for which nothing
    /// is drawn.
    pub fn positions(self, subgraph: &Subgraph, direction: Direction, rng: &mut TaskRng) -> Option<Vec<usize>> {
        let nodes = match self {
            Self::Random => return None,
            Self::Sorted => return Some(sorted(&subgraph.edges, direction)),
            Self::Bfs => traversal(subgraph, true, rng),
            Self::Dfs => traversal(subgraph, false, rng),
            Self::Degree => by_score(&degrees(subgraph), rng),
            Self::Pagerank => by_score(&page_ranks(subgraph, direction), rng),
        };
        Some(edges_along(&nodes, subgraph))
    }
}

fn sorted(edges: &[Edge], direction: Direction) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..edges.len()).collect();
    positions.sort_by_key(|&position| oriented(edges[position], direction));
    positions
}

/// The edge with its smaller end first, where it has no direction.
pub(super) fn oriented(edge: Edge, direction: Direction) -> Edge {
    if direction == Direction::Undirected && edge.target < edge.source {
        return Edge { source: edge.target, target: edge.source, ..edge };
    }
    edge
}

/// Positions of the edges at each node, in the subgraph's order.
fn incidences(subgraph: &Subgraph) -> Vec<Vec<usize>> {
    let mut at = vec![Vec::new(); subgraph.len()];
    for (position, edge) in subgraph.edges.iter().enumerate() {
        at[edge.source as usize].push(position);
        if edge.source != edge.target {
            at[edge.target as usize].push(position);
        }
    }
    at
}

/// Each node's edges in turn, every edge once.
fn edges_along(nodes: &[usize], subgraph: &Subgraph) -> Vec<usize> {
    let at = incidences(subgraph);
    let mut listed = vec![false; subgraph.edges.len()];
    let edges = nodes.iter().flat_map(|&node| &at[node]).copied();
    edges.filter(|&position| !std::mem::replace(&mut listed[position], true)).collect()
}

/// Nodes in the order in which they are taken from a queue, or from a stack.
fn traversal(subgraph: &Subgraph, queue: bool, rng: &mut TaskRng) -> Vec<usize> {
    let at = incidences(subgraph);
    let mut visited = vec![false; subgraph.len()];
    let mut order = Vec::with_capacity(subgraph.len());
    for start in rng.permutation(subgraph.len()) {
        let mut waiting = std::collections::VecDeque::from([start]);
        while let Some(node) = if queue { waiting.pop_front() } else { waiting.pop_back() } {
            if std::mem::replace(&mut visited[node], true) {
                continue;
            }
            order.push(node);
            waiting.extend(at[node].iter().map(|&position| {
                let edge = subgraph.edges[position];
                if edge.source as usize == node { edge.target as usize } else { edge.source as usize }
            }));
        }
    }
    order
}

fn degrees(subgraph: &Subgraph) -> Vec<f64> {
    incidences(subgraph).iter().map(|edges| edges.len() as f64).collect()
}

/// `PageRank` with damping 0.85, after enough rounds for the order of a small graph. Nodes without a way out spread evenly.
fn page_ranks(subgraph: &Subgraph, direction: Direction) -> Vec<f64> {
    const DAMPING: f64 = 0.85;
    const ROUNDS: usize = 50;
    let count = subgraph.len();
    let mut steps = vec![Vec::new(); count];
    for edge in &subgraph.edges {
        steps[edge.source as usize].push(edge.target as usize);
        if direction == Direction::Undirected {
            steps[edge.target as usize].push(edge.source as usize);
        }
    }
    let mut ranks = vec![1.0 / count as f64; count];
    for _ in 0..ROUNDS {
        let lost: f64 = ranks.iter().zip(&steps).filter(|(_, steps)| steps.is_empty()).map(|(rank, _)| rank).sum();
        let mut next = vec![(1.0 - DAMPING + DAMPING * lost) / count as f64; count];
        for (rank, steps) in ranks.iter().zip(&steps) {
            for &target in steps {
                next[target] += DAMPING * rank / steps.len() as f64;
            }
        }
        ranks = next;
    }
    ranks
}

/// Nodes from the highest score to the lowest. Scores that differ by rounding only are equal.
fn by_score(scores: &[f64], rng: &mut TaskRng) -> Vec<usize> {
    const DIGITS: f64 = 1e9;
    let mut nodes = rng.permutation(scores.len());
    nodes.sort_by_key(|&node| std::cmp::Reverse((scores[node] * DIGITS).round() as i64));
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssl4rl_tasks::Split;

    const ALL: [EdgeOrder; 6] =
        [EdgeOrder::Random, EdgeOrder::Bfs, EdgeOrder::Dfs, EdgeOrder::Degree, EdgeOrder::Pagerank, EdgeOrder::Sorted];

    /// ```text
    /// 0 - 1 - 2 - 3 - 4      5 - 6
    ///         |
    ///         7
    /// ```
    fn graph() -> Subgraph {
        let edges = [(3, 4), (0, 1), (6, 5), (2, 7), (2, 3), (1, 2)];
        let edges = edges.map(|(source, target)| Edge { source, target, relation: 0 });
        Subgraph { nodes: (0..8).collect(), edges: edges.to_vec() }
    }

    fn listed(order: EdgeOrder, index: u64) -> Vec<(u32, u32)> {
        let (graph, mut rng) = (graph(), TaskRng::new(5, "test", Split::Train, index));
        let positions = order.positions(&graph, Direction::Undirected, &mut rng).unwrap_or_else(|| (0..6).collect());
        positions.iter().map(|&position| (graph.edges[position].source, graph.edges[position].target)).collect()
    }

    #[test]
    fn every_order_lists_every_edge_once() {
        for order in ALL {
            let mut edges = listed(order, 0);
            edges.sort_unstable();
            assert_eq!(edges, [(0, 1), (1, 2), (2, 3), (2, 7), (3, 4), (6, 5)], "{order:?}");
        }
    }

    #[test]
    fn ids_sort_by_the_smaller_end() {
        assert_eq!(listed(EdgeOrder::Sorted, 0), [(0, 1), (1, 2), (2, 3), (2, 7), (3, 4), (6, 5)]);
    }

    #[test]
    fn the_hub_of_three_comes_first_by_degree_and_by_page_rank() {
        for order in [EdgeOrder::Degree, EdgeOrder::Pagerank] {
            for index in 0..20 {
                let edges = listed(order, index);
                assert!(edges[..3].iter().all(|edge| [(2, 7), (2, 3), (1, 2)].contains(edge)), "{order:?} {edges:?}");
            }
        }
    }

    #[test]
    fn searches_list_connected_edges_one_after_another() {
        for order in [EdgeOrder::Bfs, EdgeOrder::Dfs] {
            for index in 0..50 {
                let edges = listed(order, index);
                let mut reached = vec![edges[0].0, edges[0].1];
                let mut jumps = 0;
                for (source, target) in edges {
                    jumps += usize::from(!reached.contains(&source) && !reached.contains(&target));
                    reached.extend([source, target]);
                }
                assert!(jumps <= 1, "{order:?}: one jump to the other component, got {jumps}");
            }
        }
    }

    #[test]
    fn searches_begin_anywhere() {
        for order in [EdgeOrder::Bfs, EdgeOrder::Dfs] {
            let mut first: Vec<_> = (0..100).map(|index| listed(order, index)[0]).collect();
            first.sort_unstable();
            first.dedup();
            // The first edge at each of the eight nodes.
            assert_eq!(first, [(0, 1), (2, 7), (3, 4), (6, 5)], "{order:?}");
        }
    }
}
