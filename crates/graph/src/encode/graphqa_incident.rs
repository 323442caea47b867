//! One sentence per node behind a list of all nodes (`GraphQA`'s `incident`).
//!
//! ```text
//! In an undirected graph, the nodes are 0, 1, 2, 3.
//! Node 0 is connected to nodes 1, 2.
//! Node 1 is connected to node 0.
//! ```
//!
//! Both ends list an undirected edge; a node without neighbours has no sentence. Arrows read `Node 0 points to nodes 1, 2.`;
//! a relation or weight stands behind the neighbour, `1 [likes, weight 5]`.

use crate::Direction;

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::words::{Words, append_listed, direct, read_direction, read_listed, read_nodes};
use super::{Encoder, Scene};

const UNDIRECTED: &str = "In an undirected graph, the nodes are ";
const DIRECTED: &str = "In a directed graph, the nodes are ";
const CONNECTED: &str = " is connected to node";
const POINTS: &str = " points to node";
const AFTER_NODE: &[&str] = &[", ", " [", CONNECTED, POINTS];

/// The encoder `graphqa-incident`.
pub(super) struct GraphqaIncident;

impl Encoder for GraphqaIncident {
    fn name(&self) -> &'static str {
        "graphqa-incident"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let words = Words::with_qualifiers(scene, AFTER_NODE);
        let directed = scene.direction == Direction::Directed;
        text.push_str(if directed { DIRECTED } else { UNDIRECTED });
        words.append_nodes(text);
        text.push_str(".\n");
        for (name, list) in words.nodes().zip(words.lists()).filter(|(_, list)| !list.is_empty()) {
            let plural = if list.len() == 1 { " " } else { "s " };
            text.extend(["Node ", name, if directed { POINTS } else { CONNECTED }, plural]);
            append_listed(&list, text);
            text.push_str(".\n");
        }
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut found = Collector::default();
        let (mut line, lines) = Cursor::first_line(self.name(), text);
        found.direct(read_direction(&mut line, [UNDIRECTED, DIRECTED])?);
        line.expect_last(".")?;
        read_nodes(&mut line, &[", "], &mut found)?;
        line.finish()?;
        for mut line in lines {
            read_sentence(&mut line, &mut found)?;
        }
        Ok(found.finish())
    }
}

fn read_sentence(line: &mut Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
    line.expect("Node ")?;
    line.expect_last(".")?;
    let name = line.name(AFTER_NODE)?;
    let direction = read_direction(line, [CONNECTED, POINTS])?;
    direct(direction, line, found)?;
    line.take("s");
    line.expect(" ")?;
    let list = read_listed(line, AFTER_NODE)?;
    line.finish()?;
    found.list(name, list, direction);
    Ok(())
}
