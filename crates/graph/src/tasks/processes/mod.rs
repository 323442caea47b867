//! Tasks about what happens on a graph step by step, and about making one.

pub mod citation_direction;
pub mod colour_refinement;
pub mod graph_construction;
pub mod label_propagation;
pub mod message_passing;
pub mod pagerank_step;
pub mod random_walk;

use ssl4rl_tasks::{Registry, RegistryError};

/// Adds the tasks of this family.
pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    registry.register::<message_passing::MessagePassing>()?;
    registry.register::<label_propagation::LabelPropagation>()?;
    registry.register::<pagerank_step::PagerankStep>()?;
    registry.register::<colour_refinement::ColourRefinement>()?;
    registry.register::<random_walk::RandomWalk>()?;
    registry.register::<citation_direction::CitationDirection>()?;
    registry.register::<graph_construction::GraphConstruction>()?;
    Ok(())
}
