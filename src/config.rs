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
mod difference;
mod dtype;
mod error;
mod given_model;
mod grpo;
mod knobs;
mod load;
mod lora;
mod overrides;
pub mod preset;
mod provenance;
mod trainer;
mod whole;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::graph::eval::setting::Setting;
use crate::tasks::protocol::AnswerRule;
use crate::tasks::{CurriculumConfig, Reading, RewardWeights};

pub use difference::Difference;
pub use dtype::Dtype;
pub use error::ConfigError;
pub use grpo::{Advantage, Aggregate, GrpoConfig, KlKind, KlPlace, PolicyKind, RatioKind, RolloutCorrection};
pub use lora::{LoraConfig, LoraTarget};
pub use overrides::Overrides;
pub use provenance::Provenance;
pub use trainer::TrainerConfig;
pub use whole::{at_least, within};

/// Settings of a training run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Seed of every random stream.
    pub seed: u64,
    /// A published algorithm or another trainer's defaults, see [`preset`]; what this file and the flags say overrides it.
    /// Empty: none.
    pub preset: String,
    /// Where inputs come from.
    pub data: DataConfig,
    /// Weight of each task by name; empty takes every task that the data can carry, with equal weights.
    pub tasks: BTreeMap<String, f64>,
    /// Settings of each task by name; see `ssl4rl tasks show NAME --config`.
    pub task: BTreeMap<String, serde_json::Value>,
    /// Whether tasks move along their levels of difficulty.
    pub curriculum: CurriculumConfig,
    /// Weights of the reward's terms and how answers are read.
    pub reward: RewardConfig,
    /// The policy.
    pub policy: PolicyConfig,
    /// Low-rank adapters, trained instead of the policy's weights.
    pub lora: LoraConfig,
    /// The supervised warm start.
    pub warm_start: WarmStartConfig,
    /// Group sampling.
    pub rollout: RolloutConfig,
    /// Advantage, policy term, aggregation, KL and rollout correction.
    pub grpo: GrpoConfig,
    /// `AdamW` and its schedule.
    pub optimizer: OptimizerConfig,
    /// How updates are cut into pieces.
    pub trainer: TrainerConfig,
    /// Held-out evaluation.
    pub eval: EvalConfig,
    /// When a run can be resumed from, and what is kept for that.
    pub checkpoint: CheckpointConfig,
    /// What a saved run was made with. Written by the program; read for information only, never for settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
}

/// Where inputs come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// What kind of data it is, and so which tasks there are: `graph`, or what a plugin brings.
    pub modality: String,
    /// Dataset name (`cora`), path, or generator (`sbm:n=500,k=5`).
    pub dataset: String,
    /// `transductive`: questions see the whole graph, but never a label, held-out edge or test triple. `inductive`: the public
    /// split's test nodes, and the edges that link prediction tests, are removed.
    pub setting: Setting,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self { modality: "graph".into(), dataset: "synthetic".into(), setting: Setting::default() }
    }
}

/// How completions become rewards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RewardConfig {
    /// Weight of each term.
    pub weights: RewardWeights,
    /// Which answer block counts.
    pub answer_rule: AnswerRule,
    /// Whether an answer counts in a completion that the token budget cut off before it ended. Where it does, nothing
    /// teaches the policy to stop.
    pub truncated_counts: bool,
    /// Share of the token budget, at its end, over which the overlong term rises from 0 to 1; above 0 and at most 1.
    pub overlong_share: f64,
}

impl Default for RewardConfig {
    fn default() -> Self {
        Self {
            weights: RewardWeights::default(),
            answer_rule: AnswerRule::default(),
            truncated_counts: false,
            overlong_share: 0.2,
        }
    }
}

impl RewardConfig {
    /// How completions are read.
    pub fn reading(&self) -> Reading {
        Reading { answer_rule: self.answer_rule, truncated_counts: self.truncated_counts }
    }
}

/// The policy: `tiny`, made on this machine from a seed, a folder in Hugging Face layout, or a model of the hub.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyConfig {
    /// `tiny`, the path of a folder in Hugging Face layout, the name of a model on the hub (`owner/name[@revision]`), or
    /// `random:SHAPE` for random weights.
    pub model: String,
    /// Branch, tag or commit of a model on the hub, where its name says none.
    pub revision: String,
    /// Number format to compute in.
    pub dtype: Dtype,
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
    /// Whether training leaves the weights that encode media as they are, but for the warm start of `tiny`. Beside adapters they
    /// are anyway.
    pub freeze_encoder: bool,
    /// Fields in place of those of the model's `preprocessor_config.json`, which says how media are made ready for it.
    pub preprocessor: serde_json::Map<String, serde_json::Value>,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        Self {
            model: "tiny".into(),
            revision: "main".into(),
            dtype: Dtype::Auto,
            hidden_size: 128,
            layers: 3,
            heads: 4,
            key_value_heads: 4,
            intermediate_size: 256,
            vocabulary: 4096,
            tokenizer_samples: 4096,
            chat_template_kwargs: serde_json::Map::new(),
            freeze_encoder: false,
            preprocessor: serde_json::Map::new(),
        }
    }
}

