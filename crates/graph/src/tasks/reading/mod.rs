//! Tasks that are answered by reading the shown graph: edges, neighbours, counts.

pub mod edge_existence;
pub mod graph_attributes;
pub mod neighbourhood;
pub mod neighbours;
pub mod node_degree;

use ssl4rl_tasks::{Registry, RegistryError};

/// Adds the tasks of this family.
pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    registry.register::<edge_existence::EdgeExistence>()?;
    registry.register::<graph_attributes::GraphAttributes>()?;
    registry.register::<neighbourhood::Neighbourhood>()?;
    registry.register::<neighbours::Neighbours>()?;
    registry.register::<node_degree::NodeDegree>()?;
    Ok(())
}
