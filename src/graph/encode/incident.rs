//! One line per node with its neighbours: `0: 1 2`, with weights `0: 1[5] 2[3]`.
//!
//! With directions or relations a line holds the targets of one node along one relation: `0 -> 1 2`, `0 -likes-> 1 2`;
//! nodes that only receive arrows stand at the end of lines and have none of their own.

use std::borrow::Cow;

use super::{Encoder, Scene};

/// The encoder `incident`.
pub(super) struct Incident;

impl Encoder for Incident {
    fn name(&self) -> &'static str {
        "incident"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        if scene.plain() {
            encode_neighbours(scene, text);
        } else {
            encode_targets(scene, text);
            scene.append_isolated(text);
        }
    }
}

/// Both ends list the edge. Every node has a line.
fn encode_neighbours(scene: &Scene<'_>, text: &mut String) {
    let mut neighbours = vec![Vec::new(); scene.subgraph.len()];
    for (edge, weight) in scene.edges() {
        neighbours[edge.source as usize].push(weighted(scene.node(edge.target), weight));
        if edge.source != edge.target {
            neighbours[edge.target as usize].push(weighted(scene.node(edge.source), weight));
        }
    }
    text.push_str("Neighbours:\n");
    for (name, neighbours) in scene.node_names.iter().zip(&neighbours) {
        let list = if neighbours.is_empty() { "none".into() } else { neighbours.join(scene.separator()) };
        text.extend([name, ": ", &list, "\n"]);
    }
}

/// The source lists the edge. Lines stand in the order of ids, then of first mention.
fn encode_targets(scene: &Scene<'_>, text: &mut String) {
    let mut lines: Vec<Vec<(String, Vec<Cow<'_, str>>)>> = vec![Vec::new(); scene.subgraph.len()];
    for (edge, weight) in scene.edges() {
        let lines = &mut lines[edge.source as usize];
        let connector = scene.connector(edge);
        let target = weighted(scene.node(edge.target), weight);
        match lines.iter_mut().find(|(other, _)| *other == connector) {
            Some((_, targets)) => targets.push(target),
            None => lines.push((connector, vec![target])),
        }
    }
    for (name, lines) in scene.node_names.iter().zip(&lines) {
        for (connector, targets) in lines {
            text.extend([name, " ", connector, " ", &targets.join(scene.separator()), "\n"]);
        }
    }
}

/// `1`, or `1[5]` at the far end of an edge of weight 5.
fn weighted(name: &str, weight: Option<u32>) -> Cow<'_, str> {
    match weight {
        Some(weight) => Cow::Owned(format!("{name}[{weight}]")),
        None => Cow::Borrowed(name),
    }
}
