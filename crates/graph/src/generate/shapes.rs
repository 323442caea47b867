//! Graphs that only have a size: path, star, cycle, complete graph.

use super::{GenerateError, Generator, Knob, Values, relabelled};
use crate::Graph;
use ssl4rl_tasks::TaskRng;

/// A generator whose edges follow from the number of nodes.
pub(super) struct Shape {
    name: &'static str,
    summary: &'static str,
    knobs: &'static [Knob],
    /// Edges for a number of nodes, as many as the second function says.
    edges: fn(usize) -> Vec<(usize, usize)>,
    edge_count: fn(f64) -> f64,
}

/// The generator `path`.
pub(super) const PATH: Shape = Shape {
    name: "path",
    summary: "path: every node touches the next",
    knobs: &[Knob::count("n", "number of nodes", None, 1.0)],
    edges: |nodes| (1..nodes).map(|node| (node - 1, node)).collect(),
    edge_count: |nodes| nodes - 1.0,
};

/// The generator `cycle`.
pub(super) const CYCLE: Shape = Shape {
    name: "cycle",
    summary: "cycle: every node touches the next, the last one the first",
    knobs: &[Knob::count("n", "number of nodes", None, 3.0)],
    edges: |nodes| (0..nodes).map(|node| (node, (node + 1) % nodes)).collect(),
    edge_count: |nodes| nodes,
};

/// The generator `star`.
pub(super) const STAR: Shape = Shape {
    name: "star",
    summary: "star: one node touches all others",
    knobs: &[Knob::count("n", "number of nodes, the hub included", None, 1.0)],
    edges: |nodes| (1..nodes).map(|leaf| (0, leaf)).collect(),
    edge_count: |nodes| nodes - 1.0,
};

/// The generator `complete`.
pub(super) const COMPLETE: Shape = Shape {
    name: "complete",
    summary: "complete graph: every node touches every other",
    knobs: &[Knob::count("n", "number of nodes", None, 1.0)],
    edges: |nodes| (0..nodes).flat_map(|high| (0..high).map(move |low| (low, high))).collect(),
    edge_count: |nodes| nodes * (nodes - 1.0) / 2.0,
};

impl Generator for Shape {
    fn name(&self) -> &'static str {
        self.name
    }

    fn summary(&self) -> &'static str {
        self.summary
    }

    fn knobs(&self) -> &'static [Knob] {
        self.knobs
    }

    fn generate(&self, name: &str, values: &Values, rng: &mut TaskRng) -> Result<Graph, GenerateError> {
        let node_count = values.count("n");
        values.check_edge_count((self.edge_count)(node_count as f64))?;
        relabelled(name, node_count, (self.edges)(node_count), rng)
    }
}
