//! Group-relative policy optimisation as pure functions: rewards in, a loss out, and the optimizer that follows it.
//!
//! One update, in the order in which the trainer calls it:
//!
//! 1. [`advantage`]: rewards `[rows]` become advantages `[rows]`, each relative to its group
//! 2. [`log_prob`]: logits become the log-probability of every sampled token `[rows, tokens]`
//! 3. [`policy_loss`]: the clipped surrogate, per token `[rows, tokens]`
//! 4. [`kl`]: distance to the reference policy, per token `[rows, tokens]`
//! 5. [`aggregate`]: the per-token loss becomes one number
//! 6. [`schedule`] and [`optimizer`]: the learning rate of this step, and the step
//!
//! Names follow the formulas, not a framework: `token_mean` is the `dapo` of TRL and the `token-mean` of verl. A row is
//! one completion, its tokens are padded to the longest, and `mask` is 1 on the tokens that count, 0 on padding.
//! Masked positions weigh nothing, but what they hold must be finite.

pub mod advantage;
pub mod aggregate;
mod error;
pub mod kl;
pub mod log_prob;
pub mod optimizer;
pub mod policy_loss;
pub mod schedule;

pub use error::RlError;
