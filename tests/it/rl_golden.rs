//! Losses, gradients, KL and advantages against numbers made by running TRL 1.16.0 and verl 0.9.1 in float64.
//!
//! The file is `golden/rl_losses.json` in the folder that `SSL4RL_REFERENCE` names; without it these tests say so and pass.

use std::path::PathBuf;

use serde_json::Value;
use ssl4rl::rl::policy_loss::{Clip, PolicyLoss, PolicyStatistics, clipped, token_ratio};
use ssl4rl::rl::{RlError, advantage, aggregate, kl};
use tch::{Kind, Tensor};

const TOLERANCE: f64 = 1e-12;
const ROWS: u64 = 8;
const WIDTH: u64 = 6;
const TOKENS: u64 = 32;
const GROUP: usize = 4;
/// What verl adds to the denominators of its masked means. The tests undo it, so that the comparison stays exact.
const VERL_EPSILON: f64 = 1e-8;
const TRL_EPSILON: f64 = 1e-4;

/// KL per token from log-probabilities of the policy and of the reference.
type Estimator = fn(&Tensor, &Tensor) -> Result<Tensor, RlError>;

struct Golden {
    file: Value,
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn golden() -> Option<Golden> {
    let Some(folder) = std::env::var_os("SSL4RL_REFERENCE") else {
        eprintln!("skipped: SSL4RL_REFERENCE names no reference folder");
        return None;
    };
    let text = std::fs::read_to_string(PathBuf::from(folder).join("golden/rl_losses.json")).expect("golden file");
    Some(Golden { file: serde_json::from_str(&text).expect("golden file is JSON") })
}

impl Golden {
    fn output(&self, source: &str, case: &str) -> &Value {
        let value = &self.file["outputs"][source][case];
        assert!(!value.is_null(), "no case `{case}` of {source} in the golden file");
        value
    }

    fn input(&self, name: &str) -> Tensor {
        tensor(&self.file["inputs"][name])
    }

    fn rewards(&self) -> Vec<f64> {
        numbers(&self.file["inputs"]["rewards"])
    }

    /// The first column of verl's advantages: one number a row.
    fn verl_advantages(&self) -> Vec<f64> {
        rows(self.output("verl_0.9.1", "adv_grpo")).iter().map(|row| row[0]).collect()
    }

    fn trl_advantages(&self) -> Vec<f64> {
        numbers(self.output("trl_1.16.0", "adv_group"))
    }

    fn policy(&self, log_probs: &Tensor, advantages: &[f64], clip: Clip) -> PolicyLoss {
        let advantages = Tensor::from_slice(advantages);
        clipped(log_probs, &self.input("old_logp"), &advantages, &self.input("mask"), clip).expect("policy loss")
    }

    fn log_probs(&self) -> Tensor {
        self.input("logp").set_requires_grad(true)
    }

