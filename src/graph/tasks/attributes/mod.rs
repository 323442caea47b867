//! Tasks about hidden attributes of nodes.

pub mod masked_node_features;

use crate::tasks::{Registry, RegistryError};

/// Adds the tasks of this family.
pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    registry.register::<masked_node_features::MaskedNodeFeatures>()?;
    Ok(())
}
