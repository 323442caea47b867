//! One triple per line: `(A, likes, B)`; an edge without a relation is `linked`, a weight comes last, `(A, linked, B, 5)`.
//! The order of a directed edge is its direction; the text does not say whether edges have one.

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::quote::LINKED;
use super::words::{Words, WrittenEdge, read_isolated};
use super::{Encoder, Scene};

const COMMA: &[&str] = &[", "];

/// The encoder `triples`.
pub(super) struct Triples;

impl Encoder for Triples {
    fn name(&self) -> &'static str {
        "triples"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let words = Words::new(scene, COMMA, COMMA);
        for edge in words.edges() {
            append_triple(&edge, text);
        }
        words.append_isolated(text);
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut found = Collector::default();
        for mut line in Cursor::lines(self.name(), text) {
            if !read_isolated(&mut line, &mut found)? {
                read_triple(&mut line, &mut found)?;
            }
        }
        Ok(found.finish())
    }
}

/// Appends `(A, likes, B)` or `(A, likes, B, 5)` and a line break.
pub(super) fn append_triple(edge: &WrittenEdge<'_>, text: &mut String) {
    text.extend(["(", edge.source, ", ", edge.relation_or_linked(), ", ", edge.target]);
    if let Some(weight) = edge.weight {
        text.extend([", ", &weight.to_string()]);
    }
    text.push_str(")\n");
}

/// Reads `(A, likes, B)` or `(A, likes, B, 5)`.
pub(super) fn read_triple(line: &mut Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
    line.expect("(")?;
    line.expect_last(")")?;
    let source = line.name(COMMA)?;
    line.expect(", ")?;
    let relation = line.name_or(LINKED, COMMA)?;
    line.expect(", ")?;
    let target = line.name(COMMA)?;
    let weight = if line.take(", ") { Some(line.number()?) } else { None };
    line.finish()?;
    let (source, target) = (found.node(source), found.node(target));
    found.edge(source, target, relation, weight);
    Ok(())
}
