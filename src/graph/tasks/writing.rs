//! How a task writes a subgraph: the encoder and the naming scheme chosen by name, and the names they gave.

use crate::graph::encode::naming::{self, Naming};
use crate::graph::encode::{self, Encoder, Scene};
use crate::graph::sample::Subgraph;
use crate::graph::{Direction, Graph, Node};
use crate::tasks::{TaskError, TaskRng};

use super::ranges::invalid;

/// An encoder and a naming scheme.
pub(super) struct Writing {
    encoder: &'static dyn Encoder,
    naming: &'static dyn Naming,
}

impl Writing {
    /// Finds both by name.
    pub(super) fn new(task: &'static str, encoder: &str, naming: &str) -> Result<Self, TaskError> {
        let encoder_named =
            encode::by_name(encoder).map_err(|error| invalid(task, "encoder", "a known encoder", error.to_string()))?;
        let naming_named =
            naming::by_name(naming).map_err(|error| invalid(task, "naming", "a known scheme", error.to_string()))?;
        Ok(Self { encoder: encoder_named, naming: naming_named })
    }

    /// Names and text of `subgraph`; `None` where the graph lacks what the naming scheme needs.
    pub(super) fn write(&self, graph: &Graph, subgraph: Subgraph, rng: &mut TaskRng) -> Option<Written> {
        let names = self.names(graph, &subgraph, rng)?;
        let mut text = String::with_capacity(256);
        let (direction, relation_names) = (graph.direction(), graph.relation_names());
        self.encoder.encode(&Scene { subgraph: &subgraph, direction, node_names: &names, relation_names }, &mut text);
        Some(Written { subgraph, names, text })
    }

    /// A name for every id of `subgraph`; `None` where the graph lacks what the naming scheme needs.
    pub(super) fn names(&self, graph: &Graph, subgraph: &Subgraph, rng: &mut TaskRng) -> Option<Vec<String>> {
        self.naming.names(graph, subgraph, rng)
    }

    /// Appends the text of `subgraph` without directions and relations.
    pub(super) fn append_plain(&self, subgraph: &Subgraph, names: &[String], text: &mut String) {
        let scene = Scene { subgraph, direction: Direction::Undirected, node_names: names, relation_names: &[] };
        self.encoder.encode(&scene, text);
    }
}

/// A subgraph as it stands in a prompt.
pub(super) struct Written {
    /// The subgraph.
    pub(super) subgraph: Subgraph,
    /// Name of each of its ids.
    pub(super) names: Vec<String>,
    /// Text of its edges, ending in a line break.
    pub(super) text: String,
}

impl Written {
    /// The name of an original node, which must be in the subgraph.
    pub(super) fn name(&self, node: Node) -> Option<&str> {
        Some(&self.names[self.subgraph.id_of(node)? as usize])
    }
}
