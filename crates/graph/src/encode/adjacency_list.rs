//! A line per node with its neighbours, every edge on one line only.
//!
//! ```text
//! Undirected adjacency list:
//! 0: 1, 2
//! 1: 2
//! 2: none
//! ```
//!
//! An undirected edge stands with the end that its pair names first, an arrow with its source; a relation or weight stands behind the
//! neighbour, `1 [likes, weight 5]`.

use crate::Direction;

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::words::{Listed, Words, append_listed, read_direction, read_listed};
use super::{Encoder, Scene};

const UNDIRECTED: &str = "Undirected adjacency list:";
const DIRECTED: &str = "Directed adjacency list:";
const AFTER_NODE: &[&str] = &[", ", ": ", " ["];

/// The encoder `adjacency-list`.
pub(super) struct AdjacencyList;

impl Encoder for AdjacencyList {
    fn name(&self) -> &'static str {
        "adjacency-list"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let words = Words::with_qualifiers(scene, AFTER_NODE);
        let header = if scene.direction == Direction::Directed { DIRECTED } else { UNDIRECTED };
        text.extend([header, "\n"]);
        let mut lists = vec![Vec::new(); scene.subgraph.len()];
        for (edge, written) in scene.subgraph.edges.iter().zip(words.edges()) {
            let listed = Listed { name: written.target, relation: written.relation, weight: written.weight };
            lists[edge.source as usize].push(listed);
        }
        for (name, list) in words.nodes().zip(&lists) {
            text.extend([name, ": "]);
            append_listed(list, text);
            text.push('\n');
        }
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut found = Collector::default();
        let (mut line, lines) = Cursor::first_line(self.name(), text);
        found.direct(read_direction(&mut line, [UNDIRECTED, DIRECTED])?);
        line.finish()?;
        for mut line in lines {
            let source = line.name(AFTER_NODE)?;
            let source = found.node(source);
            line.expect(": ")?;
            for listed in read_listed(&mut line, AFTER_NODE)? {
                let target = found.node(listed.name);
                found.edge(source, target, listed.relation, listed.weight);
            }
            line.finish()?;
        }
        Ok(found.finish())
    }
}
