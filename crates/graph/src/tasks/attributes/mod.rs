//! Tasks about hidden attributes of nodes.

pub mod attribute_clustering;
pub mod attribute_similarity;
pub mod masked_feature_sets;
pub mod masked_node_features;
pub mod masked_word;
pub(super) mod words;

use ssl4rl_tasks::{Registry, RegistryError};

/// Adds the tasks of this family.
pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    registry.register::<masked_node_features::MaskedNodeFeatures>()?;
    registry.register::<masked_feature_sets::MaskedFeatureSets>()?;
    registry.register::<masked_word::MaskedWord>()?;
    registry.register::<attribute_similarity::AttributeSimilarity>()?;
    registry.register::<attribute_clustering::AttributeClustering>()?;
    Ok(())
}
