//! Classes of nodes from the graph and the labels of other nodes.
//!
//! Scores are `[nodes][classes]`; the predicted class is that of the highest score, the first of equals, so that a node that
//! nothing reaches is of class 0.
//!
//! ```
//! use ssl4rl_graph::eval::baselines::labels::{predicted, propagation};
//! use ssl4rl_graph::{Direction, GraphBuilder};
//! let mut builder = GraphBuilder::new("path", 4, Direction::Undirected);
//! for (left, right) in [(0, 1), (1, 2), (2, 3)] {
//!     builder.edge(left, right).unwrap();
//! }
//! let graph = builder.build().unwrap();
//! let scores = propagation(&graph, 2, &[(0, 0), (3, 1)]);
//! assert_eq!((predicted(&scores[1]), predicted(&scores[2])), (0, 1));
//! ```

use rayon::prelude::*;

use crate::{Graph, Node};

/// Share of a node's score that comes from its neighbours.
pub const ALPHA: f64 = 0.9;
/// Rounds of label propagation.
pub const ROUNDS: usize = 100;

/// Class scores of every node: `F <- alpha D^-1/2 A D^-1/2 F + (1 - alpha) Y`, from `F = Y`, the one-hot labels (Zhou et al.
/// 2004), 100 times with alpha 0.9.
pub fn propagation(graph: &Graph, classes: usize, labelled: &[(Node, u32)]) -> Vec<Vec<f64>> {
    let mut start = vec![vec![0.0; classes]; graph.node_count()];
    for &(node, class) in labelled {
        start[node as usize][class as usize] = 1.0;
    }
    propagated(graph, &start, ROUNDS)
}

/// `rounds` of the same from any scores `[nodes][classes]`.
pub fn propagated(graph: &Graph, start: &[Vec<f64>], rounds: usize) -> Vec<Vec<f64>> {
    let weight: Vec<f64> =
        (0..graph.node_count()).map(|node| 1.0 / (graph.degree(node as Node).max(1) as f64).sqrt()).collect();
    let mut scores = start.to_vec();
    for _ in 0..rounds {
        let next = |node: usize| {
            let mut row: Vec<f64> = start[node].iter().map(|value| (1.0 - ALPHA) * value).collect();
            for &other in graph.neighbours(node as Node) {
                let share = ALPHA * weight[node] * weight[other as usize];
                for (value, received) in row.iter_mut().zip(&scores[other as usize]) {
                    *value += share * received;
                }
            }
            row
        };
        scores = (0..scores.len()).into_par_iter().map(next).collect();
    }
    scores
}

/// Counts of the neighbours' labels, `[classes]`, as far as `label` tells them.
pub fn vote(graph: &Graph, node: Node, classes: usize, label: impl Fn(Node) -> Option<u32>) -> Vec<f64> {
    let mut counts = vec![0.0; classes];
    for class in graph.neighbours(node).iter().filter_map(|&other| label(other)) {
        counts[class as usize] += 1.0;
    }
    counts
}

/// The most frequent class, the first of equals; the best constant answer to nodes of these classes.
pub fn majority(classes: usize, of_nodes: impl IntoIterator<Item = u32>) -> u32 {
    let mut counts = vec![0.0; classes];
    for class in of_nodes {
        counts[class as usize] += 1.0;
    }
    predicted(&counts)
}

/// The class of the highest score, the first of equals.
pub fn predicted(scores: &[f64]) -> u32 {
    let best = |best: usize, class: usize| if scores[class] > scores[best] { class } else { best };
    (0..scores.len()).reduce(best).unwrap_or_default() as u32
}
