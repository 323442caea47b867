//! One line per arrow in words of order, as in prompts for topological sorting (`NLGraph`): `node 0 should be visited before node 27`.
//!
//! ```text
//! The nodes are numbered from 0 to 27.
//! node 0 should be visited before node 27
//! ```
//!
//! An undirected edge has no order and reads `node 0 should be visited next to node 27`; a relation or weight stands
//! behind, `… node 27 [likes, weight 5]`. Nodes that are not counting numbers are listed by name.

use crate::Direction;

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::words::{Words, append_qualifiers, direct, read_direction, read_nodes, read_qualifiers};
use super::{Encoder, Scene};

const NODES: &str = "The nodes are ";
const BEFORE: &str = " should be visited before node ";
const NEXT_TO: &str = " should be visited next to node ";
const AFTER_NODE: &[&str] = &[", ", " [", BEFORE, NEXT_TO];

/// The encoder `precedence`.
pub(super) struct Precedence;

impl Encoder for Precedence {
    fn name(&self) -> &'static str {
        "precedence"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let words = Words::with_qualifiers(scene, AFTER_NODE);
        text.push_str(NODES);
        words.append_range(text);
        text.push_str(".\n");
        let between = if scene.direction == Direction::Directed { BEFORE } else { NEXT_TO };
        for edge in words.edges() {
            text.extend(["node ", edge.source, between, edge.target]);
            append_qualifiers(edge.relation, edge.weight, text);
            text.push('\n');
        }
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut found = Collector::default();
        let (mut line, lines) = Cursor::first_line(self.name(), text);
        line.expect(NODES)?;
        line.expect_last(".")?;
        read_nodes(&mut line, &[", "], &mut found)?;
        line.finish()?;
        for mut line in lines {
            read_line(&mut line, &mut found)?;
        }
        Ok(found.finish())
    }
}

fn read_line(line: &mut Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
    line.expect("node ")?;
    let source = line.name(AFTER_NODE)?;
    let direction = read_direction(line, [NEXT_TO, BEFORE])?;
    let target = line.name(AFTER_NODE)?;
    let (relation, weight) = read_qualifiers(line)?;
    line.finish()?;
    direct(direction, line, found)?;
    let (source, target) = (found.node(source), found.node(target));
    found.edge(source, target, relation, weight);
    Ok(())
}
