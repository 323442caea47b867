//! Typed triples behind an explanation and a list of all nodes (`GraphQA`'s `nx_edge_encoder`).
//!
//! ```text
//! In an undirected graph, (s, p, o) says that s is joined to o by p. The nodes are A, B, C.
//! (A, linked, B)
//! ```
//!
//! An edge without a relation is `linked`, a weight comes last, `(A, likes, B, 5)`.

use crate::Direction;

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::quote::LINKED;
use super::triples::{append_triple, read_triple};
use super::words::{Words, read_direction, read_nodes};
use super::{Encoder, Scene, WEIGHT_LAST};

const MARKS: &[&str] = &[", "];
const UNDIRECTED: &str = "In an undirected graph, (s, p, o) says that s is joined to o by p. The nodes are ";
const DIRECTED: &str = "In a directed graph, (s, p, o) says that s leads to o by p. The nodes are ";

/// The encoder `graphqa-triples`.
pub(super) struct GraphqaTriples;

impl Encoder for GraphqaTriples {
    fn name(&self) -> &'static str {
        "graphqa-triples"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let words = Words::new(scene, MARKS, MARKS);
        text.push_str(if scene.direction == Direction::Directed { DIRECTED } else { UNDIRECTED });
        words.append_nodes(text);
        text.push_str(".\n");
        for edge in words.edges() {
            append_triple(&edge, LINKED, text);
        }
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut found = Collector::default();
        let (mut line, lines) = Cursor::first_line(self.name(), text);
        found.direct(read_direction(&mut line, [UNDIRECTED, DIRECTED])?);
        line.expect_last(".")?;
        read_nodes(&mut line, MARKS, &mut found)?;
        line.finish()?;
        for mut line in lines {
            read_triple(&mut line, &mut found)?;
        }
        Ok(found.finish())
    }

    fn weight_legend(&self) -> Option<&'static str> {
        Some(WEIGHT_LAST)
    }
}
