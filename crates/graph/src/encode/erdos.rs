//! The prompts of G1 (the Erdos benchmark): the range of nodes, then the edges as a list.
//!
//! ```text
//! The nodes are numbered from 0 to 15. In an undirected graph, (i, j) is an edge between i and j.
//! The edges are: (1, 15), (15, 11)
//! ```
//!
//! With relations the tuples are `(i, r, j)`, with weights `(i, j, w)`; the second sentence says so. Nodes that are not
//! counting numbers are listed by name.

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::tuples::{Form, Tuples};
use super::words::{Words, finish_text, read_nodes};
use super::{Encoder, Scene};

const TUPLES: Tuples = Tuples { comma: ", ", between: ", " };
const NODES: &str = "The nodes are ";
const STOP: &str = ". ";
const EDGES: &str = "The edges are: ";
const MARKS: &[&str] = &[", ", ")", STOP];

/// The encoder `erdos`.
pub(super) struct Erdos;

impl Encoder for Erdos {
    fn name(&self) -> &'static str {
        "erdos"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let (words, form) = (Words::new(scene, MARKS, MARKS), Form::of(scene));
        text.push_str(NODES);
        words.append_range(text);
        text.extend([STOP, &form.meaning(TUPLES), "\n", EDGES]);
        if scene.subgraph.edges.is_empty() {
            text.push_str("none");
        }
        TUPLES.append(&words, form, text);
        text.push('\n');
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut found = Collector::default();
        let (mut line, mut lines) = Cursor::first_line(self.name(), text);
        line.expect(NODES)?;
        read_nodes(&mut line, &[", ", STOP], &mut found)?;
        line.expect(STOP)?;
        let form = TUPLES.read_meaning(&mut line, &mut found)?;
        line.finish()?;
        let mut line = lines.next().ok_or_else(|| line.error(format!("a line `{EDGES}…`")))?;
        line.expect(EDGES)?;
        if !line.take("none") {
            TUPLES.read(form, &mut line, &mut found)?;
        }
        line.finish()?;
        finish_text(found, lines)
    }
}
