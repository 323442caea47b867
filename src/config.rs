//! The settings of a run: one typed TOML file, every knob with its default, unit and range.
//!
//! Unknown knobs are refused. Flags of the command line override the file; the resolved settings are saved with the run.
//!
//! ```
//! use ssl4rl::config::{Config, Overrides};
//! let flags = Overrides { steps: Some(50), set: vec!["rollout.group_size=4".into()], ..Overrides::default() };
//! let config = Config::resolve(None, &flags)?;
//! assert_eq!((config.grpo.steps, config.rollout.group_size), (50, 4));
//! # Ok::<(), ssl4rl::config::ConfigError>(())
//! ```

mod bounds;
mod error;
mod knobs;
mod load;
mod overrides;
mod provenance;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::tasks::RewardWeights;
use crate::tasks::protocol::AnswerRule;

pub use error::ConfigError;
pub use overrides::Overrides;
pub use provenance::Provenance;

/// Settings of a training run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Seed of every random stream.
    pub seed: u64,
    /// Where inputs come from.
    pub data: DataConfig,
    /// Weight of each task by name; empty takes every task that the data can carry, with equal weights.
    pub tasks: BTreeMap<String, f64>,
    /// Settings of each task by name; see `ssl4rl tasks show NAME --config`.
    pub task: BTreeMap<String, serde_json::Value>,
    /// Weights of the reward's terms and how answers are read.
    pub reward: RewardConfig,
    /// The policy.
    pub policy: PolicyConfig,
    /// The supervised warm start of a policy made from scratch.
    pub warm_start: WarmStartConfig,
    /// Group sampling.
    pub rollout: RolloutConfig,
    /// Advantage, loss and KL.
    pub grpo: GrpoConfig,
    /// `AdamW` and its schedule.
    pub optimizer: OptimizerConfig,
    /// Held-out evaluation.
    pub eval: EvalConfig,
    /// What a saved run was made with. Written by the program; read for information only, never for settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
}

/// Where inputs come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// Dataset name (`cora`), path, or generator (`sbm:n=500,k=5`).
    pub dataset: String,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self { dataset: "synthetic".into() }
    }
}

/// How completions become rewards.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RewardConfig {
    /// Weight of each term.
    pub weights: RewardWeights,
    /// Which answer block counts.
    pub answer_rule: AnswerRule,
    /// Whether an answer counts in a completion that the token budget cut off before it ended. Where it does, nothing
    /// teaches the policy to stop.
    pub truncated_counts: bool,
}

/// The policy: `tiny`, made on this machine from a seed, a folder in Hugging Face layout, or a model of the hub.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyConfig {
    /// `tiny`, the path of a folder in Hugging Face layout, or the name of a model on the hub: `owner/name[@revision]`.
    pub model: String,
    /// Branch, tag or commit of a model on the hub, where its name says none.
    pub revision: String,
    /// Width of the residual stream of `tiny`; a multiple of `heads`.
    pub hidden_size: i64,
    /// Layers of `tiny`.
    pub layers: i64,
    /// Query heads of `tiny`.
    pub heads: i64,
    /// Key and value heads of `tiny`; divides `heads`.
    pub key_value_heads: i64,
    /// Width of the feed-forward layer of `tiny`.
    pub intermediate_size: i64,
    /// Largest vocabulary of the tokenizer trained for `tiny`, in tokens.
    pub vocabulary: usize,
    /// Task samples that tokenizer is trained on.
    pub tokenizer_samples: usize,
    /// Variables for the chat template of a model that is not `tiny`, for instance `enable_thinking = false`.
    pub chat_template_kwargs: serde_json::Map<String, serde_json::Value>,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        Self {
            model: "tiny".into(),
            revision: "main".into(),
            hidden_size: 128,
            layers: 3,
            heads: 4,
            key_value_heads: 4,
            intermediate_size: 256,
            vocabulary: 4096,
            tokenizer_samples: 4096,
            chat_template_kwargs: serde_json::Map::new(),
        }
    }
}

