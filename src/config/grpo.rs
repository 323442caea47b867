//! `[grpo]`: how rewards become an update. Names follow the formulas; the words of TRL and verl are read as well.
//!
//! `docs/algorithms.md` shows which settings make which published algorithm and which trainer's defaults.

use serde::{Deserialize, Serialize};

/// Advantage, policy term, aggregation, KL, rollout correction, and how a step is cut into updates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GrpoConfig {
    /// Optimizer steps.
    pub steps: u64,
    /// Updates made from one batch of rollouts, each on its share of the questions; from 1 to `rollout.prompts`.
    pub mini_batches: u64,
    /// Updates skipped in a row, because a number was not finite, after which the run stops; at least 1.
    pub max_skipped: u64,
    /// Further batches of questions that a step may ask to replace groups whose rewards are all equal; 0 keeps such groups.
    pub dynamic_sampling: u64,
    /// What a completion's reward is compared with.
    pub advantage: Advantage,
    /// Whether every task's advantages are scaled to the same root mean square, so that in a mixture no task pulls harder
    /// than another.
    pub advantage_per_task: bool,
    /// Added to the standard deviation; for the two `reinforce_pp` forms, to the variance.
    pub advantage_epsilon: f64,
    /// Discount of later token rewards, in `(0, 1]`; read by `reinforce_pp`.
    pub gamma: f64,
    /// The policy term.
    pub policy: PolicyKind,
    /// What the ratio of new to old probability is taken over.
    pub ratio: RatioKind,
    /// The ratio is kept above `1 - clip_low`; in `[0, 1)`.
    pub clip_low: f64,
    /// The ratio is kept below `1 + clip_high`.
    pub clip_high: f64,
    /// Bound, in advantages, of the loss of a token with negative advantage; above 1, 0 sets none. Read by `policy = "clip"`.
    pub dual_clip: f64,
    /// Cap of the ratio of the branch that is not clipped; 0 sets none. Read by `policy = "clip"`.
    pub delta: f64,
    /// Cap of the ratio, an absolute value; 0 keeps it within `clip_low` and `clip_high`. Read by `policy = "cispo"`.
    pub ratio_cap: f64,
    /// Temperature of the gate where the advantage is positive. Read by `policy = "sapo"`.
    pub sapo_positive: f64,
    /// Temperature of the gate where the advantage is negative. Read by `policy = "sapo"`.
    pub sapo_negative: f64,
    /// How tokens are averaged into one loss.
    pub aggregate: Aggregate,
    /// Estimator of the KL to the policy before reinforcement learning.
    pub kl: KlKind,
    /// Weight of that KL; 0 keeps no reference policy.
    pub kl_coefficient: f64,
    /// Whether the KL is a term of the loss or is subtracted from the reward.
    pub kl_in: KlPlace,
    /// Whether the KL in the loss is multiplied by the ratio, which makes it unbiased after the first update.
    pub kl_ratio_weighted: bool,
    /// How tokens are weighted where sampler and trainer disagree on their probability.
    pub rollout_correction: RolloutCorrection,
    /// Smallest weight that `token_mask` and `sequence_mask` keep; 0 sets no bound.
    pub rollout_correction_min: f64,
    /// Largest weight: the truncating forms cut down to it, the masking forms drop what lies above.
    pub rollout_correction_max: f64,
}

impl Default for GrpoConfig {
    fn default() -> Self {
        Self {
            steps: 400,
            mini_batches: 1,
            max_skipped: 3,
            dynamic_sampling: 0,
            advantage: Advantage::GroupStd,
            advantage_per_task: false,
            advantage_epsilon: 1e-6,
            gamma: 1.0,
            policy: PolicyKind::Clip,
            ratio: RatioKind::Token,
            clip_low: 0.2,
            clip_high: 0.2,
            dual_clip: 0.0,
            delta: 0.0,
            ratio_cap: 0.0,
            sapo_positive: 1.0,
            sapo_negative: 1.05,
            aggregate: Aggregate::TokenMean,
            kl: KlKind::K3,
            kl_coefficient: 0.0,
            kl_in: KlPlace::Loss,
            kl_ratio_weighted: false,
            rollout_correction: RolloutCorrection::None,
            rollout_correction_min: 0.0,
            rollout_correction_max: 3.0,
        }
    }
}

