//! The metrics that have a figure of their own: what it is called, in what unit, and which belong together.
//!
//! ```text
//! "parse_rate", "truncated_rate"   ->   Answers, share of completions: read, cut off
//! ```

use super::chart::Range;

/// A figure made of metrics by name.
pub(super) struct Known {
    pub(super) title: &'static str,
    pub(super) unit: &'static str,
    pub(super) range: Range,
    /// Names in `metrics.jsonl`, and what the curves are called.
    pub(super) curves: &'static [(&'static str, &'static str)],
    /// What the values are multiplied by.
    pub(super) scale: f64,
}

const fn known(
    title: &'static str,
    unit: &'static str,
    range: Range,
    curves: &'static [(&'static str, &'static str)],
) -> Known {
    Known { title, unit, range, curves, scale: 1.0 }
}

/// What the policy writes.
pub(super) const POLICY: [Known; 8] = [
    known("Completion length", "tokens, mean", Range::FromZero, &[("completion_len/mean", "length")]),
    known("Entropy", "nats a token", Range::FromZero, &[("entropy", "entropy")]),
    known("KL to the reference", "nats a token", Range::FromZero, &[("kl", "KL")]),
    known("Answers", "share of completions", Range::Share, &[("parse_rate", "read"), ("truncated_rate", "cut off")]),
    known("Clip fraction", "share of tokens", Range::FromZero, &[("clip_fraction", "clipped")]),
    known("Groups without contrast", "groups a step", Range::Whole, &[("zero_std_groups", "groups")]),
    known("Skipped prompts", "questions a step", Range::Whole, &[("skipped_prompts", "prompts")]),
    known("Skipped updates", "updates a step", Range::Whole, &[("skipped_updates", "updates")]),
];

/// What the optimizer does.
pub(super) const OPTIMIZATION: [Known; 4] = [
    known("Gradient norm", "before clipping", Range::FromZero, &[("grad_norm", "norm")]),
    known("Learning rate", "", Range::FromZero, &[("lr", "rate")]),
    known("Loss", "before the update", Range::Free, &[("loss", "loss")]),
    known("Sampler against trainer", "largest gap of log-probs", Range::FromZero, &[("logprob_gap", "gap")]),
];

/// What it costs.
pub(super) const MACHINE: [Known; 3] = [
    known(
        "Time",
        "seconds a step",
        Range::FromZero,
        &[
            ("time/step_s", "whole step"),
            ("time/rollout_s", "rollout"),
            ("time/train_s", "learning"),
            ("time/verify_s", "verifying"),
            ("time/ask_s", "waiting for questions"),
        ],
    ),
    known("Throughput", "generated tokens a second", Range::FromZero, &[("tokens_per_s", "tokens/s")]),
    Known {
        title: "Memory",
        unit: "GiB, peak so far",
        range: Range::FromZero,
        curves: &[("memory/peak_bytes", "resident")],
        scale: 1.0 / (1_u64 << 30) as f64,
    },
];
