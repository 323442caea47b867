//! Roles of nodes: how central, how clustered, how deep in a dense part, and whether everything hangs on them.

pub mod centrality_comparison;
pub mod centrality_ranking;
pub mod clustering_coefficient;
pub mod core_number;
pub mod cut_points;
mod measures;

use ssl4rl_tasks::{Registry, RegistryError};

/// Adds the tasks of this family.
pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    registry.register::<centrality_ranking::CentralityRanking>()?;
    registry.register::<centrality_comparison::CentralityComparison>()?;
    registry.register::<clustering_coefficient::ClusteringCoefficient>()?;
    registry.register::<core_number::CoreNumber>()?;
    registry.register::<cut_points::CutPoints>()?;
    Ok(())
}
