//! GraphML: graphs with typed attributes, in XML.
//!
//! Nodes, edges and graphs have `data` elements whose `key` is declared before them with a name and, where it has one, a
//! default that counts wherever no `data` is. See [`draft`](crate::draft) for what becomes of attributes. An edge may say its own
//! `directed`; a file with directed and undirected edges is refused unless the user chooses. Several `graph` elements are a
//! collection, and so are several `.graphml` files in a folder; each graph has node ids of its own. Nested graphs are refused;
//! hyperedges, ports and whatever else is in the file is counted and left out.
//!
//! The file is read event by event, so memory is that of the graph. An element has at most
//! [`MAX_LINE_BYTES`] bytes, entities other than the five of XML are refused, and nothing outside the file is ever read.

use std::cell::Cell;
use std::collections::HashMap;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::collection;
use crate::draft::{Draft, EdgeRole, EdgeValues};
use crate::format::{Description, Format};
use crate::read_error::{ReadError, quote};
use crate::source::{MAX_LINE_BYTES, Sources, failed_read, open};
use ssl4rl_graph::{Direction, Graph};

const EXTENSION: &str = ".graphml";
/// Read ahead of the event in progress.
const WINDOW_BYTES: usize = 64 << 10;

/// The format's entry in the table of formats.
pub(super) struct GraphMl;

impl Format for GraphMl {
    fn accepted(&self) -> &'static str {
        "GraphML: `.graphml` files, one or several graphs"
    }

    fn recognises(&self, sources: &Sources) -> bool {
        sources.with_suffix(EXTENSION).next().is_some()
    }

    fn read(&self, description: &Description<'_>, sources: &Sources) -> Result<Graph, ReadError> {
        let mut draft = Draft::default();
        let mut names = sources.with_suffix(EXTENSION);
        let (Some(name), None) = (names.next(), names.next()) else {
            collection::read(&mut draft, sources, EXTENSION, |draft, path| Document::read(draft, path, false))?;
            return draft.finish(description, sources.origin());
        };
        let path = sources.require(name)?;
        Document::read(&mut draft, path, true)?;
        draft.finish(description, path)
    }
}

/// What an attribute belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Domain {
    Node,
    Edge,
    Graph,
}

struct Key {
    name: String,
    default: Option<String>,
    /// What it may belong to; nothing else counts.
    domains: Vec<Domain>,
}

/// The node or edge in progress.
enum Element {
    Node { id: String },
    Edge { source: String, target: String, direction: Option<Direction> },
}

/// A file in progress.
struct Document<'draft> {
    path: &'draft Path,
    draft: &'draft mut Draft,
    keys: HashMap<String, Key>,
    /// The key in progress and its id.
    key: Option<(String, Key)>,
    /// Offset of the event in progress.
    offset: u64,
    /// Names of the open elements.
    open: Vec<String>,
    graphs: usize,
    /// First node of the graph in progress, and for each of its nodes whether its element was there.
    first_node: usize,
    declared: Vec<bool>,
    default_direction: Direction,
    element: Option<Element>,
    /// Values of the element in progress, or of the graph, by key.
    values: Vec<(String, String)>,
    graph_values: Vec<(String, String)>,
    /// Key and text of the `data` or `default` element in progress.
    data: Option<(String, String)>,
    /// Whether each `graph` element is a member.
    is_collection: bool,
}

