//! All edges as pairs on one line: `Edges: (0, 1) (0, 2)`; arrows read `(0 -> 1)`, relations `(0 -likes-> 1)`, weights `(0, 1, 5)`.

use super::{Encoder, Scene};

/// The encoder `adjacency`.
pub(super) struct Adjacency;

impl Encoder for Adjacency {
    fn name(&self) -> &'static str {
        "adjacency"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        text.push_str("Edges:");
        for (edge, weight) in scene.edges() {
            let between = if scene.plain() { ", ".into() } else { format!(" {} ", scene.connector(edge)) };
            text.extend([" (", scene.node(edge.source), &between, scene.node(edge.target)]);
            if let Some(weight) = weight {
                text.extend([", ", &weight.to_string()]);
            }
            text.push(')');
        }
        if scene.subgraph.edges.is_empty() {
            text.push_str(" none");
        }
        text.push('\n');
        scene.append_isolated(text);
    }
}
