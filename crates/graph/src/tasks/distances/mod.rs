//! Tasks about how far nodes are apart, and about what lies around one.

pub mod context_prediction;
pub mod distance;
pub mod distance_order;
pub mod ego_centre;
pub mod landmark_distances;
mod placing;
pub mod shortest_path;

use ssl4rl_tasks::{Registry, RegistryError};

/// Adds the tasks of this family.
pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    registry.register::<context_prediction::ContextPrediction>()?;
    registry.register::<distance::Distance>()?;
    registry.register::<distance_order::DistanceOrder>()?;
    registry.register::<ego_centre::EgoCentre>()?;
    registry.register::<landmark_distances::LandmarkDistances>()?;
    registry.register::<shortest_path::ShortestPath>()?;
    Ok(())
}
