//! `GraphML`, an element a line.
//!
//! ```text
//! <graphml xmlns="http://graphml.graphdrawing.org/xmlns">
//! <graph edgedefault="undirected">
//! <node id="A"/>
//! <node id="B"/>
//! <edge source="A" target="B"/>
//! </graph>
//! </graphml>
//! ```
//!
//! Relations and weights are `data` of an edge, under keys named `relation` and `weight`. What is read may be any `GraphML`
//! of one graph; other data and all attributes of nodes are passed over.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::escape::escape as escape_text;
use quick_xml::events::{BytesStart, Event};

use crate::Direction;

use super::entities::{Alphabet, escape, unescape};
use super::parsed::{Collector, ParseError, ParsedScene};
use super::{Encoder, Scene};

/// The encoder `graphml`.
pub(super) struct Graphml;

impl Encoder for Graphml {
    fn name(&self) -> &'static str {
        "graphml"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        text.push_str("<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n");
        if !scene.relation_names.is_empty() {
            append_key("relation", "string", text);
        }
        if scene.weights.is_some() {
            append_key("weight", "int", text);
        }
        let default = if scene.direction == Direction::Directed { "directed" } else { "undirected" };
        text.extend(["<graph edgedefault=\"", default, "\">\n"]);
        let names: Vec<_> = scene.node_names.iter().map(|name| escape(name, Alphabet::Unicode)).collect();
        for name in &names {
            text.extend(["<node id=\"", name, "\"/>\n"]);
        }
        for (edge, weight) in scene.edges() {
            let (source, target) = (&names[edge.source as usize], &names[edge.target as usize]);
            text.extend(["<edge source=\"", source, "\" target=\"", target, "\""]);
            let relation = scene.relation(edge).map(|name| escape(name, Alphabet::Unicode));
            let data = [("relation", relation), ("weight", weight.map(|weight| weight.to_string()))];
            append_data(data.into_iter().filter_map(|(key, value)| Some((key, value?))), text);
        }
        text.push_str("</graph>\n</graphml>\n");
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut reader = Reader::from_str(text);
        let mut document = Document::default();
        loop {
            let result = match reader.read_event() {
                Ok(Event::Eof) => break,
                Ok(event) => document.read(&event),
                Err(error) => Err(("XML", error.to_string())),
            };
            result.map_err(|(expected, got)| {
                let end = (reader.buffer_position() as usize).min(text.len());
                let line = 1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..end]).count();
                ParseError { encoder: "graphml", line, expected: expected.into(), got: format!("`{got}`") }
            })?;
        }
        if !document.closed {
            let (expected, got) = ("`<graph>` … `</graph>`".into(), "the end".into());
            return Err(ParseError { encoder: "graphml", line: text.lines().count().max(1), expected, got });
        }
        Ok(document.found.finish())
    }
}

fn append_key(name: &str, kind: &str, text: &mut String) {
    text.extend(["<key id=\"", name, "\" for=\"edge\" attr.name=\"", name, "\" attr.type=\"", kind, "\"/>\n"]);
}

/// Closes an edge's tag, with its data inside if there are any.
fn append_data(data: impl Iterator<Item = (&'static str, String)>, text: &mut String) {
    let mut data = data.peekable();
    if data.peek().is_none() {
        text.push_str("/>\n");
        return;
    }
    text.push('>');
    for (key, value) in data {
        text.extend(["<data key=\"", key, "\">", &value, "</data>"]);
    }
    text.push_str("</edge>\n");
}

/// What was expected, and what was got.
type Mismatch = (&'static str, String);

/// A document as far as it was read.
#[derive(Default)]
struct Document {
    found: Collector,
    /// `attr.name` of every key of edges, by id.
    keys: HashMap<String, String>,
    edge: Option<OpenEdge>,
    /// The key and the text of the `data` that is open.
    data: Option<(String, String)>,
    closed: bool,
}

struct OpenEdge {
    source: String,
    target: String,
    relation: Option<String>,
    weight: Option<u32>,
}

impl Document {
    fn read(&mut self, event: &Event<'_>) -> Result<(), Mismatch> {
        match event {
            Event::Start(tag) => self.open(tag)?,
            Event::Empty(tag) => {
                self.open(tag)?;
                self.close(tag.local_name().as_ref())?;
            }
            Event::End(tag) => self.close(tag.local_name().as_ref())?,
            Event::Text(text) => self.append(text),
            Event::CData(text) => self.append(&escape_text(&**text)),
            Event::GeneralRef(entity) => self.append(&format!("&{};", &**entity)),
            _ => {}
        }
        Ok(())
    }

    fn append(&mut self, piece: &str) {
        if let Some((_, text)) = &mut self.data {
            text.push_str(piece);
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), Mismatch> {
        match tag.local_name().as_ref() {
            "graph" => {
                let directed = attribute(tag, "edgedefault")?.is_some_and(|default| default == "directed");
                if !self.found.direct(if directed { Direction::Directed } else { Direction::Undirected }) {
                    return Err(("graphs of one direction", "another direction".into()));
                }
            }
            "key" => {
                let id = demanded(tag, "id")?;
                let name = attribute(tag, "attr.name")?.unwrap_or_else(|| id.clone());
                self.keys.insert(id, name);
            }
            "node" => {
                let id = demanded(tag, "id")?;
                self.found.node(id);
            }
            "edge" => {
                let (source, target) = (demanded(tag, "source")?, demanded(tag, "target")?);
                self.edge = Some(OpenEdge { source, target, relation: None, weight: None });
            }
            "data" => self.data = Some((demanded(tag, "key")?, String::new())),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, tag: &str) -> Result<(), Mismatch> {
        match tag {
            "graph" => self.closed = true,
            "data" => {
                if let (Some((key, text)), Some(edge)) = (self.data.take(), &mut self.edge) {
                    let value = unescape(&text).ok_or_else(|| ("known entities", text.clone()))?;
                    match self.keys.get(&key).unwrap_or(&key).as_str() {
                        "relation" => edge.relation = Some(value),
                        "weight" => {
                            let weight = value.trim().parse();
                            edge.weight = Some(weight.map_err(|_| ("a weight below 2^32", value))?);
                        }
                        _ => {}
                    }
                }
            }
            "edge" => {
                if let Some(edge) = self.edge.take() {
                    let (source, target) = (self.found.node(edge.source), self.found.node(edge.target));
                    self.found.edge(source, target, edge.relation, edge.weight);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn demanded(tag: &BytesStart<'_>, name: &'static str) -> Result<String, Mismatch> {
    attribute(tag, name)?.ok_or_else(|| (name, format!("<{}>", tag.attributes_raw())))
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Result<Option<String>, Mismatch> {
    // The check for repeated names takes quadratic time.
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| ("attributes", error.to_string()))?;
        if attribute.key.local_name().as_ref() == name {
            let value = unescape(&attribute.value).ok_or_else(|| ("known entities", attribute.value.to_string()))?;
            return Ok(Some(value));
        }
    }
    Ok(None)
}
