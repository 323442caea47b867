//! How an update is computed: what it costs in memory and time, not what it computes.

use serde::{Deserialize, Serialize};

use super::ConfigError;
use super::bounds::at_least_1;

/// How updates are cut into pieces. Results differ by rounding alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainerConfig {
    /// Most tokens computed with gradient at once, prompts and completions together; one question's group always fits.
    pub micro_batch_tokens: u64,
    /// Layers, from the first, that remember their input alone and are computed again on the way back: less memory, a third
    /// more work. More than the model has means all.
    pub checkpointed_layers: u64,
}

impl Default for TrainerConfig {
    fn default() -> Self {
        Self { micro_batch_tokens: 1 << 14, checkpointed_layers: 0 }
    }
}

impl TrainerConfig {
    pub(super) fn bounds(&self) -> Result<(), ConfigError> {
        at_least_1("trainer.micro_batch_tokens", self.micro_batch_tokens)
    }
}
