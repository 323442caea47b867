//! JSON in node-link form, as `networkx.node_link_data` writes it.
//!
//! ```json
//! {"directed": false, "multigraph": false, "graph": {"name": "two"},
//!  "nodes": [{"id": "a", "class": "x"}, {"id": "b"}],
//!  "edges": [{"source": "a", "target": "b", "weight": 2}]}
//! ```
//!
//! `edges` may be called `links`. Ids are texts or whole numbers. Attributes are texts, numbers, `true`, `false` or `null`,
//! which says that nothing is known; see [`draft`](crate::draft) for what becomes of them. A list of such objects is a collection,
//! and so are several `.json` files in a folder; what `graph` holds is an attribute of the member.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::edge_list::named_table;
use crate::collection;
use crate::draft::{Draft, EdgeRole, EdgeValues};
use crate::format::{Description, Format};
use crate::read_error::{ReadError, quote};
use crate::source::{Sources, read_whole};
use ssl4rl_graph::{Direction, Graph};

const EXTENSION: &str = ".json";

/// The format's entry in the table of formats.
pub(super) struct NodeLink;

impl Format for NodeLink {
    fn accepted(&self) -> &'static str {
        "node-link JSON: `.json` files with `nodes` and `edges` (or `links`), as networkx writes them, one or several graphs"
    }

    fn recognises(&self, sources: &Sources) -> bool {
        // Beside a table of edges, JSON is about something else.
        sources.with_suffix(EXTENSION).next().is_some() && named_table(sources).is_none()
    }

    fn read(&self, description: &Description<'_>, sources: &Sources) -> Result<Graph, ReadError> {
        let mut draft = Draft::default();
        let mut names = sources.with_suffix(EXTENSION);
        let (Some(name), None) = (names.next(), names.next()) else {
            collection::read(&mut draft, sources, EXTENSION, |draft, path| match read(path)? {
                Content::One(graph) => add(draft, &graph, path),
                Content::Several(_) => {
                    let problem = "expected one graph a file in a folder of several files".into();
                    Err(ReadError::Content { path: path.to_owned(), problem })
                }
            })?;
            return draft.finish(description, sources.origin());
        };
        let path = sources.require(name)?;
        match read(path)? {
            Content::One(graph) => add(&mut draft, &graph, path)?,
            Content::Several(graphs) => {
                for (number, graph) in graphs.iter().enumerate() {
                    draft.start_member(&format!("graph {}", number + 1));
                    add(&mut draft, graph, path)?;
                }
            }
        }
        draft.finish(description, path)
    }
}

fn read(path: &Path) -> Result<Content, ReadError> {
    let bytes = read_whole(path)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    if bytes.is_empty() {
        return Err(ReadError::Empty {
            path: path.to_owned(),
            expected: "a JSON object with `nodes` and `edges`".into(),
        });
    }
    serde_json::from_slice(bytes).map_err(|source| ReadError::Json { path: path.to_owned(), source })
}

/// Adds a graph; errors name the position of the node or edge in its list, from 0.
fn add(draft: &mut Draft, graph: &Stated, path: &Path) -> Result<(), ReadError> {
    let wrong = |problem: String| ReadError::Content { path: path.to_owned(), problem };
    if let Some(directed) = graph.directed {
        draft.direction(if directed { Direction::Directed } else { Direction::Undirected });
    }
    for (name, value) in graph.graph.texts() {
        draft.member_attribute(name, &value).map_err(wrong)?;
    }
    for (position, node) in graph.nodes.iter().enumerate() {
        let id = node
            .id("id")
            .ok_or_else(|| wrong(format!("node {position} has no `id` that is a text or a whole number")))?;
        if draft.find(&id).is_some() {
            return Err(wrong(format!("node {position} has the id {} of an earlier one", quote(id.as_bytes()))));
        }
        let own = draft.node(&id);
        for (name, value) in node.texts().filter(|(name, _)| *name != "id") {
            let column = draft.column(name);
            draft.value(own, column, &value);
        }
    }
    for (position, edge) in graph.edges.iter().enumerate() {
        let end = |end: &str| {
            let id = edge.id(end).ok_or_else(|| wrong(format!("edge {position} has no `{end}` that is an id")))?;
            let unknown =
                || wrong(format!("edge {position}: `{end}` is {}, which no node has as `id`", quote(id.as_bytes())));
            draft.find(&id).ok_or_else(unknown)
        };
        let (source, target) = (end("source")?, end("target")?);
        let (mut weight, mut relation) = (None, None);
        for (name, value) in edge.texts().filter(|(name, _)| !["source", "target", "key"].contains(name)) {
            match EdgeRole::of(name) {
                Some(EdgeRole::Weight) => {
                    let number = value.parse::<f32>().ok().filter(|number| number.is_finite());
                    let bad = || {
                        wrong(format!("edge {position}: `{name}` is {}, not a finite number", quote(value.as_bytes())))
                    };
                    weight = Some(number.ok_or_else(bad)?);
                }
                Some(EdgeRole::Relation) if !value.is_empty() => relation = Some(value),
                _ => draft.ignore(&format!("edge attribute `{}`", name.escape_debug())),
            }
        }
        draft.edge(source, target, EdgeValues { weight, relation: relation.as_deref() });
    }
    Ok(())
}

