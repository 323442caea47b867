//! Ways to write a subgraph as text: one encoder a file, all behind [`Encoder`], found by name in [`encoders`].

use super::Direction;
use super::sample::Subgraph;

/// Everything an encoder may show. Whoever builds it has already hidden what the question asks for.
#[derive(Debug, Clone)]
pub struct Scene<'scene> {
    /// Nodes and edges, ids permuted, edges shuffled.
    pub subgraph: &'scene Subgraph,
    /// Whether an edge reads as an arrow.
    pub direction: Direction,
    /// Name of each new id (`7`, `Ada`, `Schleswig-Holstein`), all distinct.
    pub node_names: &'scene [String],
    /// Readable names of relations, indexed by [`Edge::relation`](super::Edge); empty without relations.
    pub relation_names: &'scene [String],
}

/// Writes a scene as text.
pub trait Encoder: Send + Sync {
    /// Key in configurations: `incident`.
    fn name(&self) -> &'static str;
    /// Appends the text of `scene`, which ends in a line break.
    fn encode(&self, scene: &Scene<'_>, text: &mut String);
}
