//! Every case of the golden file: losses with gradients, KL, advantages and rollout ratios that TRL 1.16.0, verl 0.9.1 and
//! `EasyR1` b44b311 gave in float64, reached through the settings that `docs/algorithms.md` names for each framework.
//!
//! The file is `golden/rl_losses.json` in the folder that `SSL4RL_REFERENCE` names; without it these tests say so and pass.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;
use ssl4rl::config::{Config, GrpoConfig};
use ssl4rl::rl::Statistics;
use ssl4rl::rl::advantage::{Rewards, per_token};
use ssl4rl::rl::aggregate::Counts;
use ssl4rl::rl::correction;
use ssl4rl::rl::objective::{Outcome, TokenBatch, objective};
use tch::{Kind, Tensor};

/// What the frameworks and we may differ by.
const TOLERANCE: f64 = 1e-9;
/// What verl and `EasyR1` add to the denominators of their means. The tests undo it, so that the comparison stays sharp.
const MEAN_EPSILON: f64 = 1e-8;
const COUNTS: Counts = Counts { tokens: 32, completions: 8, longest: 6 };
const GROUP: usize = 4;

/// Cases that are not reproduced, with the reason. None so far: keep it so.
const NOT_COVERED: &[(&str, &str)] = &[];

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

    fn log_probs(&self) -> Tensor {
        self.input("logp").set_requires_grad(true)
    }

    /// verl's group advantages, one number a row spread over its tokens, padding included.
    fn verl_advantages(&self) -> Tensor {
        self.rows_spread(&rows(self.output("verl_0.9.1", "adv_grpo")).iter().map(|row| row[0]).collect::<Vec<_>>())
    }

    fn trl_advantages(&self) -> Tensor {
        self.rows_spread(&numbers(self.output("trl_1.16.0", "adv_group")))
    }

    fn rows_spread(&self, values: &[f64]) -> Tensor {
        Tensor::from_slice(values).unsqueeze(-1).expand_as(&self.input("mask")).contiguous()
    }

    /// `n / (n + 1e-8)` of each row, `[rows, 1]`.
    fn row_shrink(&self) -> Tensor {
        let lengths = self.input("mask").sum_dim_intlist(-1, true, Kind::Double);
        &lengths / (&lengths + MEAN_EPSILON)
    }

    /// The objective of `settings` on the file's inputs.
    fn objective(&self, settings: &[String], log_probs: &Tensor, advantages: &Tensor, counts: Counts) -> Outcome {
        self.objective_from(settings, log_probs, &self.input("old_logp"), advantages, counts)
    }

    fn objective_from(
        &self,
        settings: &[String],
        log_probs: &Tensor,
        old: &Tensor,
        advantages: &Tensor,
        counts: Counts,
    ) -> Outcome {
        let (sampled, reference, mask) = (self.input("rollout_logp"), self.input("ref_logp"), self.input("mask"));
        let batch =
            TokenBatch { log_probs, old, sampled: &sampled, reference: Some(&reference), advantages, mask: &mask };
        objective(&grpo(settings), &batch, counts).expect("objective")
    }

    /// Holds a loss and its gradient to a case.
    fn hold(&self, source: &str, case: &str, loss: &Tensor, log_probs: &Tensor) {
        let expected = self.output(source, case);
        close(case, loss.double_value(&[]), expected["loss"].as_f64().expect("loss"));
        loss.backward();
        all_close(case, &log_probs.grad(), &tensor(&expected["grad_logp"]));
    }

    fn metric(&self, source: &str, case: &str, name: &str) -> f64 {
        self.output(source, case)["metrics"][name].as_f64().unwrap_or_else(|| panic!("{case} has no metric {name}"))
    }
}

/// `[grpo]` after assignments without their section.
fn grpo(settings: &[String]) -> GrpoConfig {
    let mut config = Config::default();
    for setting in settings {
        config.set(&format!("grpo.{setting}")).expect(setting);
    }
    config.validate().expect("valid settings");
    config.grpo
}

fn settings(assignments: &[&str]) -> Vec<String> {
    assignments.iter().map(ToString::to_string).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("an array").iter().map(|number| number.as_f64().expect("a number")).collect()
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().expect("an array").iter().map(numbers).collect()
}

fn tensor(value: &Value) -> Tensor {
    matrix(&rows(value))
}

