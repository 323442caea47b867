//! One JSON object, as programs exchange graphs:
//! `{"directed":false,"nodes":["A","B"],"edges":[{"source":"A","target":"B"}]}`.
//!
//! Edges have the further keys `relation` and `weight` where the scene has them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::Direction;

use super::parsed::{Collector, ParseError, ParsedScene};
use super::{Encoder, Scene};

/// The encoder `json`.
pub(super) struct Json;

#[derive(Serialize, Deserialize)]
struct Document<'text> {
    directed: bool,
    #[serde(borrow)]
    nodes: Vec<Cow<'text, str>>,
    #[serde(borrow)]
    edges: Vec<Link<'text>>,
}

#[derive(Serialize, Deserialize)]
struct Link<'text> {
    #[serde(borrow)]
    source: Cow<'text, str>,
    #[serde(borrow)]
    target: Cow<'text, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    relation: Option<Cow<'text, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weight: Option<u32>,
}

impl Encoder for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let edges = scene.edges().map(|(edge, weight)| Link {
            source: scene.node(edge.source).into(),
            target: scene.node(edge.target).into(),
            relation: scene.relation(edge).map(Cow::from),
            weight,
        });
        let document = Document {
            directed: scene.direction == Direction::Directed,
            nodes: scene.node_names.iter().map(Cow::from).collect(),
            edges: edges.collect(),
        };
        // Strings, numbers and lists of them always become JSON.
        text.push_str(&serde_json::to_string(&document).unwrap_or_default());
        text.push('\n');
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let document: Document<'_> = serde_json::from_str(text).map_err(|error| ParseError {
            encoder: self.name(),
            line: error.line().max(1),
            expected: "an object with `directed`, `nodes` and `edges`".into(),
            got: format!("`{error}`"),
        })?;
        let mut found = Collector::default();
        found.direct(if document.directed { Direction::Directed } else { Direction::Undirected });
        for name in document.nodes {
            found.node(name.into_owned());
        }
        for edge in document.edges {
            let (source, target) = (found.node(edge.source.into_owned()), found.node(edge.target.into_owned()));
            found.edge(source, target, edge.relation.map(Cow::into_owned), edge.weight);
        }
        Ok(found.finish())
    }
}
