//! Yes or no about the structure of a small graph, with a witness that shows it.
//!
//! Each task is a [`Decision`]; [`Decided`] makes it a task.

pub mod acyclicity;
pub mod bipartiteness;
pub mod component_count;
pub mod connectivity;
pub mod cycle;
mod decision;
pub mod euler_trail;

pub use decision::{Decided, Decision, DecisionConfig, DecisionTruth, DecisionVerifier, Instance};

use ssl4rl_tasks::{Registry, RegistryError};

/// Adds the tasks of this family.
pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    registry.register::<Decided<connectivity::Connectivity>>()?;
    registry.register::<Decided<cycle::Cycle>>()?;
    registry.register::<Decided<bipartiteness::Bipartiteness>>()?;
    registry.register::<Decided<euler_trail::EulerTrail>>()?;
    registry.register::<Decided<acyclicity::Acyclicity>>()?;
    registry.register::<component_count::ComponentCount>()?;
    Ok(())
}
