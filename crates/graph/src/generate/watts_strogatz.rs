//! Watts–Strogatz graphs: a ring in which every node touches its k nearest, and each edge's far end is moved with probability p
//! to a node drawn uniformly. Exactly n·k/2 edges.

use super::{GenerateError, Generator, Knob, Values, relabelled};
use crate::Graph;
use ssl4rl_tasks::TaskRng;

/// The generator `ws`.
pub(super) struct WattsStrogatz;

impl Generator for WattsStrogatz {
    fn name(&self) -> &'static str {
        "ws"
    }

    fn summary(&self) -> &'static str {
        "Watts–Strogatz: a ring of k nearest neighbours, edges moved with probability p"
    }

    fn knobs(&self) -> &'static [Knob] {
        const {
            &[
                Knob::count("n", "number of nodes", None, 3.0),
                Knob::count("k", "neighbours of each node in the ring, an even number", Some(4.0), 2.0),
                Knob::probability("p", "probability that an edge is moved", Some(0.1)),
            ]
        }
    }

    fn generate(&self, name: &str, values: &Values, rng: &mut TaskRng) -> Result<Graph, GenerateError> {
        let (node_count, near) = (values.count("n"), values.count("k"));
        if near % 2 == 1 || near >= node_count {
            let reason = format!("`k` must be even and below `n`, got k={near} and n={node_count}");
            return Err(values.conflict(reason));
        }
        values.check_edge_count(node_count as f64 * near as f64 / 2.0)?;
        let neighbours = rewire(node_count, near, values.real("p"), rng);
        let edges = neighbours.into_iter().enumerate().flat_map(|(node, others)| {
            others.into_iter().filter(move |&other| node < other).map(move |other| (node, other))
        });
        relabelled(name, node_count, edges, rng)
    }
}

/// Neighbours of every node.
fn rewire(node_count: usize, near: usize, probability: f64, rng: &mut TaskRng) -> Vec<Vec<usize>> {
    let around = |node: usize, step: usize| (node + step) % node_count;
    let mut neighbours: Vec<Vec<usize>> = (0..node_count)
        .map(|node| (1..=near / 2).flat_map(|step| [around(node, step), around(node, node_count - step)]).collect())
        .collect();
    for step in 1..=near / 2 {
        for node in 0..node_count {
            // A node that touches all others has nowhere to move an edge to.
            if rng.unit() >= probability || neighbours[node].len() >= node_count - 1 {
                continue;
            }
            let target = loop {
                let target = rng.below(node_count);
                if target != node && !neighbours[node].contains(&target) {
                    break target;
                }
            };
            let old = around(node, step);
            neighbours[node].retain(|&other| other != old);
            neighbours[old].retain(|&other| other != node);
            neighbours[node].push(target);
            neighbours[target].push(node);
        }
    }
    neighbours
}
