//! Triples between bars, as prompts for the completion of knowledge graphs list them (KICGPT): `[A | likes | B]`.
//!
//! A weight comes last, `[A | likes | B | 5]`. The order of a directed edge is its direction. An edge without a relation is `linked` or,
//! where it is directed, `leads to`; of others the text does not say whether they have a direction.

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::triples::{read_relation, unrelated};
use super::words::{Words, read_isolated};
use super::{Encoder, Scene, WEIGHT_LAST};

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
            text.extend(["[", edge.source, BAR, edge.relation.unwrap_or(unrelated(scene)), BAR, edge.target]);
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

    fn weight_legend(&self) -> Option<&'static str> {
        Some(WEIGHT_LAST)
    }
}

fn read_triple(line: &mut Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
    line.expect("[")?;
    line.expect_last("]")?;
    let source = line.name(&[BAR])?;
    line.expect(BAR)?;
    let relation = read_relation(line, BAR, found)?;
    let target = line.name(&[BAR])?;
    let weight = if line.take(BAR) { Some(line.number()?) } else { None };
    line.finish()?;
    let (source, target) = (found.node(source), found.node(target));
    found.edge(source, target, relation, weight);
    Ok(())
}
