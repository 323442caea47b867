//! The generation engine: batches prompts, computes each prompt once for its whole group, samples with seeded streams and
//! records the sampler's own log-probs.

mod engine;
mod sampler;

pub use engine::{Completion, generate};
pub use sampler::{Sampling, choose};
