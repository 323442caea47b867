//! One sentence per edge: `A is connected to B.`; arrows read `A -> B.`, relations `A -likes-> B.`, weights
//! `A is connected to B (weight 5).`

use crate::Direction;

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::words::{Words, direct, read_connector, read_isolated};
use super::{Encoder, Scene};

const BETWEEN: &str = " is connected to ";
const WEIGHT: &str = " (weight ";
const AFTER_NODE: &[&str] = &[BETWEEN, " -", WEIGHT];

/// The encoder `named`.
pub(super) struct Named;

impl Encoder for Named {
    fn name(&self) -> &'static str {
        "named"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let words = Words::with_connectors(scene, AFTER_NODE);
        for edge in words.edges() {
            let between = if scene.plain() { BETWEEN.into() } else { format!(" {} ", edge.connector(scene.direction)) };
            text.extend([edge.source, &between, edge.target]);
            if let Some(weight) = edge.weight {
                text.extend([WEIGHT, &weight.to_string(), ")"]);
            }
            text.push_str(".\n");
        }
        words.append_isolated(text);
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut found = Collector::default();
        for mut line in Cursor::lines(self.name(), text) {
            if !read_isolated(&mut line, &mut found)? {
                read_edge(&mut line, &mut found)?;
            }
        }
        Ok(found.finish())
    }
}

fn read_edge(line: &mut Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
    line.expect_last(".")?;
    let source = line.name(AFTER_NODE)?;
    let relation = if line.take(BETWEEN) {
        direct(Direction::Undirected, line, found)?;
        None
    } else {
        read_connector(line, found)?
    };
    let target = line.name(AFTER_NODE)?;
    let mut weight = None;
    if line.take(WEIGHT) {
        weight = Some(line.number()?);
        line.expect(")")?;
    }
    line.finish()?;
    let (source, target) = (found.node(source), found.node(target));
    found.edge(source, target, relation, weight);
    Ok(())
}
