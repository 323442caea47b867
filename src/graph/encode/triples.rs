//! One triple per line: `(A, likes, B)`; an edge without a relation is `linked`, a weight comes last, `(A, linked, B, 5)`.
//! The order of a directed edge is its direction.

use super::{Encoder, Scene};

/// The encoder `triples`.
pub(super) struct Triples;

impl Encoder for Triples {
    fn name(&self) -> &'static str {
        "triples"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        for (edge, weight) in scene.edges() {
            let relation = scene.relation(edge).unwrap_or("linked");
            text.extend(["(", scene.node(edge.source), ", ", relation, ", ", scene.node(edge.target)]);
            if let Some(weight) = weight {
                text.extend([", ", &weight.to_string()]);
            }
            text.push_str(")\n");
        }
        scene.append_isolated(text);
    }
}
