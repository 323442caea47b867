//! GML, the graph modelling language.
//!
//! ```text
//! graph [
//! directed 0
//! node [ id 0 label "A" ]
//! node [ id 1 label "B" ]
//! edge [ source 0 target 1 label "likes" weight 5 ]
//! ]
//! ```
//!
//! An edge's label is its relation; `multigraph 1` says that some nodes are joined more than once. What is not ASCII stands as an entity, as the format demands. What is read may hold other
//! keys; a node without a label is called by its id.

use std::collections::{BTreeSet, HashMap};

use crate::{Direction, Edge};

use super::cursor::Cursor;
use super::entities::{Alphabet, escape, unescape};
use super::parsed::{Collector, ParseError, ParsedScene};
use super::{Encoder, Scene};

/// Lists inside lists that are followed.
const DEEPEST: usize = 16;

/// The encoder `gml`.
pub(super) struct Gml;

impl Encoder for Gml {
    fn name(&self) -> &'static str {
        "gml"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let directed = if scene.direction == Direction::Directed { "1" } else { "0" };
        text.extend(["graph [\ndirected ", directed, "\n"]);
        if has_parallel_edges(scene) {
            text.push_str("multigraph 1\n");
        }
        for (id, name) in scene.node_names.iter().enumerate() {
            text.extend(["node [ id ", &id.to_string(), " label \"", &escape(name, Alphabet::Ascii), "\" ]\n"]);
        }
        for (edge, weight) in scene.edges() {
            text.extend(["edge [ source ", &edge.source.to_string(), " target ", &edge.target.to_string()]);
            if let Some(relation) = scene.relation(edge) {
                text.extend([" label \"", &escape(relation, Alphabet::Ascii), "\""]);
            }
            if let Some(weight) = weight {
                text.extend([" weight ", &weight.to_string()]);
            }
            text.push_str(" ]\n");
        }
        text.push_str("]\n");
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut cursor = Cursor::whole(self.name(), text);
        let document = read_list(&mut cursor, 0)?;
        let graph = document.iter().find_map(|(key, value)| match value {
            Value::List(list) if key == "graph" => Some(list),
            _ => None,
        });
        interpret(graph.ok_or_else(|| cursor.error("`graph [ … ]`"))?, &cursor)
    }
}

/// Whether two edges join the same nodes, the same way round where edges are arrows.
fn has_parallel_edges(scene: &Scene<'_>) -> bool {
    let mut seen = BTreeSet::new();
    let ends = |edge: &Edge| match scene.direction {
        Direction::Directed => (edge.source, edge.target),
        Direction::Undirected => (edge.source.min(edge.target), edge.source.max(edge.target)),
    };
    scene.subgraph.edges.iter().any(|edge| !seen.insert(ends(edge)))
}

enum Value {
    /// A number or a string.
    Text(String),
    List(Vec<(String, Value)>),
}

/// Reads keys and values up to the end of the list, or of the text at depth 0.
fn read_list(cursor: &mut Cursor<'_>, depth: usize) -> Result<Vec<(String, Value)>, ParseError> {
    let mut list = Vec::new();
    loop {
        skip_blank(cursor);
        let closes = depth > 0 && cursor.take("]");
        if closes || depth == 0 && cursor.is_done() {
            return Ok(list);
        }
        let key = cursor.take_while(|character| character.is_ascii_alphanumeric() || character == '_');
        if key.is_empty() {
            return Err(cursor.error("a key"));
        }
        skip_blank(cursor);
        list.push((key.into(), read_value(cursor, depth)?));
    }
}

fn read_value(cursor: &mut Cursor<'_>, depth: usize) -> Result<Value, ParseError> {
    if cursor.take("[") {
        if depth == DEEPEST {
            return Err(cursor.error(format!("lists at most {DEEPEST} deep")));
        }
        return Ok(Value::List(read_list(cursor, depth + 1)?));
    }
    if cursor.take("\"") {
        let escaped = cursor.take_while(|character| character != '"');
        cursor.expect("\"")?;
        return unescape(escaped).map(Value::Text).ok_or_else(|| cursor.error("known entities before this"));
    }
    let number =
        cursor.take_while(|character| character.is_ascii_alphanumeric() || matches!(character, '.' | '+' | '-'));
    if number.is_empty() {
        return Err(cursor.error("a number, a string or a list"));
    }
    Ok(Value::Text(number.into()))
}

fn skip_blank(cursor: &mut Cursor<'_>) {
    loop {
        cursor.take_while(char::is_whitespace);
        if !cursor.take("#") {
            return;
        }
        cursor.take_while(|character| character != '\n');
    }
}

fn interpret(graph: &[(String, Value)], cursor: &Cursor<'_>) -> Result<ParsedScene, ParseError> {
    let mut found = Collector::default();
    let directed = text_of(graph, "directed").is_some_and(|value| value == "1");
    found.direct(if directed { Direction::Directed } else { Direction::Undirected });
    let mut nodes = HashMap::new();
    for node in lists(graph, "node") {
        let id = text_of(node, "id").ok_or_else(|| cursor.error("an `id` in every node"))?;
        nodes.insert(id, found.node(text_of(node, "label").unwrap_or(id).into()));
    }
    for edge in lists(graph, "edge") {
        let end = |key: &str| text_of(edge, key).and_then(|id| nodes.get(id).copied());
        let ends = end("source").zip(end("target"));
        let (source, target) = ends.ok_or_else(|| cursor.error("the ids of nodes as ends of every edge"))?;
        let weight = text_of(edge, "weight").map(str::parse).transpose();
        let weight = weight.map_err(|_| cursor.error("weights below 2^32"))?;
        found.edge(source, target, text_of(edge, "label").map(str::to_owned), weight);
    }
    Ok(found.finish())
}

fn lists<'graph>(graph: &'graph [(String, Value)], wanted: &str) -> impl Iterator<Item = &'graph [(String, Value)]> {
    graph.iter().filter_map(move |(key, value)| match value {
        Value::List(list) if key == wanted => Some(list.as_slice()),
        _ => None,
    })
}

fn text_of<'graph>(list: &'graph [(String, Value)], wanted: &str) -> Option<&'graph str> {
    list.iter().find_map(|(key, value)| match value {
        Value::Text(text) if key == wanted => Some(text.as_str()),
        _ => None,
    })
}
