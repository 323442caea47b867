//! One triple per line: `(A, likes, B)`; an edge without a relation is `linked`. The order of a directed edge is its direction.

use super::{Encoder, Scene};

/// The encoder `triples`.
pub(super) struct Triples;

impl Encoder for Triples {
    fn name(&self) -> &'static str {
        "triples"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        for edge in &scene.subgraph.edges {
            let relation = scene.relation(edge).unwrap_or("linked");
            text.extend(["(", scene.node(edge.source), ", ", relation, ", ", scene.node(edge.target), ")\n"]);
        }
        scene.append_isolated(text);
    }
}
