//! Group-relative policy optimisation as pure functions: rewards in, a loss out, and the optimizer that follows it.
//!
//! One update, in the order in which the trainer calls it:
//!
//! 1. [`advantage`]: rewards become advantages, one a token, each relative to its group or its batch
//! 2. [`objective`]: log-probs become the loss, out of [`ratio`], [`policy`], [`correction`], [`kl`] and [`aggregate`]
//! 3. [`gradients`]: what every parameter is to change by, summed over micro-batches
//! 4. [`schedule`] and [`optimizer`]: the learning rate of this step, and the step
//!
//! Between the first two the trainer computes log-probs without ever holding the logits of a batch
//! ([`train::head`](crate::train::head)); [`log_prob`] is the same from logits, for whoever has them, and what tests compare with.
//!
//! Each technique is a kind in [`GrpoConfig`](crate::config::GrpoConfig) with one method here that computes it.
//!
//! Names follow the formulas, not a framework: `token_mean` is the `dapo` of TRL and the `token-mean` of verl. A row is
//! one completion, its tokens are padded to the longest, and `mask` is 1 on the tokens that count, 0 on padding.
//! Masked positions weigh nothing, but what they hold must be finite.

pub mod advantage;
pub mod aggregate;
pub mod correction;
mod error;
pub mod gradients;
pub mod kl;
pub mod log_prob;
pub mod objective;
pub mod optimizer;
pub mod policy;
pub mod ratio;
pub mod schedule;
mod statistics;

pub use error::RlError;
pub use statistics::Statistics;
