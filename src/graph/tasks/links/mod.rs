//! Tasks about edges and triples that were removed, added or changed.

pub mod edge_prediction;

use crate::tasks::{Registry, RegistryError};

/// Adds the tasks of this family.
pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    registry.register::<edge_prediction::EdgePrediction>()?;
    Ok(())
}
