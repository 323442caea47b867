//! Best answers about a small graph: orders, trees, flows, matchings, and what is hard to optimise.
//!
//! Each task is an [`Optimum`]; [`Optimised`] makes it a task and grades answers against the exact optimum.

mod optimum;

pub mod clique;
pub mod colouring;
pub mod dominating_set;
pub mod hamiltonian_path;
pub mod independent_set;
pub mod matching;
pub mod maximum_flow;
mod node_set;
pub mod spanning_tree;
pub mod topological_order;
pub mod travelling_salesman;
pub mod traversal_order;
pub mod vertex_cover;

pub use node_set::NodeSet;
pub use optimum::{Goal, Instance, Optimised, Optimum, OptimumConfig, OptimumTruth, OptimumVerifier, Rating};

use ssl4rl_tasks::{Registry, RegistryError};

/// Adds the tasks of this family.
pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    registry.register::<Optimised<traversal_order::TraversalOrder>>()?;
    registry.register::<Optimised<topological_order::TopologicalOrder>>()?;
    registry.register::<Optimised<spanning_tree::SpanningTree>>()?;
    registry.register::<Optimised<maximum_flow::MaximumFlow>>()?;
    registry.register::<Optimised<matching::Matching>>()?;
    registry.register::<Optimised<independent_set::IndependentSet>>()?;
    registry.register::<Optimised<vertex_cover::VertexCover>>()?;
    registry.register::<Optimised<clique::Clique>>()?;
    registry.register::<Optimised<dominating_set::DominatingSet>>()?;
    registry.register::<Optimised<colouring::Colouring>>()?;
    registry.register::<Optimised<hamiltonian_path::HamiltonianPath>>()?;
    registry.register::<Optimised<travelling_salesman::TravellingSalesman>>()?;
    Ok(())
}
