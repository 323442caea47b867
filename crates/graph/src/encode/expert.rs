//! Addressed to an expert (`GraphQA`): all nodes, then an arrow line per edge.
//!
//! ```text
//! As an expert in graphs, consider the undirected graph with the nodes A, B, C and these edges:
//! A -> B
//! ```
//!
//! The header says whether arrows have a direction; a relation or weight stands behind, `A -> B [likes, weight 5]`.

use crate::Direction;

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::words::{Words, append_qualifiers, read_direction, read_nodes, read_qualifiers};
use super::{Encoder, Scene};

const UNDIRECTED: &str = "As an expert in graphs, consider the undirected graph with the nodes ";
const DIRECTED: &str = "As an expert in graphs, consider the directed graph with the nodes ";
const CLOSING: &str = " and these edges:";
const ARROW: &str = " -> ";
const AFTER_NODE: &[&str] = &[", ", " [", ARROW, CLOSING];

/// The encoder `expert`.
pub(super) struct Expert;

impl Encoder for Expert {
    fn name(&self) -> &'static str {
        "expert"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let words = Words::with_qualifiers(scene, AFTER_NODE);
        text.push_str(if scene.direction == Direction::Directed { DIRECTED } else { UNDIRECTED });
        words.append_nodes(text);
        text.extend([CLOSING, "\n"]);
        for edge in words.edges() {
            text.extend([edge.source, ARROW, edge.target]);
            append_qualifiers(edge.relation, edge.weight, text);
            text.push('\n');
        }
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut found = Collector::default();
        let (mut header, lines) = Cursor::first_line(self.name(), text);
        found.direct(read_direction(&mut header, [UNDIRECTED, DIRECTED])?);
        header.expect_last(CLOSING)?;
        read_nodes(&mut header, &[", "], &mut found)?;
        header.finish()?;
        for mut line in lines {
            read_arrow(&mut line, &mut found)?;
        }
        Ok(found.finish())
    }
}

fn read_arrow(line: &mut Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
    let source = line.name(AFTER_NODE)?;
    line.expect(ARROW)?;
    let target = line.name(AFTER_NODE)?;
    let (relation, weight) = read_qualifiers(line)?;
    line.finish()?;
    let (source, target) = (found.node(source), found.node(target));
    found.edge(source, target, relation, weight);
    Ok(())
}
