//! Tasks about small patterns: triangles, cycles, cliques, graphlets.

pub mod absent_pattern;
pub mod graphlet_orbits;
pub mod motif_histogram;
pub mod subgraph_counting;

use ssl4rl_tasks::{Registry, RegistryError};

/// Adds the tasks of this family.
pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    registry.register::<subgraph_counting::SubgraphCounting>()?;
    registry.register::<motif_histogram::MotifHistogram>()?;
    registry.register::<graphlet_orbits::GraphletOrbits>()?;
    registry.register::<absent_pattern::AbsentPattern>()?;
    Ok(())
}
