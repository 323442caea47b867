//! Tasks about edges and triples that were removed, added or changed.

pub mod edge_prediction;
pub mod link_probability;
pub mod masked_edges;
pub mod path_completion;
mod pieces;
pub mod relation_prediction;
pub mod spurious_edges;
pub mod triple_completion;
pub mod triple_corruption;
mod triples;

use ssl4rl_tasks::{Registry, RegistryError};

/// Adds the tasks of this family.
pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    registry.register::<edge_prediction::EdgePrediction>()?;
    registry.register::<link_probability::LinkProbability>()?;
    registry.register::<masked_edges::MaskedEdges>()?;
    registry.register::<path_completion::PathCompletion>()?;
    registry.register::<relation_prediction::RelationPrediction>()?;
    registry.register::<spurious_edges::SpuriousEdges>()?;
    registry.register::<triple_completion::TripleCompletion>()?;
    registry.register::<triple_corruption::TripleCorruption>()?;
    Ok(())
}
