//! The table of file formats. A format knows by the files' names whether it is meant.

mod arrays;
pub(super) mod edge_list;
mod graphml;
mod id_triples;
mod linqs;
mod node_link;
mod ogb;
mod planetoid;
mod triples;
mod tu;
mod wikics;

use arrays::Arrays;
use edge_list::EdgeList;
use graphml::GraphMl;
use id_triples::IdTriples;
use linqs::Linqs;
use node_link::NodeLink;
use ogb::Ogb;
use planetoid::Planetoid;
use ssl4rl_graph::Graph;
use triples::Triples;
use tu::Tu;
use wikics::WikiCs;

use crate::format::{Description, Format};
use crate::read_error::ReadError;
use crate::source::Sources;

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
