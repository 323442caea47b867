//! The table of file formats. A format knows by the files' names whether it is meant.

use super::arrays::Arrays;
use super::edge_list::EdgeList;
use super::graphml::GraphMl;
use super::id_triples::IdTriples;
use super::linqs::Linqs;
use super::node_link::NodeLink;
use super::ogb::Ogb;
use super::planetoid::Planetoid;
use super::read_error::ReadError;
use super::source::Sources;
use super::triples::Triples;
use super::tu::Tu;
use super::wikics::WikiCs;
use ssl4rl_graph::{Direction, Graph};

/// What is known of a dataset apart from its files.
#[derive(Debug, Clone, Copy, Default)]
pub struct Description<'names> {
    /// Name of the graph.
    pub name: &'names str,
    /// Class names by index, for formats that hold indices only. May be empty.
    pub class_names: &'names [String],
    /// Whether edges have a direction, where the user says so; formats that fix it themselves do not ask.
    pub direction: Option<Direction>,
}

/// A file format.
pub(super) trait Format: Sync {
    /// One line for error messages: the files that make up the format.
    fn accepted(&self) -> &'static str;
    /// Whether these files are of this format, judged by their names.
    fn recognises(&self, sources: &Sources) -> bool;
    /// Reads the graph.
    fn read(&self, description: &Description<'_>, sources: &Sources) -> Result<Graph, ReadError>;
}

/// All formats; the first that recognises the files reads them.
const FORMATS: &[&dyn Format] =
    &[&Linqs, &Planetoid, &IdTriples, &Triples, &WikiCs, &Ogb, &Tu, &Arrays, &GraphMl, &NodeLink, &EdgeList];

/// Reads the graph from whichever format the files are in.
pub fn read_graph(description: &Description<'_>, sources: &Sources) -> Result<Graph, ReadError> {
    match FORMATS.iter().find(|format| format.recognises(sources)) {
        Some(format) => format.read(description, sources),
        None => Err(ReadError::UnknownFormat {
            path: sources.origin().to_owned(),
            accepted: FORMATS.iter().map(|format| format!("- {}", format.accepted())).collect::<Vec<_>>().join("\n"),
        }),
    }
}
