//! Integration tests: one module an area.

#[cfg(feature = "torch")]
mod rl_golden;
#[cfg(feature = "torch")]
mod rl_losses;
#[cfg(feature = "torch")]
mod rl_optimizer;
mod conformance;
//! Integration tests, one module an area.

mod data;
mod data_fetch;
mod data_hostile;
