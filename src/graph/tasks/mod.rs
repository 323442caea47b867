//! Pretext tasks on graphs, one file each.

use crate::tasks::{Registry, RegistryError};

/// Adds every graph task.
pub fn register(_registry: &mut Registry) -> Result<(), RegistryError> {
    Ok(())
}
