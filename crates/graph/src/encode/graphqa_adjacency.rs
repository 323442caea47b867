//! Explained pairs behind a list of all nodes (`GraphQA`'s `adjacency`), all on one line that a full stop closes.
//!
//! ```text
//! In an undirected graph, (i, j) is an edge between i and j. The nodes are 0, 1, 2.
//! The edges are (0, 1) (0, 2).
//! ```
//!
//! With relations the tuples are `(i, r, j)`, with weights `(i, j, w)`; the first sentence says so.

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::tuples::{Form, Tuples};
use super::words::{Words, finish_text, read_nodes};
use super::{Encoder, Scene};

const TUPLES: Tuples = Tuples { comma: ", ", between: " " };
const NODES: &str = " The nodes are ";
const EDGES: &str = "The edges are ";
const NO_EDGES: &str = "There are no edges.";

/// The encoder `graphqa-adjacency`.
pub(super) struct GraphqaAdjacency;

impl Encoder for GraphqaAdjacency {
    fn name(&self) -> &'static str {
        "graphqa-adjacency"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let (words, form) = (Words::new(scene, &TUPLES.marks(), &TUPLES.marks()), Form::of(scene));
        text.extend([&form.meaning(TUPLES), NODES]);
        words.append_nodes(text);
        text.push_str(".\n");
        if scene.subgraph.edges.is_empty() {
            text.extend([NO_EDGES, "\n"]);
        } else {
            text.push_str(EDGES);
            TUPLES.append(&words, form, text);
            text.push_str(".\n");
        }
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut found = Collector::default();
        let (mut line, mut lines) = Cursor::first_line(self.name(), text);
        let form = TUPLES.read_meaning(&mut line, &mut found)?;
        line.expect(NODES)?;
        line.expect_last(".")?;
        read_nodes(&mut line, &[", "], &mut found)?;
        line.finish()?;
        let mut line = lines.next().ok_or_else(|| line.error(format!("a line `{EDGES}…`")))?;
        if !line.take(NO_EDGES) {
            line.expect(EDGES)?;
            line.expect_last(".")?;
            TUPLES.read(form, &mut line, &mut found)?;
        }
        line.finish()?;
        finish_text(found, lines)
    }
}
