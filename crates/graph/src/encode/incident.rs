//! One line per node with its neighbours: `0: 1 2`, with weights `0: 1[5] 2[3]`.
//!
//! With directions or relations a line holds the targets of one node along one relation: `0 -> 1 2`, `0 -likes-> 1 2`;
//! nodes that only receive arrows stand at the end of lines and have none of their own.

use crate::Direction;

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::quote::NONE;
use super::words::{Listed, Words, has_comma, read_connector, read_isolated};
use super::{Encoder, Scene};

const AFTER_NODE: &[&str] = &[", ", ": ", " -", "["];
const HEADER: &str = "Neighbours:";

/// The encoder `incident`.
pub(super) struct Incident;

impl Encoder for Incident {
    fn name(&self) -> &'static str {
        "incident"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let words = Words::with_connectors(scene, AFTER_NODE);
        if scene.plain() {
            encode_neighbours(&words, text);
        } else {
            encode_targets(scene, &words, text);
            words.append_isolated(text);
        }
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut found = Collector::default();
        let mut plain = false;
        for (position, mut line) in Cursor::lines(self.name(), text).enumerate() {
            if position == 0 && line.rest() == HEADER {
                plain = true;
            } else if plain {
                read_neighbours(&mut line, &mut found)?;
            } else if !read_isolated(&mut line, &mut found)? {
                read_targets(&mut line, &mut found)?;
            }
        }
        Ok(found.finish())
    }

    fn weight_legend(&self) -> Option<&'static str> {
        Some("An edge's weight stands in brackets.")
    }
}

/// Both ends list the edge. Every node has a line.
fn encode_neighbours(words: &Words<'_>, text: &mut String) {
    text.extend([HEADER, "\n"]);
    for (name, neighbours) in words.nodes().zip(words.lists()) {
        text.extend([name, ": "]);
        words.append_list(&neighbours, text);
        text.push('\n');
    }
}

/// The source lists the edge. Lines stand in the order of ids, then of first mention.
fn encode_targets(scene: &Scene<'_>, words: &Words<'_>, text: &mut String) {
    let mut lines: Vec<Vec<(String, Vec<Listed<'_>>)>> = vec![Vec::new(); scene.subgraph.len()];
    for (edge, written) in scene.subgraph.edges.iter().zip(words.edges()) {
        let lines = &mut lines[edge.source as usize];
        let connector = written.connector(scene.direction);
        let target = Listed { name: written.target, relation: None, weight: written.weight };
        match lines.iter_mut().find(|(other, _)| *other == connector) {
            Some((_, targets)) => targets.push(target),
            None => lines.push((connector, vec![target])),
        }
    }
    for (name, lines) in words.nodes().zip(&lines) {
        for (connector, targets) in lines {
            text.extend([name, " ", connector, " "]);
            words.append_list(targets, text);
            text.push('\n');
        }
    }
}

fn read_neighbours(line: &mut Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
    let name = line.name(AFTER_NODE)?;
    line.expect(": ")?;
    found.direct(Direction::Undirected);
    let node = found.node(name);
    for (name, weight) in read_weighted(line)? {
        let other = found.node(name);
        found.mention(node, other, None, weight);
    }
    Ok(())
}

fn read_targets(line: &mut Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
    let source = line.name(AFTER_NODE)?;
    let source = found.node(source);
    let relation = read_connector(line, found)?;
    for (name, weight) in read_weighted(line)? {
        let target = found.node(name);
        found.edge(source, target, relation.clone(), weight);
    }
    Ok(())
}

/// Reads the rest of a line as names with or without weights.
fn read_weighted(line: &mut Cursor<'_>) -> Result<Vec<(String, Option<u32>)>, ParseError> {
    let mut list = Vec::new();
    if line.rest() == NONE {
        return Ok(list);
    }
    let separator = if has_comma(line.rest()) { ", " } else { " " };
    loop {
        let name = line.name(&[separator, "["])?;
        let weight = if line.take("[") { Some(line.number()?) } else { None };
        if weight.is_some() {
            line.expect("]")?;
        }
        list.push((name, weight));
        if line.is_done() {
            return Ok(list);
        }
        line.expect(separator)?;
    }
}
