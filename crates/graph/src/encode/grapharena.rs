//! A list of names, then pairs of them, as for graphs of real things (`GraphArena`).
//!
//! ```text
//! - Names: Ada, Ben, Carl, Dan
//! - Links: Ada and Ben, Carl and Dan
//! ```
//!
//! Arrows read `Ada to Ben`; a relation or weight stands behind, `Ada and Ben [likes, weight 5]`.

use crate::Direction;

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::words::{Words, append_qualifiers, direct, finish_text, read_direction, read_nodes, read_qualifiers};
use super::{Encoder, Scene};

const NAMES: &str = "- Names: ";
const LINKS: &str = "- Links: ";
const AND: &str = " and ";
const TO: &str = " to ";
const AFTER_NODE: &[&str] = &[", ", " [", AND, TO];

/// The encoder `grapharena`.
pub(super) struct Grapharena;

impl Encoder for Grapharena {
    fn name(&self) -> &'static str {
        "grapharena"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let words = Words::with_qualifiers(scene, AFTER_NODE);
        text.push_str(NAMES);
        words.append_nodes(text);
        text.extend(["\n", LINKS]);
        if scene.subgraph.edges.is_empty() {
            text.push_str("none");
        }
        let between = if scene.direction == Direction::Directed { TO } else { AND };
        for (position, edge) in words.edges().enumerate() {
            text.extend([if position > 0 { ", " } else { "" }, edge.source, between, edge.target]);
            append_qualifiers(edge.relation, edge.weight, text);
        }
        text.push('\n');
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut found = Collector::default();
        let (mut line, mut lines) = Cursor::first_line(self.name(), text);
        line.expect(NAMES)?;
        read_nodes(&mut line, &[", "], &mut found)?;
        line.finish()?;
        let mut line = lines.next().ok_or_else(|| line.error(format!("a line `{LINKS}…`")))?;
        line.expect(LINKS)?;
        if line.rest() == "none" {
            line.expect("none")?;
        } else {
            read_link(&mut line, &mut found)?;
        }
        while line.take(", ") {
            read_link(&mut line, &mut found)?;
        }
        line.finish()?;
        finish_text(found, lines)
    }
}

fn read_link(line: &mut Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
    let source = line.name(AFTER_NODE)?;
    let direction = read_direction(line, [AND, TO])?;
    let target = line.name(AFTER_NODE)?;
    let (relation, weight) = read_qualifiers(line)?;
    direct(direction, line, found)?;
    let (source, target) = (found.node(source), found.node(target));
    found.edge(source, target, relation, weight);
    Ok(())
}