impl<'draft> Document<'draft> {
    fn read(draft: &'draft mut Draft, path: &'draft Path, is_collection: bool) -> Result<(), ReadError> {
        let mut document = Self {
            path,
            draft,
            keys: HashMap::new(),
            key: None,
            offset: 0,
            open: Vec::new(),
            graphs: 0,
            first_node: 0,
            declared: Vec::new(),
            default_direction: Direction::Undirected,
            element: None,
            values: Vec::new(),
            graph_values: Vec::new(),
            data: None,
            is_collection,
        };
        let allowance = Rc::new(Cell::new(0));
        let bounded = Bounded { inner: open(path)?, allowance: Rc::clone(&allowance) };
        let mut reader = Reader::from_reader(BufReader::with_capacity(WINDOW_BYTES, bounded));
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            allowance.set(MAX_LINE_BYTES + WINDOW_BYTES);
            document.offset = reader.buffer_position();
            match reader.read_event_into(&mut buffer) {
                Ok(Event::Eof) => break,
                Ok(event) => document.take(&event)?,
                Err(error) => return Err(document.failed(error, reader.error_position())),
            }
        }
        document.close()
    }

    fn failed(&self, error: quick_xml::Error, offset: u64) -> ReadError {
        match error {
            quick_xml::Error::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                self.wrong(format!("an element of at most {MAX_LINE_BYTES} bytes"), "a longer one")
            }
            quick_xml::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData && !self.is_compressed() => {
                self.wrong("UTF-8 text", error.to_string())
            }
            quick_xml::Error::Io(error) => failed_read(self.path, io::Error::new(error.kind(), error.to_string())),
            other => {
                let offset = offset as usize;
                ReadError::Bytes { path: self.path.to_owned(), offset, expected: "XML".into(), got: other.to_string() }
            }
        }
    }

    fn is_compressed(&self) -> bool {
        self.path.extension().is_some_and(|extension| extension == "gz")
    }

    fn wrong(&self, expected: impl Into<String>, got: impl Into<String>) -> ReadError {
        let (path, offset) = (self.path.to_owned(), self.offset as usize);
        ReadError::Bytes { path, offset, expected: expected.into(), got: got.into() }
    }

    fn take(&mut self, event: &Event<'_>) -> Result<(), ReadError> {
        match event {
            Event::Start(start) => self.start(start),
            Event::Empty(start) => {
                self.start(start)?;
                self.end()
            }
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let name = reference.xml10_content();
                let character =
                    reference.resolve_char_ref().map_err(|error| self.wrong("a character", error.to_string()))?;
                let named = quick_xml::escape::resolve_predefined_entity(&name).map(String::from);
                let text = character.map(String::from).or(named);
                let text = text.ok_or_else(|| self.wrong("one of XML's own entities", quote(name.as_bytes())))?;
                self.text(&text)
            }
            _ => Ok(()),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), ReadError> {
        let Some((_, value)) = &mut self.data else { return Ok(()) };
        value.push_str(text);
        let length = value.len();
        if length <= MAX_LINE_BYTES {
            return Ok(());
        }
        Err(self.wrong(format!("a value of at most {MAX_LINE_BYTES} bytes"), "a longer one"))
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), ReadError> {
        let name = start.local_name().into_inner().to_owned();
        let parent = self.open.last().map(String::as_str);
        if parent.is_none() && name != "graphml" {
            return Err(self.wrong("`graphml` as the outermost element", quote(name.as_bytes())));
        }
        match (&name[..], parent) {
            ("key", Some("graphml")) => self.declare(start)?,
            ("default", Some("key")) => self.data = Some((String::new(), String::new())),
            ("graph", Some("graphml")) => self.start_graph(start)?,
            ("graph", _) => return Err(self.wrong("graphs side by side", "a graph inside a node or an edge")),
            ("node", Some("graph")) => {
                self.element = Some(Element::Node { id: self.required(start, "id")? });
            }
            ("edge", Some("graph")) => {
                let direction = match self.attribute(start, "directed")?.as_deref() {
                    None => None,
                    Some("true") => Some(Direction::Directed),
                    Some("false") => Some(Direction::Undirected),
                    Some(other) => return Err(self.wrong("`directed` to be true or false", quote(other.as_bytes()))),
                };
                let (source, target) = (self.required(start, "source")?, self.required(start, "target")?);
                self.element = Some(Element::Edge { source, target, direction });
            }
            ("data", Some("node" | "edge" | "graph")) => {
                self.data = Some((self.required(start, "key")?, String::new()));
            }
            ("graphml" | "desc", _) => {}
            (other, _) => self.draft.ignore(&format!("element `{}`", other.escape_debug())),
        }
        self.open.push(name);
        Ok(())
    }

    fn end(&mut self) -> Result<(), ReadError> {
        let Some(name) = self.open.pop() else { return Ok(()) };
        match (&name[..], self.open.last().map(String::as_str)) {
            ("default", Some("key")) => {
                if let (Some((_, text)), Some((_, key))) = (self.data.take(), &mut self.key) {
                    key.default = Some(text.trim().to_owned());
                }
            }
            ("key", Some("graphml")) => self.keys.extend(self.key.take()),
            ("data", Some(parent)) => {
                let is_graphs = parent == "graph";
                if let Some((key, text)) = self.data.take() {
                    if !self.keys.contains_key(&key) {
                        return Err(self.wrong("a key that was declared", quote(key.as_bytes())));
                    }
                    let values = if is_graphs { &mut self.graph_values } else { &mut self.values };
                    values.push((key, text.trim().to_owned()));
                }
            }
            ("node", Some("graph")) => return self.end_node(),
            ("edge", Some("graph")) => return self.end_edge(),
            ("graph", Some("graphml")) => return self.end_graph(),
            _ => {}
        }
        Ok(())
    }

    fn declare(&mut self, start: &BytesStart<'_>) -> Result<(), ReadError> {
        let id = self.required(start, "id")?;
        let name = self.attribute(start, "attr.name")?.unwrap_or_else(|| id.clone());
        let domains = match self.attribute(start, "for")?.as_deref() {
            Some("node") => vec![Domain::Node],
            Some("edge") => vec![Domain::Edge],
            Some("graph") => vec![Domain::Graph],
            Some("all") | None => vec![Domain::Node, Domain::Edge, Domain::Graph],
            Some(_) => Vec::new(),
        };
        if self.keys.contains_key(&id) {
            return Err(self.wrong("a key that was not declared before", quote(id.as_bytes())));
        }
        self.key = Some((id, Key { name, default: None, domains }));
        Ok(())
    }

    fn start_graph(&mut self, start: &BytesStart<'_>) -> Result<(), ReadError> {
        self.default_direction = match self.attribute(start, "edgedefault")?.as_deref() {
            Some("directed") => Direction::Directed,
            Some("undirected") | None => Direction::Undirected,
            Some(other) => {
                return Err(self.wrong("`edgedefault` to be directed or undirected", quote(other.as_bytes())));
            }
        };
        self.graphs += 1;
        self.declared.clear();
        self.first_node = self.draft.node_count();
        if self.is_collection {
            let number = format!("graph {}", self.graphs);
            let name = self.attribute(start, "id")?.filter(|id| !id.is_empty()).unwrap_or(number);
            self.draft.start_member(&name);
        } else if self.graphs > 1 {
            return Err(self.wrong("one graph a file in a folder of several files", "a second graph"));
        }
        Ok(())
    }

    /// Values of the element in progress by attribute name, defaults among them.
    fn named_values(&self, domain: Domain, given: Vec<(String, String)>) -> Vec<(String, String)> {
        let mut defaults: Vec<(&String, &Key)> = self
            .keys
            .iter()
            .filter(|(id, key)| {
                key.domains.contains(&domain) && key.default.is_some() && !given.iter().any(|(other, _)| other == *id)
            })
            .collect();
        defaults.sort_unstable_by_key(|(id, _)| *id);
        let default = |(_, key): (&String, &Key)| (key.name.clone(), key.default.clone().unwrap_or_default());
        let mut named: Vec<(String, String)> = defaults.into_iter().map(default).collect();
        for (id, value) in given {
            if let Some(key) = self.keys.get(&id) {
                named.push((key.name.clone(), value));
            }
        }
        named
    }

    fn end_node(&mut self) -> Result<(), ReadError> {
        let Some(Element::Node { id }) = self.element.take() else { return Ok(()) };
        let node = self.draft.node(&id);
        let position = node as usize - self.first_node;
        self.declared.resize(self.declared.len().max(position + 1), false);
        if std::mem::replace(&mut self.declared[position], true) {
            return Err(self.wrong("a node id that was not seen before", quote(id.as_bytes())));
        }
        let given = std::mem::take(&mut self.values);
        for (name, value) in self.named_values(Domain::Node, given) {
            let column = self.draft.column(&name);
            self.draft.value(node, column, &value);
        }
        Ok(())
    }

    fn end_edge(&mut self) -> Result<(), ReadError> {
        let Some(Element::Edge { source, target, direction }) = self.element.take() else { return Ok(()) };
        self.draft.direction(direction.unwrap_or(self.default_direction));
        let given = std::mem::take(&mut self.values);
        let mut weight = None;
        let mut relation = None;
        for (name, value) in self.named_values(Domain::Edge, given) {
            match EdgeRole::of(&name) {
                Some(EdgeRole::Weight) => {
                    let number = value.parse::<f32>().ok().filter(|number| number.is_finite());
                    weight =
                        Some(number.ok_or_else(|| self.wrong("a finite number as weight", quote(value.as_bytes())))?);
                }
                Some(EdgeRole::Relation) if !value.is_empty() => relation = Some(value),
                _ => self.draft.ignore(&format!("edge attribute `{}`", name.escape_debug())),
            }
        }
        // A node may stand behind its edges.
        let (source, target) = (self.draft.node(&source), self.draft.node(&target));
        self.draft.edge(source, target, EdgeValues { weight, relation: relation.as_deref() });
        Ok(())
    }

    fn end_graph(&mut self) -> Result<(), ReadError> {
        self.declared.resize(self.draft.node_count() - self.first_node, false);
        if let Some(position) = self.declared.iter().position(|&declared| !declared) {
            let id = self.draft.id(self.first_node + position).escape_debug().to_string();
            return Err(self.wrong("a `node` for both ends of every edge", format!("an edge of `{id}`")));
        }
        self.draft.direction_without_edges(self.default_direction);
        let given = std::mem::take(&mut self.graph_values);
        for (name, value) in self.named_values(Domain::Graph, given) {
            let set = self.draft.member_attribute(&name, &value);
            set.map_err(|problem| self.wrong("a known value", problem))?;
        }
        Ok(())
    }

    /// Holds the file to be whole.
    fn close(self) -> Result<(), ReadError> {
        match self.open.last() {
            Some(name) => Err(self.wrong(format!("`</{name}>`"), "the end of the file")),
            None if self.graphs == 0 => {
                Err(ReadError::Empty { path: self.path.to_owned(), expected: "`graphml` with a `graph`".into() })
            }
            None => Ok(()),
        }
    }

    fn attribute(&self, start: &BytesStart<'_>, name: &str) -> Result<Option<String>, ReadError> {
        let bad =
            |error: &dyn std::fmt::Display| self.wrong("attributes of the form name=\"value\"", error.to_string());
        let attribute = start.try_get_attribute(name).map_err(|error| bad(&error))?;
        let value = attribute.map(|attribute| attribute.normalized_value(XmlVersion::Implicit1_0).map(String::from));
        value.transpose().map_err(|error| bad(&error))
    }

    fn required(&self, start: &BytesStart<'_>, name: &str) -> Result<String, ReadError> {
        let value = self.attribute(start, name)?;
        value.ok_or_else(|| self.wrong(format!("an attribute `{name}`"), quote(start.as_bytes())))
    }
}

/// A reader that fails when more is read than it is allowed.
struct Bounded {
    inner: Box<dyn Read + Send>,
    allowance: Rc<Cell<usize>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.allowance.get();
        if left == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let wanted = buffer.len().min(left);
        let count = self.inner.read(&mut buffer[..wanted])?;
        self.allowance.set(left - count);
        Ok(count)
    }
}
