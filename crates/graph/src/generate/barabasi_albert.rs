//! Barabási–Albert graphs: a star of m + 1 nodes, then node after node, each joined to m distinct earlier ones drawn with
//! probability proportional to their degrees. Exactly m (n - m) edges.

use super::{GenerateError, Generator, Knob, Values, relabelled};
use crate::Graph;
use ssl4rl_tasks::TaskRng;

/// The generator `ba`.
pub(super) struct BarabasiAlbert;

impl Generator for BarabasiAlbert {
    fn name(&self) -> &'static str {
        "ba"
    }

    fn summary(&self) -> &'static str {
        "Barabási–Albert: every new node joins m earlier ones, hubs first"
    }

    fn knobs(&self) -> &'static [Knob] {
        const {
            &[
                Knob::count("n", "number of nodes", None, 2.0),
                Knob::count("m", "edges that each new node brings", None, 1.0),
            ]
        }
    }

    fn generate(&self, name: &str, values: &Values, rng: &mut TaskRng) -> Result<Graph, GenerateError> {
        let (node_count, per_node) = (values.count("n"), values.count("m"));
        if per_node >= node_count {
            return Err(values.conflict(format!("`m` must be below `n`, got m={per_node} and n={node_count}")));
        }
        values.check_edge_count(per_node as f64 * (node_count - per_node) as f64)?;
        let edges = attach(node_count, per_node, rng);
        relabelled(name, node_count, edges, rng)
    }
}

fn attach(node_count: usize, per_node: usize, rng: &mut TaskRng) -> Vec<(usize, usize)> {
    let mut edges: Vec<(usize, usize)> = (1..=per_node).map(|leaf| (0, leaf)).collect();
    // Every node stands here once per edge end, so a uniform draw is a draw by degree.
    let mut ends: Vec<usize> = edges.iter().flat_map(|&(left, right)| [left, right]).collect();
    // The last node that chose each node; ids of new nodes start above 0.
    let mut chosen_by = vec![0; node_count];
    for node in per_node + 1..node_count {
        let first = edges.len();
        while edges.len() < first + per_node {
            let earlier = ends[rng.below(ends.len())];
            if chosen_by[earlier] != node {
                chosen_by[earlier] = node;
                edges.push((node, earlier));
            }
        }
        ends.extend(edges[first..].iter().flat_map(|&(left, right)| [left, right]));
    }
    edges
}
