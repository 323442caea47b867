//! Low-rank adapters: which of them are trained instead of the weights.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::ConfigError;
use super::bounds::check;

/// Low-rank adapters (Hu et al., "`LoRA`", 2021). With a rank above 0 the policy's weights stay as they are, and what is
/// trained is a sum `scale B A` beside each of the chosen matrices: `A` `[rank, in]` random, `B` `[out, rank]` 0 at first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoraConfig {
    /// Rank of every adapter; 0 trains the weights themselves.
    pub rank: i64,
    /// What is added is scaled by `alpha / rank`; above 0.
    pub alpha: f64,
    /// Scales by `alpha / sqrt(rank)` instead (Kalajdzievski, "rsLoRA", 2023).
    pub rank_stabilized: bool,
    /// Linear layers that get an adapter, at least one; in every layer of the transformer.
    pub targets: BTreeSet<LoraTarget>,
    /// Whether the linear layers of the encoder of media, where the policy has one, get an adapter as well.
    pub encoder: bool,
}

impl Default for LoraConfig {
    fn default() -> Self {
        Self { rank: 0, alpha: 32.0, rank_stabilized: false, targets: LoraTarget::ALL.into(), encoder: false }
    }
}

/// A linear layer of the transformer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoraTarget {
    /// Queries.
    QProj,
    /// Keys.
    KProj,
    /// Values.
    VProj,
    /// What the heads found, back into the residual stream.
    OProj,
    /// The gate of the feed-forward layer.
    GateProj,
    /// What is gated.
    UpProj,
    /// The feed-forward layer's way back into the residual stream.
    DownProj,
}

impl LoraTarget {
    /// All of them, in the order of the checkpoint.
    pub const ALL: [Self; 7] =
        [Self::QProj, Self::KProj, Self::VProj, Self::OProj, Self::GateProj, Self::UpProj, Self::DownProj];

    /// The name in a checkpoint: `q_proj`.
    pub fn name(self) -> &'static str {
        match self {
            Self::QProj => "q_proj",
            Self::KProj => "k_proj",
            Self::VProj => "v_proj",
            Self::OProj => "o_proj",
            Self::GateProj => "gate_proj",
            Self::UpProj => "up_proj",
            Self::DownProj => "down_proj",
        }
    }
}

impl LoraConfig {
    /// Whether adapters are trained instead of the weights.
    pub fn is_on(&self) -> bool {
        self.rank > 0
    }

    pub(super) fn bounds(&self) -> Result<(), ConfigError> {
        check("lora.rank", self.rank >= 0, "at least 0", self.rank)?;
        check("lora.alpha", self.alpha.is_finite() && self.alpha > 0.0, "a positive number", self.alpha)?;
        check("lora.targets", !self.targets.is_empty(), "at least one linear layer", "none")
    }
}
