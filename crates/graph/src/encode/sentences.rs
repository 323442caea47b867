//! The shape that `friendship`, `social-network` and `coauthorship` share: a list of all nodes, then a sentence per edge.
//!
//! ```text
//! Friendship graph of Ada, Ben, Carl.
//! Ada and Ben are friends.
//! ```
//!
//! A relation or weight stands in brackets before the full stop, `Ada and Ben are friends [schoolmates, weight 5].`

use crate::Direction;

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::words::{Words, append_qualifiers, direct, read_nodes, read_qualifiers};
use super::{Encoder, Scene};

/// The words of one such encoder.
pub(super) struct Sentences {
    /// Key in configurations.
    pub(super) name: &'static str,
    /// Begins the list of nodes.
    pub(super) header: &'static str,
    /// Stands between and after the ends of an undirected edge.
    pub(super) mutual: [&'static str; 2],
    /// Stands between and after the ends of an arrow.
    pub(super) one_way: [&'static str; 2],
}

impl Sentences {
    /// What may follow a node's name in a sentence; no name of a list may hold one of these either.
    fn marks(&self) -> [&'static str; 6] {
        [", ", " [", self.mutual[0], self.mutual[1], self.one_way[0], self.one_way[1]]
    }

    fn read_sentence(&self, line: &mut Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
        line.expect_last(".")?;
        let source = line.name(&self.marks())?;
        let (direction, after) = if line.take(self.mutual[0]) {
            (Direction::Undirected, self.mutual[1])
        } else {
            line.expect(self.one_way[0])?;
            (Direction::Directed, self.one_way[1])
        };
        let target = line.name(&self.marks())?;
        line.expect(after)?;
        let (relation, weight) = read_qualifiers(line)?;
        line.finish()?;
        direct(direction, line, found)?;
        let (source, target) = (found.node(source), found.node(target));
        found.edge(source, target, relation, weight);
        Ok(())
    }
}

impl Encoder for Sentences {
    fn name(&self) -> &'static str {
        self.name
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let words = Words::with_qualifiers(scene, &self.marks());
        text.extend([self.header, " "]);
        words.append_nodes(text);
        text.push_str(".\n");
        let [between, after] = if scene.direction == Direction::Directed { self.one_way } else { self.mutual };
        for edge in words.edges() {
            text.extend([edge.source, between, edge.target, after]);
            append_qualifiers(edge.relation, edge.weight, text);
            text.push_str(".\n");
        }
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut found = Collector::default();
        let (mut header, lines) = Cursor::first_line(self.name, text);
        header.expect(self.header)?;
        header.expect(" ")?;
        header.expect_last(".")?;
        read_nodes(&mut header, &[", "], &mut found)?;
        header.finish()?;
        for mut line in lines {
            self.read_sentence(&mut line, &mut found)?;
        }
        Ok(found.finish())
    }
}