/// The supervised warm start. It stops as soon as the policy has partial skill; reinforcement learning does the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WarmStartConfig {
    /// Most batches; 0 skips the warm start.
    pub max_batches: u64,
    /// Samples a batch.
    pub batch_size: u64,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Weight of predicting the prompt's own tokens, beside the answer's 1. Reading teaches what answering needs: to find
    /// a token again, and to copy it.
    pub prompt_weight: f64,
    /// Stops when the share of the way from chance to perfect reaches this, in `(0, 1]`.
    pub target_skill: f64,
    /// Batches between two measurements of skill.
    pub probe_every: u64,
    /// Fresh samples a measurement takes.
    pub probe_samples: u64,
}

impl Default for WarmStartConfig {
    fn default() -> Self {
        Self {
            max_batches: 400,
            batch_size: 64,
            learning_rate: 2e-3,
            prompt_weight: 1.0,
            target_skill: 0.06,
            probe_every: 5,
            probe_samples: 256,
        }
    }
}

/// Group sampling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RolloutConfig {
    /// Questions a step.
    pub prompts: u64,
    /// Completions a question, at least 2.
    pub group_size: u64,
    /// Longest completion, in tokens.
    pub max_new_tokens: i64,
    /// Sampling temperature, above 0.
    pub temperature: f64,
    /// Smallest set of tokens whose probability reaches this is kept; 1 keeps all.
    pub top_p: f64,
    /// Most likely tokens kept; 0 keeps all.
    pub top_k: i64,
}

impl Default for RolloutConfig {
    fn default() -> Self {
        Self { prompts: 64, group_size: 8, max_new_tokens: 16, temperature: 1.0, top_p: 1.0, top_k: 0 }
    }
}

/// Advantage, loss and KL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GrpoConfig {
    /// Optimizer steps.
    pub steps: u64,
    /// Added to the group's standard deviation.
    pub advantage_epsilon: f64,
    /// The ratio is kept above `1 - clip_low`.
    pub clip_low: f64,
    /// The ratio is kept below `1 + clip_high`.
    pub clip_high: f64,
    /// Weight of the k3 KL to the policy before reinforcement learning, in the loss; 0 keeps no reference.
    pub kl_coefficient: f64,
    /// Updates made from one batch of rollouts, each on its share of the questions; at most `rollout.prompts`.
    pub mini_batches: u64,
}

impl Default for GrpoConfig {
    fn default() -> Self {
        Self {
            steps: 400,
            advantage_epsilon: 1e-6,
            clip_low: 0.2,
            clip_high: 0.2,
            kl_coefficient: 0.0,
            mini_batches: 1,
        }
    }
}

/// Course of the learning rate after the warm-up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Stays at its peak.
    #[default]
    Constant,
    /// Falls to 0 along a half cosine.
    Cosine,
}

/// `AdamW` with fp32 master weights, and its schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerConfig {
    /// Peak learning rate of reinforcement learning.
    pub learning_rate: f64,
    /// Steps of linear warm-up.
    pub warmup_steps: u64,
    /// Course after the warm-up.
    pub schedule: Schedule,
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Decoupled weight decay of matrices; vectors are not decayed.
    pub weight_decay: f64,
    /// Largest gradient norm; 0 does not clip.
    pub max_grad_norm: f64,
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self {
            learning_rate: 4e-4,
            warmup_steps: 5,
            schedule: Schedule::Constant,
            beta1: 0.9,
            beta2: 0.98,
            epsilon: 1e-8,
            weight_decay: 0.01,
            max_grad_norm: 1.0,
        }
    }
}

/// Held-out evaluation, greedy decoding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvalConfig {
    /// Held-out samples a task.
    pub samples: u64,
    /// Steps between two evaluations during training; 0 evaluates before and after only.
    pub every: u64,
}

impl Default for EvalConfig {
    fn default() -> Self {
        Self { samples: 512, every: 0 }
    }
}
