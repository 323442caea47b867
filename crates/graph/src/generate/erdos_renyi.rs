//! Erdős–Rényi graphs: every pair of nodes is an edge with the same probability, independently. O(n + m).

use super::bernoulli::Bernoulli;
use super::{GenerateError, Generator, Knob, Values, relabelled};
use crate::Graph;
use ssl4rl_tasks::TaskRng;

/// The generator `er`.
pub(super) struct ErdosRenyi;

impl Generator for ErdosRenyi {
    fn name(&self) -> &'static str {
        "er"
    }

    fn summary(&self) -> &'static str {
        "Erdős–Rényi: every pair is an edge with probability p"
    }

    fn knobs(&self) -> &'static [Knob] {
        const { &[Knob::count("n", "number of nodes", None, 1.0), Knob::probability("p", "probability of an edge", None)] }
    }

    fn generate(&self, name: &str, values: &Values, rng: &mut TaskRng) -> Result<Graph, GenerateError> {
        let (node_count, probability) = (values.count("n"), values.real("p"));
        values.check_edge_count(probability * (node_count as f64) * (node_count as f64 - 1.0) / 2.0)?;
        let mut edges = Vec::new();
        Bernoulli::new(probability).for_each_success(
            node_count,
            |row| row,
            rng,
            |row, column| {
                edges.push((row, column));
            },
        );
        relabelled(name, node_count, edges, rng)
    }
}