/// What a file holds.
enum Content {
    One(Box<Stated>),
    Several(Vec<Stated>),
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<Source: Deserializer<'de>>(source: Source) -> Result<Self, Source::Error> {
        source.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with `nodes` and `edges`, or a list of such objects")
    }

    fn visit_map<Access: MapAccess<'de>>(self, access: Access) -> Result<Content, Access::Error> {
        let graph = Stated::deserialize(serde::de::value::MapAccessDeserializer::new(access))?;
        Ok(Content::One(Box::new(graph)))
    }

    fn visit_seq<Access: SeqAccess<'de>>(self, mut access: Access) -> Result<Content, Access::Error> {
        let mut graphs = Vec::new();
        while let Some(graph) = access.next_element()? {
            graphs.push(graph);
        }
        Ok(Content::Several(graphs))
    }
}

/// One graph.
#[derive(Deserialize)]
struct Stated {
    #[serde(default)]
    directed: Option<bool>,
    #[serde(default)]
    graph: Attributes,
    nodes: Vec<Attributes>,
    #[serde(alias = "links")]
    edges: Vec<Attributes>,
}

/// The entries of an object, in the order of the file.
#[derive(Default)]
struct Attributes(Vec<(String, Scalar)>);

impl Attributes {
    fn id(&self, name: &str) -> Option<String> {
        match &self.0.iter().find(|(other, _)| other == name)?.1 {
            Scalar::Text(text) => Some(text.clone()),
            Scalar::Whole(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Values as text; those that are no scalar are left out as unknown.
    fn texts(&self) -> impl Iterator<Item = (&str, String)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.text()))
    }
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<Source: Deserializer<'de>>(source: Source) -> Result<Self, Source::Error> {
        source.deserialize_map(AttributesVisitor)
    }
}

struct AttributesVisitor;

impl<'de> Visitor<'de> for AttributesVisitor {
    type Value = Attributes;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of attributes")
    }

    fn visit_map<Access: MapAccess<'de>>(self, mut access: Access) -> Result<Attributes, Access::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Attributes(entries))
    }
}

/// A value.
enum Scalar {
    Text(String),
    Whole(i64),
    Number(f64),
    Truth(bool),
    /// `null`, a list or an object.
    Nothing,
}

impl Scalar {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.trim().to_owned(),
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Truth(truth) => truth.to_string(),
            Self::Nothing => String::new(),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<Source: Deserializer<'de>>(source: Source) -> Result<Self, Source::Error> {
        source.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_str<Problem>(self, text: &str) -> Result<Scalar, Problem> {
        Ok(Scalar::Text(text.to_owned()))
    }

    fn visit_i64<Problem>(self, number: i64) -> Result<Scalar, Problem> {
        Ok(Scalar::Whole(number))
    }

    fn visit_u64<Problem>(self, number: u64) -> Result<Scalar, Problem> {
        Ok(i64::try_from(number).map_or(Scalar::Text(number.to_string()), Scalar::Whole))
    }

    fn visit_f64<Problem>(self, number: f64) -> Result<Scalar, Problem> {
        Ok(Scalar::Number(number))
    }

    fn visit_bool<Problem>(self, truth: bool) -> Result<Scalar, Problem> {
        Ok(Scalar::Truth(truth))
    }

    fn visit_unit<Problem>(self) -> Result<Scalar, Problem> {
        Ok(Scalar::Nothing)
    }

    fn visit_seq<Access: SeqAccess<'de>>(self, mut access: Access) -> Result<Scalar, Access::Error> {
        while access.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nothing)
    }

    fn visit_map<Access: MapAccess<'de>>(self, mut access: Access) -> Result<Scalar, Access::Error> {
        while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nothing)
    }
}
