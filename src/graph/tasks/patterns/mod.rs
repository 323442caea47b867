//! Tasks about small patterns: triangles, cycles, cliques, graphlets.

pub mod subgraph_counting;

use crate::tasks::{Registry, RegistryError};

/// Adds the tasks of this family.
pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    registry.register::<subgraph_counting::SubgraphCounting>()?;
    Ok(())
}
