//! The prompts of `NLGraph`, which `GraphWiz` follows: the range of nodes, then edges as pairs without blanks inside.
//!
//! ```text
//! In an undirected graph, (i,j) is an edge between i and j. The nodes are numbered from 0 to 4.
//! The edges are: (0,4) (0,2)
//! ```
//!
//! Weights are told in words, one edge a line: `an edge between node 0 and node 4 with weight 5`; of an arrow
//! `an edge from node 0 to node 4 with weight 5`; a relation reads `an edge of kind likes between …`, and in pairs `(0,likes,4)`.
//! Nodes that are not counting numbers are listed by name.

use crate::Direction;

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::tuples::{Form, Tuples};
use super::words::{Words, WrittenEdge, direct, read_nodes};
use super::{Encoder, Scene};

const TUPLES: Tuples = Tuples { comma: ",", between: " " };
const NODES: &str = " The nodes are ";
const EDGES: &str = "The edges are:";
const UNDIRECTED: [&str; 2] = [" between node ", " and node "];
const DIRECTED: [&str; 2] = [" from node ", " to node "];
const WEIGHT: &str = " with weight ";
const KIND: &str = " of kind ";
const MARKS: &[&str] = &[",", ")", UNDIRECTED[0], UNDIRECTED[1], DIRECTED[0], DIRECTED[1], WEIGHT];

/// The encoder `nlgraph`.
pub(super) struct Nlgraph;

impl Encoder for Nlgraph {
    fn name(&self) -> &'static str {
        "nlgraph"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let (words, form) = (Words::new(scene, MARKS, MARKS), Form::of(scene).unweighted());
        text.extend([&form.meaning(TUPLES), NODES]);
        words.append_range(text);
        text.extend([".\n", EDGES]);
        if scene.subgraph.edges.is_empty() {
            text.push_str(" none\n");
        } else if scene.weights.is_some() {
            text.push('\n');
            for edge in words.edges() {
                append_sentence(&edge, scene.direction, text);
            }
        } else {
            text.push(' ');
            TUPLES.append(&words, form, text);
            text.push('\n');
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
        let mut line = lines.next().ok_or_else(|| line.error(format!("a line `{EDGES}`")))?;
        line.expect(EDGES)?;
        if !line.is_done() && !line.take(" none") {
            line.expect(" ")?;
            TUPLES.read(form, &mut line, &mut found)?;
        }
        line.finish()?;
        for mut line in lines {
            read_sentence(&mut line, &mut found)?;
        }
        Ok(found.finish())
    }
}

fn append_sentence(edge: &WrittenEdge<'_>, direction: Direction, text: &mut String) {
    let [before, between] = if direction == Direction::Directed { DIRECTED } else { UNDIRECTED };
    text.push_str("an edge");
    if let Some(relation) = edge.relation {
        text.extend([KIND, relation]);
    }
    text.extend([before, edge.source, between, edge.target]);
    if let Some(weight) = edge.weight {
        text.extend([WEIGHT, &weight.to_string()]);
    }
    text.push('\n');
}

fn read_sentence(line: &mut Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
    line.expect("an edge")?;
    let relation = if line.take(KIND) { Some(line.name(MARKS)?) } else { None };
    let (direction, between) = if line.take(UNDIRECTED[0]) {
        (Direction::Undirected, UNDIRECTED[1])
    } else {
        line.expect(DIRECTED[0])?;
        (Direction::Directed, DIRECTED[1])
    };
    let source = line.name(MARKS)?;
    line.expect(between)?;
    let target = line.name(MARKS)?;
    let weight = if line.take(WEIGHT) { Some(line.number()?) } else { None };
    line.finish()?;
    direct(direction, line, found)?;
    let (source, target) = (found.node(source), found.node(target));
    found.edge(source, target, relation, weight);
    Ok(())
}