    /// Holds `loss` and its gradient to a case.
    fn hold(&self, source: &str, case: &str, loss: &Tensor, log_probs: &Tensor) {
        let expected = self.output(source, case);
        close(case, loss.double_value(&[]), expected["loss"].as_f64().expect("loss"));
        loss.backward();
        all_close(case, &log_probs.grad(), &tensor(&expected["grad_logp"]));
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("an array").iter().map(|number| number.as_f64().expect("a number")).collect()
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().expect("an array").iter().map(numbers).collect()
}

fn tensor(value: &Value) -> Tensor {
    let rows = rows(value);
    Tensor::from_slice(&rows.concat()).view([rows.len() as i64, rows[0].len() as i64])
}

fn close(case: &str, got: f64, expected: f64) {
    assert!((got - expected).abs() <= TOLERANCE, "{case}: got {got}, expected {expected}");
}

fn all_close(case: &str, got: &Tensor, expected: &Tensor) {
    assert_eq!(got.size(), expected.size(), "{case}");
    let gap = (got - expected).abs().max().double_value(&[]);
    assert!(gap <= TOLERANCE, "{case}: largest gap {gap}");
}

fn clip(clip_low: f64, clip_high: f64, dual_clip: Option<f64>) -> Clip {
    Clip { clip_low, clip_high, dual_clip }
}

/// Every row of `per_token` times `n_i / (n_i + 1e-8)`: verl's row means from exact ones.
fn with_verl_epsilon(per_token: &Tensor, mask: &Tensor) -> Tensor {
    let lengths = mask.sum_dim_intlist(-1, true, Kind::Double);
    per_token * (&lengths / (&lengths + VERL_EPSILON))
}

/// Every aggregation of verl, in its own words.
fn verl_aggregate(name: &str, per_token: &Tensor, mask: &Tensor) -> Tensor {
    match name {
        "token-mean" => aggregate::token_mean(per_token, mask, TOKENS),
        "token-sum" => aggregate::token_mean(per_token, mask, 1),
        "seq-mean-token-sum" => aggregate::token_mean(per_token, mask, ROWS),
        "seq-mean-token-sum-norm" => aggregate::token_mean(per_token, mask, ROWS * WIDTH),
        "seq-mean-token-mean" => aggregate::sequence_mean_token_mean(&with_verl_epsilon(per_token, mask), mask, ROWS),
        other => panic!("no aggregation {other}"),
    }
    .expect("aggregation")
}

#[test]
fn advantages_are_those_of_trl_and_verl() {
    let Some(golden) = golden() else { return };
    let rewards = golden.rewards();
    let group = |epsilon| advantage::group_std(&rewards, GROUP, epsilon).expect("advantages");
    let trl = [
        ("adv_group", group(TRL_EPSILON)),
        ("adv_batch", advantage::batch_std(&rewards, GROUP, TRL_EPSILON).expect("advantages")),
        ("adv_none", advantage::centered(&rewards, GROUP).expect("advantages")),
    ];
    for (case, got) in trl {
        all_close(case, &Tensor::from_slice(&got), &Tensor::from_slice(&numbers(golden.output("trl_1.16.0", case))));
    }
    let verl = [
        ("adv_grpo", group(1e-6)),
        ("adv_drgrpo", advantage::centered(&rewards, GROUP).expect("advantages")),
        ("adv_rloo", advantage::leave_one_out(&rewards, GROUP).expect("advantages")),
    ];
    for (case, got) in verl {
        let spread = Tensor::from_slice(&got).unsqueeze(-1) * golden.input("mask");
        all_close(case, &spread, &tensor(golden.output("verl_0.9.1", case)));
    }
}

#[test]
fn clipped_losses_and_gradients_are_those_of_verl() {
    let Some(golden) = golden() else { return };
    let mask = golden.input("mask");
    for aggregation in
        ["token-mean", "token-sum", "seq-mean-token-sum", "seq-mean-token-sum-norm", "seq-mean-token-mean"]
    {
        for high in [0.2, 0.28] {
            let case = format!("loss_vanilla|{aggregation}|0.2|{high}");
            let log_probs = golden.log_probs();
            let policy = golden.policy(&log_probs, &golden.verl_advantages(), clip(0.2, high, Some(3.0)));
            let loss = verl_aggregate(aggregation, &policy.per_token, &mask);
            golden.hold("verl_0.9.1", &case, &loss, &log_probs);

            let metrics = &golden.output("verl_0.9.1", &case)["metrics"];
            let statistics = policy.statistics().expect("statistics");
            let shrink = statistics.tokens / (statistics.tokens + VERL_EPSILON);
            let metric = |name: &str| metrics[name].as_f64().expect("a metric") / shrink;
            close(&case, statistics.clip_fraction(), metric("actor/pg_clipfrac"));
            close(&case, statistics.clipped_dual / statistics.tokens, metric("actor/pg_clipfrac_lower"));
            close(&case, statistics.moved_since_sampling(), metric("actor/ppo_kl"));
        }
    }
}

#[test]
fn clipped_losses_and_gradients_are_those_of_trl() {
    let Some(golden) = golden() else { return };
    let mask = golden.input("mask");
    let length = golden.file["inputs"]["max_completion_length"].as_u64().expect("a length");
    for (name, high) in [("grpo", 0.2), ("bnpo", 0.2), ("dr_grpo", 0.2), ("dapo", 0.2), ("dapo", 0.28)] {
        let case = format!("loss_{name}|token|eps0.2/{high}");
        let log_probs = golden.log_probs();
        let policy = golden.policy(&log_probs, &golden.trl_advantages(), clip(0.2, high, None));
        let loss = match name {
            "grpo" => aggregate::sequence_mean_token_mean(&policy.per_token, &mask, ROWS),
            "dr_grpo" => aggregate::token_mean(&policy.per_token, &mask, ROWS * length),
            _ => aggregate::token_mean(&policy.per_token, &mask, TOKENS),
        };
        golden.hold("trl_1.16.0", &case, &loss.expect("aggregation"), &log_probs);

        let metrics = &golden.output("trl_1.16.0", &case)["metrics"];
        let statistics = policy.statistics().expect("statistics");
        let metric = |name: &str| metrics[name].as_f64().expect("a metric");
        close(&case, statistics.clip_fraction(), metric("clip_ratio/region_mean"));
        close(&case, statistics.clipped_low / statistics.tokens, metric("clip_ratio/low_mean"));
        close(&case, statistics.clipped_high / statistics.tokens, metric("clip_ratio/high_mean"));
    }
}

#[test]
fn loss_with_kl_is_that_of_trl() {
    let Some(golden) = golden() else { return };
    let (mask, beta) = (golden.input("mask"), 0.04);
    for (case, ratio_weighted) in
        [("loss_dapo|beta0.04|bias_corr_kl=False", false), ("loss_dapo|beta0.04|bias_corr_kl=True", true)]
    {
        let log_probs = golden.log_probs();
        let policy = golden.policy(&log_probs, &golden.trl_advantages(), clip(0.2, 0.2, None));
        let mut distance = kl::k3(&log_probs, &golden.input("ref_logp")).expect("k3");
        if ratio_weighted {
            distance *= token_ratio(&log_probs, &golden.input("old_logp")).expect("ratio");
        }
        let mean = aggregate::token_mean(&distance, &mask, TOKENS).expect("mean");
        let metric = golden.output("trl_1.16.0", case)["metrics"]["kl"].as_f64().expect("kl");
        close(case, mean.double_value(&[]), metric);
        let loss = aggregate::token_mean(&(policy.per_token + distance * beta), &mask, TOKENS).expect("loss");
        golden.hold("trl_1.16.0", case, &loss, &log_probs);
    }
}

#[test]
fn kl_estimators_are_those_of_verl() {
    let Some(golden) = golden() else { return };
    let cases: [(&str, Estimator); 4] =
        [("kl_k1", kl::k1), ("kl_k2", kl::k2), ("kl_k3", kl::k3), ("kl_low_var_kl", kl::k3)];
    for (case, estimator) in cases {
        let log_probs = golden.log_probs();
        let per_token = estimator(&log_probs, &golden.input("ref_logp")).expect("kl");
        let expected = golden.output("verl_0.9.1", case);
        all_close(case, &per_token.detach(), &tensor(&expected["per_token"]));
        (per_token * golden.input("mask")).sum(Kind::Double).backward();
        all_close(case, &log_probs.grad(), &tensor(&expected["grad_of_masked_sum"]));
    }
}

#[test]
fn a_batch_in_pieces_has_the_gradient_and_the_statistics_of_the_whole() {
    let Some(golden) = golden() else { return };
    let (old, mask) = (golden.input("old_logp"), golden.input("mask"));
    let advantages = Tensor::from_slice(&golden.trl_advantages());
    let log_probs = golden.log_probs();
    let mut merged = PolicyStatistics::EMPTY;
    let mut total = 0.0;
    for (start, length) in [(0, 3), (3, 4), (7, 1)] {
        let piece = |tensor: &Tensor| tensor.narrow(0, start, length);
        let policy =
            clipped(&piece(&log_probs), &piece(&old), &piece(&advantages), &piece(&mask), clip(0.2, 0.2, None))
                .expect("policy loss");
        let loss = aggregate::token_mean(&policy.per_token, &piece(&mask), TOKENS).expect("loss");
        loss.backward();
        total += loss.double_value(&[]);
        merged = merged.merge(policy.statistics().expect("statistics"));
    }
    let case = "loss_dapo|token|eps0.2/0.2";
    let expected = golden.output("trl_1.16.0", case);
    close(case, total, expected["loss"].as_f64().expect("loss"));
    all_close(case, &log_probs.grad(), &tensor(&expected["grad_logp"]));
    close(case, merged.clip_fraction(), expected["metrics"]["clip_ratio/region_mean"].as_f64().expect("metric"));
}
