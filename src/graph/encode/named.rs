//! One sentence per edge: `A is connected to B.`; arrows read `A -> B.`, relations `A -likes-> B.`, weights
//! `A is connected to B (weight 5).`

use super::{Encoder, Scene};

/// The encoder `named`.
pub(super) struct Named;

impl Encoder for Named {
    fn name(&self) -> &'static str {
        "named"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        for (edge, weight) in scene.edges() {
            let between = if scene.plain() { "is connected to".into() } else { scene.connector(edge) };
            text.extend([scene.node(edge.source), " ", &between, " ", scene.node(edge.target)]);
            if let Some(weight) = weight {
                text.extend([" (weight ", &weight.to_string(), ")"]);
            }
            text.push_str(".\n");
        }
        scene.append_isolated(text);
    }
}
