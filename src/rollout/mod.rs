//! The generation engine: all completions of a batch run together, each prompt computed once for its group, tokens drawn from
//! seeded streams, with the sampler's own log-probs.
//!
//! - [`generate`]: prompts to groups of completions
//! - [`Sampling`]: temperature, truncation, lengths, what ends a completion
//! - [`choose`]: one token a row

mod engine;
mod recorded;
mod running;
mod sampler;
mod stop;

pub(crate) use engine::PREFILL_TOKENS;
pub use engine::{Completion, generate};
pub use sampler::{Sampling, choose};