fn matrix(rows: &[Vec<f64>]) -> Tensor {
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

/// What holds a case to our code.
type Check = fn(&Golden, &str);

/// The first entry whose prefix a case's name has decides how it is checked.
const CHECKS: &[(&str, &str, Check)] = &[
    ("verl_0.9.1", "adv_", verl_advantage),
    ("verl_0.9.1", "kl_", verl_kl),
    ("verl_0.9.1", "loss_", verl_loss),
    ("trl_1.16.0", "adv_", trl_advantage),
    ("trl_1.16.0", "is_ratio_", trl_rollout_ratio),
    ("trl_1.16.0", "loss_", trl_loss),
    ("easyr1_b44b311", "loss_", easyr1_loss),
];

#[test]
fn every_golden_case_is_reproduced() {
    let Some(golden) = golden() else { return };
    let mut checked = BTreeSet::new();
    for (source, cases) in golden.file["outputs"].as_object().expect("sources") {
        for case in cases.as_object().expect("cases").keys() {
            if NOT_COVERED.iter().any(|(name, _)| name == case) {
                continue;
            }
            let check = CHECKS.iter().find(|(of, prefix, _)| of == source && case.starts_with(prefix));
            let (_, _, check) = check.unwrap_or_else(|| panic!("`{case}` of {source} is neither covered nor excused"));
            check(&golden, case);
            checked.insert((source.clone(), case.clone()));
        }
    }
    assert!(!checked.is_empty(), "the golden file has no cases");
}

/// Advantages of the file's rewards, `[8, 6]`, 0 on padding.
fn advantages(golden: &Golden, assignments: &[&str]) -> Tensor {
    let mask = rows(&golden.file["inputs"]["mask"]);
    let lengths: Vec<usize> = mask.iter().map(|row| row.iter().filter(|token| **token > 0.0).count()).collect();
    let scores = numbers(&golden.file["inputs"]["rewards"]);
    let rewards = Rewards { scores: &scores, lengths: &lengths, penalties: &[], group_size: GROUP };
    let mut advantages = per_token(&grpo(&settings(assignments)), &rewards).expect("advantages");
    for row in &mut advantages {
        row.resize(mask[0].len(), 0.0);
    }
    matrix(&advantages)
}

fn verl_advantage(golden: &Golden, case: &str) {
    let assignments: &[&str] = match case {
        "adv_grpo" => &["advantage=grpo", "advantage_epsilon=1e-6"],
        "adv_drgrpo" => &["advantage=centered"],
        "adv_rloo" => &["advantage=rloo"],
        "adv_reinforce_pp" => &["advantage=reinforce_pp", "advantage_epsilon=1e-8", "gamma=1"],
        "adv_reinforce_pp_baseline" => &["advantage=reinforce_pp_baseline", "advantage_epsilon=1e-8"],
        "adv_grpo_passk" => &["advantage=grpo_passk", "advantage_epsilon=1e-6"],
        other => panic!("verl's advantage `{other}` is neither covered nor excused"),
    };
    all_close(case, &advantages(golden, assignments), &tensor(golden.output("verl_0.9.1", case)));
}

fn trl_advantage(golden: &Golden, case: &str) {
    let name = match case {
        "adv_group" => "group",
        "adv_batch" => "batch",
        "adv_none" => "centered",
        other => panic!("TRL's advantage `{other}` is neither covered nor excused"),
    };
    let got = advantages(golden, &[&format!("advantage={name}"), "advantage_epsilon=1e-4"]);
    let expected = Tensor::from_slice(&numbers(golden.output("trl_1.16.0", case)));
    all_close(case, &got.select(1, 0), &expected);
}

fn verl_kl(golden: &Golden, case: &str) {
    let name = case.strip_prefix("kl_").expect("a KL case");
    let log_probs = golden.log_probs();
    let config = grpo(&[format!("kl={name}")]);
    let per_token = config.kl.of(&log_probs, &golden.input("ref_logp")).expect("kl");
    let expected = golden.output("verl_0.9.1", case);
    all_close(case, &per_token.detach(), &tensor(&expected["per_token"]));
    (per_token * golden.input("mask")).sum(Kind::Double).backward();
    all_close(case, &log_probs.grad(), &tensor(&expected["grad_of_masked_sum"]));
}

/// `loss_{mode}|{aggregation}|{low}|{high}`.
fn verl_loss(golden: &Golden, case: &str) {
    let name: Vec<&str> = case.strip_prefix("loss_").expect("a loss").split('|').collect();
    let [mode, aggregation, low, high] = name[..] else { panic!("`{case}` has another form") };
    let mut settings = vec![format!("aggregate={aggregation}"), format!("clip_low={low}"), format!("clip_high={high}")];
    settings.extend(match mode {
        "vanilla" => vec!["policy=vanilla".to_owned(), "dual_clip=3".to_owned()],
        "gspo" => vec!["ratio=sequence_token".to_owned()],
        "cispo" => vec!["policy=cispo".to_owned()],
        other => panic!("verl's loss `{other}` is neither covered nor excused"),
    });
    let shrink = if aggregation == "seq-mean-token-mean" { golden.row_shrink() } else { Tensor::from(1.0_f64) };
    let log_probs = golden.log_probs();
    let outcome = golden.objective(&settings, &log_probs, &(golden.verl_advantages() * shrink), COUNTS);
    golden.hold("verl_0.9.1", case, &outcome.loss, &log_probs);

    let statistics = outcome.statistics().expect("statistics");
    let metric = |name: &str| golden.metric("verl_0.9.1", case, name);
    close(case, statistics.clip_fraction(), metric("actor/pg_clipfrac"));
    close(case, statistics.mean(statistics.clipped_dual), metric("actor/pg_clipfrac_lower"));
    close(case, statistics.moved_since_sampling(), metric("actor/ppo_kl"));
    close(case, statistics.loss, outcome.loss.double_value(&[]));
}

/// The settings of a case of TRL; `loss_type` and level are its own words.
fn trl_settings(case: &str) -> Vec<String> {
    let name = case.strip_prefix("loss_").expect("a loss");
    let (loss_type, variant) = name.split_once('|').expect("a loss type");
    let mut all = match loss_type {
        "sapo" => settings(&["policy=sapo", "aggregate=grpo"]),
        "cispo" => settings(&["policy=cispo", "aggregate=dapo"]),
        aggregation => vec![format!("aggregate={aggregation}")],
    };
    all.extend(settings(match variant {
        "token|eps0.2/0.2" => &[],
        "token|eps0.2/0.28" => &["clip_high=0.28"],
        "sequence(GSPO)|eps0.2/0.2" | "sequence|eps0.2/0.2" => &["ratio=sequence"],
        "token|eps_high=1.15" => &["ratio_cap=1.15"],
        "beta0.04|bias_corr_kl=True" => &["kl=k3", "kl_coefficient=0.04", "kl_ratio_weighted=true"],
        "beta0.04|bias_corr_kl=False" => &["kl=k3", "kl_coefficient=0.04", "kl_ratio_weighted=false"],
        "delta1.1" => &["delta=1.1"],
        "TIS token_truncate C=1.03" => &["rollout_correction=token_truncate", "rollout_correction_max=1.03"],
        "sequence_mask C=1.05" => &["rollout_correction=sequence_mask", "rollout_correction_max=1.05"],
        other => panic!("TRL's variant `{other}` is neither covered nor excused"),
    }));
    all
}

fn trl_loss(golden: &Golden, case: &str) {
    let settings = trl_settings(case);
    let longest = golden.file["inputs"]["max_completion_length"].as_u64().expect("a length");
    let log_probs = golden.log_probs();
    let counts = Counts { longest, ..COUNTS };
    let outcome = golden.objective(&settings, &log_probs, &golden.trl_advantages(), counts);
    golden.hold("trl_1.16.0", case, &outcome.loss, &log_probs);

    let statistics = outcome.statistics().expect("statistics");
    let metric = |name: &str| golden.metric("trl_1.16.0", case, name);
    if case.contains("beta0.04") {
        close(case, statistics.mean(statistics.kl_sum), metric("kl"));
    }
    // At the sequence level TRL counts sequences; only one is clipped here, and it has 4 of the 32 tokens, as 1 of 8.
    if !case.contains("sapo") && !case.contains("cispo") {
        close(case, statistics.clip_fraction(), metric("clip_ratio/region_mean"));
        close(case, statistics.mean(statistics.clipped_low), metric("clip_ratio/low_mean"));
        close(case, statistics.mean(statistics.clipped_high), metric("clip_ratio/high_mean"));
    }
}

/// `is_ratio_{correction}_C{largest}`.
fn trl_rollout_ratio(golden: &Golden, case: &str) {
    let name = case.strip_prefix("is_ratio_").expect("a rollout ratio");
    let (correction, largest) = name.split_once("_C").expect("a largest ratio");
    let config = grpo(&[format!("rollout_correction={correction}"), format!("rollout_correction_max={largest}")]);
    let weights =
        correction::weights(&config, &golden.input("old_logp"), &golden.input("rollout_logp"), &golden.input("mask"));
    let weights = weights.expect("weights").expect("a correction");
    all_close(case, &weights.bounded, &tensor(golden.output("trl_1.16.0", case)));
}

/// `loss_{mode}|{averaging}`, clip 0.2 and 0.3, dual clip 3.
fn easyr1_loss(golden: &Golden, case: &str) {
    let (mode, averaging) = case.strip_prefix("loss_").and_then(|name| name.split_once('|')).expect("a loss");
    let mut all = settings(&["clip_low=0.2", "clip_high=0.3", "dual_clip=3"]);
    let (aggregate, shrink) = match averaging {
        "token" => ("token_mean", Tensor::from(32.0 / (32.0 + MEAN_EPSILON))),
        "seq" => ("sequence_mean_token_mean", golden.row_shrink()),
        other => panic!("EasyR1's averaging `{other}` is neither covered nor excused"),
    };
    all.push(format!("aggregate={aggregate}"));
    all.extend(settings(match mode {
        "default" => &["policy=clip"],
        "gspo" => &["ratio=sequence"],
        "gspo_token" => &["ratio=sequence_token"],
        "cispo" => &["policy=cispo"],
        "sapo" => &["policy=sapo"],
        other => panic!("EasyR1's loss `{other}` is neither covered nor excused"),
    }));
    let log_probs = golden.log_probs();
    let old = golden.input("old_logp");
    // The mean of the log-ratios in its GSPO has the epsilon too. Scaled log-probs give scaled log-ratios.
    let (scaled, old) = match mode {
        "gspo" => (&log_probs * golden.row_shrink(), old * golden.row_shrink()),
        "gspo_token" => {
            let log_ratio = (&log_probs - old).detach() * golden.row_shrink();
            (log_probs.shallow_clone(), log_probs.detach() - log_ratio)
        }
        _ => (log_probs.shallow_clone(), old),
    };
    let outcome = golden.objective_from(&all, &scaled, &old, &(golden.verl_advantages() * shrink), COUNTS);
    golden.hold("easyr1_b44b311", case, &outcome.loss, &log_probs);
    if mode == "default" {
        let statistics = outcome.statistics().expect("statistics");
        let metric = |name: &str| golden.metric("easyr1_b44b311", case, name);
        close(case, statistics.clip_fraction(), metric("pg_clipfrac_higher"));
        close(case, statistics.mean(statistics.clipped_dual), metric("pg_clipfrac_lower"));
        close(case, statistics.moved_since_sampling(), metric("ppo_kl"));
    }
}

#[test]
fn a_batch_in_pieces_has_the_gradient_and_the_statistics_of_the_whole() {
    let Some(golden) = golden() else { return };
    let (old, sampled, mask) = (golden.input("old_logp"), golden.input("rollout_logp"), golden.input("mask"));
    let advantages = golden.trl_advantages();
    let log_probs = golden.log_probs();
    let mut merged = Statistics::EMPTY;
    for (start, length) in [(0, 3), (3, 4), (7, 1)] {
        let piece = |tensor: &Tensor| tensor.narrow(0, start, length);
        let batch = TokenBatch {
            log_probs: &piece(&log_probs),
            old: &piece(&old),
            sampled: &piece(&sampled),
            reference: None,
            advantages: &piece(&advantages),
            mask: &piece(&mask),
        };
        let outcome = objective(&GrpoConfig::default(), &batch, COUNTS).expect("objective");
        outcome.loss.backward();
        merged = merged.merge(outcome.statistics().expect("statistics"));
    }
    let case = "loss_dapo|token|eps0.2/0.2";
    let expected = golden.output("trl_1.16.0", case);
    close(case, merged.loss, expected["loss"].as_f64().expect("loss"));
    all_close(case, &log_probs.grad(), &tensor(&expected["grad_logp"]));
    close(case, merged.clip_fraction(), golden.metric("trl_1.16.0", case, "clip_ratio/region_mean"));
}
