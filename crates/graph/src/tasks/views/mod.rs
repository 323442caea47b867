//! Tasks about several views of one graph: drawn again, changed, cut in pieces, rewritten.

pub mod corrupted_view;
pub mod edit_distance;
pub mod encoder_translation;
pub mod isomorphism;
pub mod jigsaw;
mod matching;
pub mod same_graph;

use ssl4rl_tasks::{Registry, RegistryError};

/// Adds the tasks of this family.
pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    registry.register::<isomorphism::Isomorphism>()?;
    registry.register::<jigsaw::Jigsaw>()?;
    registry.register::<encoder_translation::EncoderTranslation>()?;
    registry.register::<corrupted_view::CorruptedView>()?;
    registry.register::<same_graph::SameGraph>()?;
    registry.register::<edit_distance::EditDistance>()?;
    Ok(())
}