/// Supervised fine-tuning on the tasks' own answers, before reinforcement learning.
///
/// `tiny` is warm-started until it has partial skill; reinforcement learning does the rest. Another model begins as it is, unless
/// `max_batches` is set for it. Where adapters are trained beside it, they are what the warm start trains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WarmStartConfig {
    /// Most batches; 0 skips the warm start, as is the default for a model that is not `tiny`.
    pub max_batches: u64,
    /// Samples a batch.
    pub batch_size: u64,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Weight of predicting the prompt's own tokens, beside the answer's 1; at least 0, which trains on the answers alone.
    /// Reading teaches what answering needs: to find a token again, and to copy it.
    pub prompt_weight: f64,
    /// A task is done when its share of the way from chance to perfect reaches this, in `(0, 1]`.
    pub target_skill: f64,
    /// Where some tasks of a mixture are done, the others are given up after this many times the batches that the slowest
    /// of those needed; at least 1.
    pub lag: f64,
    /// Batches between two measurements of skill.
    pub probe_every: u64,
    /// Fresh samples of each task a measurement takes.
    pub probe_samples: u64,
}

impl WarmStartConfig {
    /// Whether there is a warm start.
    pub fn is_on(&self) -> bool {
        self.max_batches > 0
    }
}

impl Default for WarmStartConfig {
    fn default() -> Self {
        Self {
            max_batches: 400,
            batch_size: 64,
            learning_rate: 2e-3,
            prompt_weight: 1.0,
            target_skill: 0.06,
            lag: 4.0,
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
    /// Completions a question; 1 only where `grpo.advantage` needs no group.
    pub group_size: u64,
    /// Longest completion, in tokens.
    pub max_new_tokens: i64,
    /// Longest prompt that is asked, in tokens; longer ones are skipped and counted. 0 asks what the model's context has room for.
    pub max_prompt_tokens: i64,
    /// Sampling temperature, above 0.
    pub temperature: f64,
    /// Smallest set of tokens whose probability reaches this is kept; 1 keeps all.
    pub top_p: f64,
    /// Most likely tokens kept; 0 keeps all.
    pub top_k: i64,
    /// Shortest completion, in tokens; at most `max_new_tokens`.
    pub min_new_tokens: i64,
    /// Texts that end a completion, beside the end of its turn. They stay in it.
    pub stop: Vec<String>,
    /// Most memory of cached keys and values, in GiB; completions beyond it wait for others to end.
    pub cache_gib: f64,
    /// Whether a GPU's decoding step is recorded and then asked for by one call, rather than operation by operation.
    pub record_steps: bool,
}

impl Default for RolloutConfig {
    fn default() -> Self {
        Self {
            prompts: 64,
            group_size: 8,
            max_new_tokens: 16,
            max_prompt_tokens: 0,
            temperature: 1.0,
            top_p: 1.0,
            top_k: 0,
            min_new_tokens: 0,
            stop: Vec::new(),
            cache_gib: 4.0,
            record_steps: true,
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
    /// Evaluations in a row that may fail to improve the score before the run ends early; 0 never ends it early.
    pub patience: u64,
    /// A benchmark that the policy sits before and after reinforcement learning, as the modality of the data calls it, for instance
    /// `blink:FOLDER`; empty sits none.
    pub bench: String,
    /// Longest reply to a question of the benchmark, in tokens.
    pub bench_max_new_tokens: i64,
    /// Rise of the mean score over the tasks that counts as an improvement must be larger than this.
    pub min_delta: f64,
}

impl Default for EvalConfig {
    fn default() -> Self {
        Self { samples: 512, every: 0, patience: 0, bench: String::new(), bench_max_new_tokens: 512, min_delta: 0.0 }
    }
}

/// When checkpoints are written, beside the one at the end and the one at an interrupt, and which are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckpointConfig {
    /// Steps between two checkpoints; 0 writes none on the way.
    pub every: u64,
    /// Newest checkpoints kept, at least 1.
    pub keep_last: u64,
    /// Whether the checkpoint with the best held-out score is kept as well. Where `eval.every` is set, every evaluated step
    /// then has a checkpoint until a later one is better.
    pub keep_best: bool,
}

impl Default for CheckpointConfig {
    fn default() -> Self {
        Self { every: 50, keep_last: 2, keep_best: true }
    }
}
