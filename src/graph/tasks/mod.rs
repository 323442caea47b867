//! Pretext tasks on graphs, one file each.
//!
//! All cut a small subgraph out through a [`View`](super::sample::View), give it random ids, write it with an
//! [encoder](super::encode), and ask about what was hidden. Held-out nodes and edges are the same for every task, so that
//! a mixture of tasks cannot train on what one of them is evaluated on.

pub mod edge_prediction;
pub mod masked_node_features;
mod options;
mod ranges;
pub mod subgraph_counting;
mod titles;
mod writing;

use crate::tasks::{Registry, RegistryError};

/// Adds every graph task.
pub fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    registry.register::<masked_node_features::MaskedNodeFeatures>()?;
    registry.register::<edge_prediction::EdgePrediction>()?;
    registry.register::<subgraph_counting::SubgraphCounting>()?;
    Ok(())
}
