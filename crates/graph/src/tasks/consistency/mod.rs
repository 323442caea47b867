//! Tasks about texts that must agree with one another.

pub mod contradiction;

use ssl4rl_tasks::{Registry, RegistryError};

/// Adds the tasks of this family.
pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    registry.register::<contradiction::Contradiction>()?;
    Ok(())
}
