//! Communities and cuts: the best partition, who belongs together, which cut is better, and the smallest one.

pub mod cut_comparison;
pub mod minimum_cut;
pub mod partition;
pub mod same_community;

use super::optima::Optimised;
use ssl4rl_tasks::{Registry, RegistryError};

/// Adds the tasks of this family.
pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    registry.register::<partition::Partition>()?;
    registry.register::<same_community::SameCommunity>()?;
    registry.register::<cut_comparison::CutComparison>()?;
    registry.register::<Optimised<minimum_cut::MinimumCut>>()?;
    Ok(())
}
