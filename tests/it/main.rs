//! Integration tests: one module an area.

#[cfg(feature = "torch")]
mod rl_golden;
#[cfg(feature = "torch")]
mod rl_losses;
#[cfg(feature = "torch")]
mod rl_optimizer;
mod conformance;
