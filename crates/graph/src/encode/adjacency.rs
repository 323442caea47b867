//! All edges as pairs on one line: `Edges: (0, 1) (0, 2)`; arrows read `(0 -> 1)`, relations `(0 -likes-> 1)`, weights `(0, 1, 5)`.

use crate::Direction;

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::words::{Words, direct, read_connector, read_isolated};
use super::{Encoder, Scene, WEIGHT_LAST};

const AFTER_NODE: &[&str] = &[", ", " -", ")"];

/// The encoder `adjacency`.
pub(super) struct Adjacency;

impl Encoder for Adjacency {
    fn name(&self) -> &'static str {
        "adjacency"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let words = Words::with_connectors(scene, AFTER_NODE);
        text.push_str("Edges:");
        for edge in words.edges() {
            let between = if scene.plain() { ", ".into() } else { format!(" {} ", edge.connector(scene.direction)) };
            text.extend([" (", edge.source, &between, edge.target]);
            if let Some(weight) = edge.weight {
                text.extend([", ", &weight.to_string()]);
            }
            text.push(')');
        }
        if scene.subgraph.edges.is_empty() {
            text.push_str(" none");
        }
        text.push('\n');
        words.append_isolated(text);
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut found = Collector::default();
        let (mut edges, lines) = Cursor::first_line(self.name(), text);
        edges.expect("Edges:")?;
        if !edges.take(" none") {
            while !edges.is_done() {
                read_edge(&mut edges, &mut found)?;
            }
        }
        edges.finish()?;
        for mut line in lines {
            if !read_isolated(&mut line, &mut found)? {
                return Err(line.error("`Isolated:`"));
            }
        }
        Ok(found.finish())
    }

    fn weight_legend(&self) -> Option<&'static str> {
        Some(WEIGHT_LAST)
    }
}

fn read_edge(cursor: &mut Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
    cursor.expect(" (")?;
    let source = cursor.name(AFTER_NODE)?;
    let relation = if cursor.take(", ") {
        direct(Direction::Undirected, cursor, found)?;
        None
    } else {
        read_connector(cursor, found)?
    };
    let target = cursor.name(AFTER_NODE)?;
    let weight = if cursor.take(", ") { Some(cursor.number()?) } else { None };
    cursor.expect(")")?;
    let (source, target) = (found.node(source), found.node(target));
    found.edge(source, target, relation, weight);
    Ok(())
}
