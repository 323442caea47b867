//! A line per edge, names separated by blanks, the form in which graphs are most often stored.
//!
//! ```text
//! undirected: source target
//! A B
//! A "New York"
//! D
//! ```
//!
//! The first line names the columns, with relations and weights `directed: source target relation weight`; an edge without
//! a relation is `linked` where others have one. A line of one name is a node that no edge touches. Names with blanks are quoted.

use crate::Direction;

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::quote::LINKED;
use super::words::{Words, read_direction};
use super::{Encoder, Scene};

const BLANK: &[&str] = &[" "];
const UNDIRECTED: &str = "undirected: source target";
const DIRECTED: &str = "directed: source target";

/// The encoder `edge-list`.
pub(super) struct EdgeList;

impl Encoder for EdgeList {
    fn name(&self) -> &'static str {
        "edge-list"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let words = Words::new(scene, BLANK, BLANK);
        let relations = !scene.relation_names.is_empty();
        text.push_str(if scene.direction == Direction::Directed { DIRECTED } else { UNDIRECTED });
        text.extend([
            if relations { " relation" } else { "" },
            if scene.weights.is_some() { " weight" } else { "" },
            "\n",
        ]);
        for edge in words.edges() {
            text.extend([edge.source, " ", edge.target]);
            if relations {
                text.extend([" ", edge.relation_or_linked()]);
            }
            if let Some(weight) = edge.weight {
                text.extend([" ", &weight.to_string()]);
            }
            text.push('\n');
        }
        for (name, _) in words.nodes().zip(scene.touched()).filter(|(_, touched)| !touched) {
            text.extend([name, "\n"]);
        }
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut found = Collector::default();
        let (mut line, lines) = Cursor::first_line(self.name(), text);
        found.direct(read_direction(&mut line, [UNDIRECTED, DIRECTED])?);
        let (relations, weights) = (line.take(" relation"), line.take(" weight"));
        line.finish()?;
        for mut line in lines {
            read_line(relations, weights, &mut line, &mut found)?;
        }
        Ok(found.finish())
    }
}

fn read_line(relations: bool, weights: bool, line: &mut Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
    let source = line.name(BLANK)?;
    let source = found.node(source);
    if line.is_done() {
        return Ok(());
    }
    line.expect(" ")?;
    let target = line.name(BLANK)?;
    let (mut relation, mut weight) = (None, None);
    if relations {
        line.expect(" ")?;
        relation = line.name_or(LINKED, BLANK)?;
    }
    if weights {
        line.expect(" ")?;
        weight = Some(line.number()?);
    }
    line.finish()?;
    let target = found.node(target);
    found.edge(source, target, relation, weight);
    Ok(())
}
