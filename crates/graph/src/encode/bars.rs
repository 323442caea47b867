//! Triples between bars, as prompts for the completion of knowledge graphs list them (KICGPT): `[A | likes | B]`.
//!
//! An edge without a relation is `linked`, a weight comes last, `[A | linked | B | 5]`. The order of a directed edge is its
//! direction; the text does not say whether edges have one.

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::quote::LINKED;
use super::words::{Words, read_isolated};
use super::{Encoder, Scene};

const BAR: &str = " | ";

/// The encoder `bars`.
pub(super) struct Bars;

impl Encoder for Bars {
    fn name(&self) -> &'static str {
        "bars"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let words = Words::new(scene, &[BAR], &[BAR]);
        for edge in words.edges() {
            text.extend(["[", edge.source, BAR, edge.relation_or_linked(), BAR, edge.target]);
            if let Some(weight) = edge.weight {
                text.extend([BAR, &weight.to_string()]);
            }
            text.push_str("]\n");
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

fn read_triple(line: &mut Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
    line.expect("[")?;
    line.expect_last("]")?;
    let source = line.name(&[BAR])?;
    line.expect(BAR)?;
    let relation = line.name_or(LINKED, &[BAR])?;
    line.expect(BAR)?;
    let target = line.name(&[BAR])?;
    let weight = if line.take(BAR) { Some(line.number()?) } else { None };
    line.finish()?;
    let (source, target) = (found.node(source), found.node(target));
    found.edge(source, target, relation, weight);
    Ok(())
}
