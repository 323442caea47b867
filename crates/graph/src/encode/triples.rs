//! One triple per line: `(A, likes, B)`; a weight comes last, `(A, likes, B, 5)`. The order of a directed edge is its direction. An edge
//! without a relation is `linked` or, where it is directed, `leads to`; of others the text does not say whether they have a direction.

use crate::Direction;

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::quote::{LEADS_TO, LINKED};
use super::words::{Words, WrittenEdge, read_isolated};
use super::{Encoder, Scene, WEIGHT_LAST};

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
            append_triple(&edge, unrelated(scene), text);
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

    fn weight_legend(&self) -> Option<&'static str> {
        Some(WEIGHT_LAST)
    }
}

/// What stands for the relation of an edge that has none.
pub(super) fn unrelated(scene: &Scene<'_>) -> &'static str {
    if scene.direction == Direction::Directed { LEADS_TO } else { LINKED }
}

/// Appends `(A, likes, B)` or `(A, likes, B, 5)` and a line break.
pub(super) fn append_triple(edge: &WrittenEdge<'_>, unrelated: &str, text: &mut String) {
    text.extend(["(", edge.source, ", ", edge.relation.unwrap_or(unrelated), ", ", edge.target]);
    if let Some(weight) = edge.weight {
        text.extend([", ", &weight.to_string()]);
    }
    text.push_str(")\n");
}

/// Reads a relation and the mark after it; `None` where a word stands for one.
pub(super) fn read_relation(
    line: &mut Cursor<'_>,
    mark: &str,
    found: &mut Collector,
) -> Result<Option<String>, ParseError> {
    if line.take(&format!("{LEADS_TO}{mark}")) {
        found.direct(Direction::Directed);
        return Ok(None);
    }
    let relation = line.name_or(LINKED, &[mark])?;
    line.expect(mark)?;
    Ok(relation)
}

/// Reads `(A, likes, B)` or `(A, likes, B, 5)`.
pub(super) fn read_triple(line: &mut Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
    line.expect("(")?;
    line.expect_last(")")?;
    let source = line.name(COMMA)?;
    line.expect(", ")?;
    let relation = read_relation(line, ", ", found)?;
    let target = line.name(COMMA)?;
    let weight = if line.take(", ") { Some(line.number()?) } else { None };
    line.finish()?;
    let (source, target) = (found.node(source), found.node(target));
    found.edge(source, target, relation, weight);
    Ok(())
}