/// What a completion's reward `R` is compared with; `mean` and `std` are its group's, `std` with divisor `n - 1`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Advantage {
    /// `(R - mean) / (std + epsilon)`: GRPO.
    #[default]
    #[serde(alias = "grpo", alias = "group")]
    GroupStd,
    /// `(R - mean) / (std of the batch + epsilon)`.
    #[serde(alias = "batch")]
    BatchStd,
    /// `R - mean`: Dr. GRPO.
    Centered,
    /// `R - mean of the others in the group`: RLOO.
    #[serde(alias = "rloo")]
    LeaveOneOut,
    /// The return from each token on, whitened over all tokens of the batch: REINFORCE++. Needs no group.
    #[serde(alias = "reinforce_plus_plus")]
    ReinforcePp,
    /// `R - mean`, whitened over all tokens of the batch: REINFORCE++ with a baseline.
    #[serde(alias = "reinforce_plus_plus_baseline")]
    ReinforcePpBaseline,
    /// `(best - second best) / (std + epsilon)` for the best of the group, 0 for the others: pass at k.
    #[serde(alias = "grpo_passk")]
    PassAtK,
}

impl Advantage {
    /// Whether a completion is compared with the others of its group, of which there must then be at least one.
    pub fn needs_group(self) -> bool {
        self != Self::ReinforcePp
    }
}

/// The policy term, a function of ratio and advantage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// The clipped surrogate of PPO and GRPO.
    #[default]
    #[serde(alias = "vanilla")]
    Clip,
    /// The plain policy gradient under a bounded ratio without gradient.
    Cispo,
    /// A smooth gate in place of the clip.
    Sapo,
}

/// What the ratio of new to old probability is taken over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RatioKind {
    /// Each token by itself.
    #[default]
    Token,
    /// The geometric mean over the completion: GSPO.
    Sequence,
    /// The value of [`Sequence`](Self::Sequence) with the gradient of each token: GSPO-token.
    SequenceToken,
}

/// How per-token losses become one number. `n` is a completion's tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// Sum over the tokens of the mini-batch.
    #[default]
    #[serde(alias = "token-mean", alias = "dapo", alias = "bnpo")]
    TokenMean,
    /// Sum, not divided by anything: grows with the batch.
    #[serde(alias = "token-sum")]
    TokenSum,
    /// Mean over completions of the mean over their `n` tokens.
    #[serde(alias = "seq-mean-token-mean", alias = "grpo")]
    SequenceMeanTokenMean,
    /// Mean over completions of the sum over their tokens.
    #[serde(alias = "seq-mean-token-sum", alias = "luspo")]
    SequenceMeanTokenSum,
    /// The same over `rollout.max_new_tokens`: Dr. GRPO.
    #[serde(alias = "seq-mean-token-sum-norm", alias = "dr_grpo")]
    SequenceMeanTokenSumNorm,
}

/// Per-token estimator of the KL, with `d = reference - log_prob`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KlKind {
    /// `-d`.
    K1,
    /// `|d|`.
    Abs,
    /// `d^2 / 2`.
    K2,
    /// `exp(d) - d - 1`.
    #[default]
    #[serde(alias = "low_var_kl")]
    K3,
    /// The value of `k1` with the gradient of `k2`.
    #[serde(rename = "k1+")]
    K1Plus,
    /// The value of `k3` with the gradient of `k2`.
    #[serde(rename = "k3+")]
    K3Plus,
}

/// Where the KL acts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KlPlace {
    /// A term of the loss, with gradient.
    #[default]
    Loss,
    /// Subtracted from the reward, token by token, as it stood before the update.
    Reward,
}

/// How tokens are weighted by `exp(trainer's log-prob - sampler's log-prob)`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RolloutCorrection {
    /// Not at all.
    #[default]
    None,
    /// The token's ratio, cut down to the largest weight: truncated importance sampling.
    TokenTruncate,
    /// The token's ratio, 0 where it lies outside the bounds.
    TokenMask,
    /// The product over the completion, cut down to the largest weight.
    SequenceTruncate,
    /// The product over the completion, 0 where it lies outside the bounds.
    SequenceMask,
}
