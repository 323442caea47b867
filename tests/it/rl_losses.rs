//! Advantages, losses and log-probabilities against numbers worked out by hand.

use ssl4rl::config::{
    Advantage, Aggregate, GrpoConfig, KlKind, KlPlace, OptimizerConfig, PolicyKind, RatioKind, RolloutCorrection,
    Schedule,
};
use ssl4rl::rl::advantage::{Rewards, group as advantage, per_token};
use ssl4rl::rl::aggregate::Counts;
use ssl4rl::rl::objective::{Outcome, TokenBatch, objective};
use ssl4rl::rl::schedule::learning_rate;
use ssl4rl::rl::{RlError, correction, log_prob};
use tch::{Device, Kind, Tensor};

fn matrix<const WIDTH: usize>(rows: &[[f64; WIDTH]]) -> Tensor {
    Tensor::from_slice(&rows.concat()).view([rows.len() as i64, WIDTH as i64])
}

fn values(tensor: &Tensor) -> Vec<f64> {
    let flat = tensor.detach().to_kind(Kind::Double).flatten(0, -1);
    let mut values = vec![0.0; flat.numel()];
    let count = values.len();
    flat.copy_data(&mut values, count);
    values
}

fn close(got: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len());
    for (index, (got_one, expected_one)) in got.iter().zip(expected).enumerate() {
        assert!(
            (got_one - expected_one).abs() <= tolerance,
            "at {index}: got {got_one}, expected {expected_one}, of {got:?}"
        );
    }
}

#[test]
fn advantages_by_hand() {
    // Group [1, 0]: mean 1/2, sample deviation sqrt(1/2). Group [3, 1]: mean 2, sample deviation sqrt(2).
    let rewards = [1.0, 0.0, 3.0, 1.0];
    let half_root = 0.5_f64.sqrt();
    let group = advantage::group_std(&rewards, 2, 0.0).expect("advantages");
    close(&group, &[half_root, -half_root, half_root, -half_root], 1e-15);
    close(&advantage::centered(&rewards, 2).expect("advantages"), &[0.5, -0.5, 1.0, -1.0], 0.0);
    // Each less the other one.
    close(&advantage::leave_one_out(&rewards, 2).expect("advantages"), &[1.0, -1.0, 2.0, -2.0], 0.0);
    // Batch mean 5/4; squares 1/16 + 25/16 + 49/16 + 1/16 = 76/16; over 3: 19/12.
    let spread = (19.0_f64 / 12.0).sqrt() + 0.25;
    let expected = [0.5, -0.5, 1.0, -1.0].map(|value| value / spread);
    close(&advantage::batch_std(&rewards, 2, 0.25).expect("advantages"), &expected, 1e-15);
}

#[test]
fn equal_rewards_teach_exactly_nothing() {
    // The mean of three times 0.1 is not 0.1 in floating point.
    let rewards = [0.1, 0.1, 0.1, 0.0, 1.0, 0.1];
    for epsilon in [0.0, 1e-6] {
        let advantages = advantage::group_std(&rewards, 3, epsilon).expect("advantages");
        assert_eq!(advantages[..3], [0.0; 3]);
        assert!(advantages[3..].iter().all(|value| value.is_finite() && *value != 0.0));
    }
    assert_eq!(advantage::leave_one_out(&[0.7; 4], 4).expect("advantages"), [0.0; 4]);
    assert_eq!(advantage::batch_std(&[0.7; 4], 2, 0.0).expect("advantages"), [0.0; 4]);
    assert!(advantage::all_equal(&rewards[..3]) && !advantage::all_equal(&rewards[3..]));
    assert!(!advantage::all_equal(&rewards[..1]), "there is nothing to be equal to");
}

#[test]
fn rewards_that_form_no_groups_are_refused() {
    for (rewards, group_size) in [(&[1.0, 0.0, 1.0][..], 2), (&[1.0, 0.0], 1), (&[1.0, 0.0], 0)] {
        let refused = advantage::group_std(rewards, group_size, 1e-6);
        assert!(matches!(refused, Err(RlError::Group { .. })), "{refused:?}");
    }
    let refused = advantage::centered(&[1.0, f64::NAN], 2);
    assert!(matches!(refused, Err(RlError::Reward { index: 1, .. })), "{refused:?}");
}

/// The rewards of one batch as advantages: kinds by the settings, one row of values a completion.
fn advantages(config: &GrpoConfig, scores: &[f64], penalties: &[Vec<f64>], group_size: usize) -> Vec<Vec<f64>> {
    let lengths: Vec<usize> =
        if penalties.is_empty() { vec![2; scores.len()] } else { penalties.iter().map(Vec::len).collect() };
    per_token(config, &Rewards { scores, lengths: &lengths, penalties, group_size }).expect("advantages")
}

#[test]
fn penalties_count_as_their_sum_or_from_their_token_on() {
    // Two answers to one prompt: rewards 1 and 0, penalties 0.1 and 0.2 on the first's tokens, 0.5 on the second's one.
    let penalties = [vec![0.1, 0.2], vec![0.5]];
    let with = |advantage, gamma| GrpoConfig { advantage, gamma, advantage_epsilon: 0.0, ..GrpoConfig::default() };
    let got = advantages(&with(Advantage::Centered, 1.0), &[1.0, 0.0], &penalties, 2);
    // Totals 0.7 and -0.5: mean 0.1.
    close(&got.concat(), &[0.6, 0.6, -0.6], 1e-15);
    // Returns 0.7, 0.8 and -0.5: mean 1/3; squares of 11, 14 and -25 thirtieths: 942/900; over 2: 471/900.
    let got = advantages(&with(Advantage::ReinforcePp, 1.0), &[1.0, 0.0], &penalties, 1);
    let scale = 471.0_f64.sqrt();
    close(&got.concat(), &[11.0 / scale, 14.0 / scale, -25.0 / scale], 1e-14);
    // At discount 1/2 the first return is -0.1 + 0.8 / 2.
    let got = advantages(&with(Advantage::ReinforcePp, 0.5), &[1.0, 0.0], &penalties, 1);
    let returns = [0.3, 0.8, -0.5];
    let mean = 0.2;
    let deviation = (returns.iter().map(|value: &f64| (value - mean).powi(2)).sum::<f64>() / 2.0).sqrt();
    close(&got.concat(), &returns.map(|value| (value - mean) / deviation), 1e-14);
}

#[test]
fn every_advantage_of_equal_rewards_is_exactly_nothing() {
    let kinds = [
        Advantage::GroupStd,
        Advantage::BatchStd,
        Advantage::Centered,
        Advantage::LeaveOneOut,
        Advantage::ReinforcePp,
        Advantage::ReinforcePpBaseline,
        Advantage::PassAtK,
    ];
    for advantage in kinds {
        for advantage_epsilon in [0.0, 1e-6] {
            let config = GrpoConfig { advantage, advantage_epsilon, ..GrpoConfig::default() };
            let got = advantages(&config, &[0.1; 6], &[], 3);
            assert!(got.iter().flatten().all(|value| *value == 0.0), "{advantage:?}: {got:?}");
        }
        // A completion of its own has nothing to be compared with, except by REINFORCE++.
        let config = GrpoConfig { advantage, ..GrpoConfig::default() };
        let alone = Rewards { scores: &[1.0, 0.0], lengths: &[1, 1], penalties: &[], group_size: 1 };
        let outcome = per_token(&config, &alone);
        assert_eq!(outcome.is_ok(), !advantage.needs_group(), "{advantage:?}: {outcome:?}");
    }
}

#[test]
fn pass_at_k_pays_the_lead_of_the_best() {
    let config = GrpoConfig { advantage: Advantage::PassAtK, advantage_epsilon: 0.5, ..GrpoConfig::default() };
    // Deviation of 0, 1, 3 and 0: mean 1, squares 1 + 0 + 4 + 1, over 3: 2.
    let got = advantages(&config, &[0.0, 1.0, 3.0, 0.0], &[], 4);
    let lead = 2.0 / (2.0_f64.sqrt() + 0.5);
    close(&got.concat(), &[0.0, 0.0, 0.0, 0.0, lead, lead, 0.0, 0.0], 1e-15);
}

#[test]
fn lists_that_do_not_belong_together_are_refused() {
    let config = GrpoConfig::default();
    let refused = |lengths: &[usize], penalties: &[Vec<f64>]| {
        per_token(&config, &Rewards { scores: &[1.0, 0.0], lengths, penalties, group_size: 2 }).unwrap_err()
    };
    for error in [refused(&[1], &[]), refused(&[1, 1], &[vec![0.1]]), refused(&[1, 2], &[vec![0.1], vec![0.1]])] {
        assert!(matches!(error, RlError::Lengths { .. }), "{error}");
    }
}

/// Ratios 2, 1, 1/2 and a padded position; 2, 1, 1/2 and 4. The rows have advantages 1 and -1.
struct Small {
    log_probs: Tensor,
    old: Tensor,
    advantages: Tensor,
    mask: Tensor,
}

const SMALL_COUNTS: Counts = Counts { tokens: 7, completions: 2, longest: 4 };

fn small() -> Small {
    let ln2 = 2.0_f64.ln();
    Small {
        log_probs: matrix(&[[-1.0, -1.0, -1.0, 0.0], [-1.0, -1.0, -1.0, -1.0]]).set_requires_grad(true),
        old: matrix(&[[-1.0 - ln2, -1.0, -1.0 + ln2, 0.0], [-1.0 - ln2, -1.0, -1.0 + ln2, -1.0 - 2.0 * ln2]]),
        advantages: matrix(&[[1.0; 4], [-1.0; 4]]),
        mask: matrix(&[[1.0, 1.0, 1.0, 0.0], [1.0; 4]]),
    }
}

impl Small {
    fn batch(&self) -> TokenBatch<'_> {
        let Self { log_probs, old, advantages, mask } = self;
        TokenBatch { log_probs, old, sampled: old, reference: None, advantages, mask }
    }

    fn objective(&self, config: &GrpoConfig) -> Outcome {
        objective(config, &self.batch(), SMALL_COUNTS).expect("objective")
    }

    /// Loss, and its gradient times the tokens or completions it was averaged over.
    fn gradient(&self, outcome: &Outcome, times: f64) -> (f64, Vec<f64>) {
        outcome.loss.backward();
        let gradient = values(&self.log_probs.grad()).into_iter().map(|value| value * times).collect();
        (outcome.loss.double_value(&[]), gradient)
    }
}

fn clip(clip_low: f64, clip_high: f64, dual_clip: f64) -> GrpoConfig {
    GrpoConfig { clip_low, clip_high, dual_clip, ..GrpoConfig::default() }
}

#[test]
fn clipped_loss_by_hand() {
    let small = small();
    let outcome = small.objective(&clip(0.2, 0.3, 0.0));
    let statistics = outcome.statistics().expect("statistics");
    close(&[statistics.tokens, statistics.clipped_low, statistics.clipped_high], &[7.0, 1.0, 1.0], 0.0);
    close(&[statistics.ratio_min, statistics.ratio_max], &[0.5, 4.0], 1e-14);
    close(&[statistics.clip_fraction()], &[2.0 / 7.0], 1e-15);
    // Log-ratios: ln 2 and -ln 2 cancel in both rows; 2 ln 2 remains.
    close(&[statistics.moved_since_sampling()], &[-2.0 * 2.0_f64.ln() / 7.0], 1e-15);
    close(&[statistics.log_prob_sum, statistics.kl_sum, statistics.clipped_dual], &[-7.0, 0.0, 0.0], 0.0);
    close(&[statistics.correction_sum, statistics.correction_bounded, statistics.correction_max], &[0.0; 3], 0.0);
    // A = 1: -min(r, clip(r)) = -1.3, -1, -0.5. A = -1: max(r, clip(r)) = 2, 1, 0.8, 4.
    let (loss, gradient) = small.gradient(&outcome, 7.0);
    close(&[loss, statistics.loss], &[5.0 / 7.0; 2], 1e-14);
    // d loss / d log_prob = -r A / 7 where the clip does not bind, 0 where it does.
    close(&gradient, &[0.0, -1.0, -0.5, 0.0, 2.0, 1.0, 0.0, 4.0], 1e-14);
}

#[test]
fn dual_clip_bounds_bad_tokens_only() {
    let small = small();
    let outcome = small.objective(&clip(0.2, 0.3, 3.0));
    close(&[outcome.statistics().expect("statistics").clipped_dual], &[1.0], 0.0);
    let (loss, gradient) = small.gradient(&outcome, 7.0);
    close(&[loss], &[4.0 / 7.0], 1e-14);
    assert_eq!(gradient[7].to_bits(), 0.0_f64.to_bits());
}

#[test]
fn delta_caps_the_branch_that_is_not_clipped() {
    let small = small();
    let outcome = small.objective(&GrpoConfig { delta: 1.5, ..clip(0.2, 0.3, 0.0) });
    // A = -1: max(min(r, 1.5), clip(r)) = 1.5, 1, 0.8, 1.5.
    let (loss, gradient) = small.gradient(&outcome, 7.0);
    close(&[loss], &[(-2.8 + 4.8) / 7.0], 1e-14);
    close(&gradient, &[0.0, -1.0, -0.5, 0.0, 0.0, 1.0, 0.0, 0.0], 1e-14);
}

#[test]
fn the_sequence_ratio_is_the_geometric_mean() {
    for ratio in [RatioKind::Sequence, RatioKind::SequenceToken] {
        let small = small();
        let config = GrpoConfig { ratio, aggregate: Aggregate::SequenceMeanTokenSum, ..clip(0.9, 9.0, 0.0) };
        let outcome = small.objective(&config);
        // Row 1: (2 * 1 * 1/2)^(1/3) = 1. Row 2: (2 * 1 * 1/2 * 4)^(1/4) = sqrt 2.
        let root = 2.0_f64.sqrt();
        let statistics = outcome.statistics().expect("statistics");
        close(&[statistics.ratio_min, statistics.ratio_max], &[1.0, root], 1e-14);
        let (loss, gradient) = small.gradient(&outcome, 2.0);
        close(&[loss], &[(4.0 * root - 3.0) / 2.0], 1e-14);
        // The same gradient either way, since the advantage is the same at every token.
        close(&gradient, &[-1.0, -1.0, -1.0, 0.0, root, root, root, root], 1e-14);
    }
}

#[test]
fn cispo_keeps_the_gradient_of_every_token() {
    let capped = GrpoConfig { policy: PolicyKind::Cispo, ratio_cap: 1.5, ..GrpoConfig::default() };
    let two_sided = GrpoConfig { policy: PolicyKind::Cispo, ..clip(0.2, 0.3, 0.0) };
    let cases = [
        (capped, [1.5, 1.0, 0.5, 0.0, 1.5, 1.0, 0.5, 1.5], 3.0),
        (two_sided, [1.3, 1.0, 0.8, 0.0, 1.3, 1.0, 0.8, 1.3], 5.0),
    ];
    for (config, weights, bounded) in cases {
        let small = small();
        let outcome = small.objective(&config);
        let clipped = outcome.statistics().expect("statistics").clip_fraction();
        close(&[clipped], &[bounded / 7.0], 1e-15);
        let (_, gradient) = small.gradient(&outcome, 7.0);
        let signs = [-1.0, -1.0, -1.0, 0.0, 1.0, 1.0, 1.0, 1.0];
        let expected: Vec<f64> = weights.iter().zip(signs).map(|(weight, sign)| weight * sign).collect();
        close(&gradient, &expected, 1e-14);
    }
}

#[test]
fn sapo_fades_with_the_distance_from_one() {
    let small = small();
    let config =
        GrpoConfig { policy: PolicyKind::Sapo, sapo_positive: 1.0, sapo_negative: 2.0, ..GrpoConfig::default() };
    let (_, gradient) = small.gradient(&small.objective(&config), 7.0);
    // d/dl of -A 4/t sigmoid(t (r - 1)) is -A 4 s (1 - s) r: at r = 1 it is -A.
    let slope = |temperature: f64, ratio: f64| {
        let gate = 1.0 / (1.0 + (-temperature * (ratio - 1.0)).exp());
        4.0 * gate * (1.0 - gate) * ratio
    };
    let expected =
        [-slope(1.0, 2.0), -1.0, -slope(1.0, 0.5), 0.0, slope(2.0, 2.0), 1.0, slope(2.0, 0.5), slope(2.0, 4.0)];
    close(&gradient, &expected, 1e-14);
}

#[test]
fn rollout_correction_by_hand() {
    // Trainer over sampler: 2, 1 and 1/2; then 1, 4 and padding.
    let ln2 = 2.0_f64.ln();
    let old = matrix(&[[-1.0, -1.0, -1.0], [-1.0, -1.0, 0.0]]);
    let sampled = matrix(&[[-1.0 - ln2, -1.0, -1.0 + ln2], [-1.0, -1.0 - 2.0 * ln2, 5.0]]);
    let mask = matrix(&[[1.0; 3], [1.0, 1.0, 0.0]]);
    let weights = |rollout_correction, min, max| {
        let bounds = GrpoConfig { rollout_correction_min: min, rollout_correction_max: max, ..GrpoConfig::default() };
        let config = GrpoConfig { rollout_correction, ..bounds };
        let weights = correction::weights(&config, &old, &sampled, &mask).expect("weights").expect("a correction");
        values(&weights.bounded)
    };
    close(&weights(RolloutCorrection::TokenTruncate, 0.0, 1.5), &[1.5, 1.0, 0.5, 1.0, 1.5, 1.0], 1e-14);
    close(&weights(RolloutCorrection::TokenMask, 0.6, 3.0), &[2.0, 1.0, 0.0, 1.0, 0.0, 1.0], 1e-14);
    // Products: 1 and 4.
    close(&weights(RolloutCorrection::SequenceTruncate, 0.0, 3.0), &[1.0, 3.0], 1e-14);
    close(&weights(RolloutCorrection::SequenceMask, 0.0, 3.0), &[1.0, 0.0], 1e-14);
    assert!(correction::weights(&GrpoConfig::default(), &old, &sampled, &mask).expect("weights").is_none());
}

#[test]
fn a_correction_weighs_the_policy_term_and_not_the_kl() {
    let small = small();
    // The sampler thought every token twice as likely as the trainer does: each weight is 1/2.
    let sampled = &small.old + 2.0_f64.ln();
    let reference = &small.log_probs.detach() - 1.0;
    let config = GrpoConfig {
        kl: KlKind::K1,
        kl_coefficient: 0.1,
        rollout_correction: RolloutCorrection::TokenTruncate,
        rollout_correction_max: 2.0,
        ..clip(0.2, 0.3, 0.0)
    };
    let batch = TokenBatch { sampled: &sampled, reference: Some(&reference), ..small.batch() };
    let outcome = objective(&config, &batch, SMALL_COUNTS).expect("objective");
    let statistics = outcome.statistics().expect("statistics");
    close(&[statistics.correction_sum, statistics.kl_sum], &[3.5, 7.0], 1e-14);
    close(&[statistics.correction_max, statistics.correction_bounded], &[0.5, 0.0], 1e-14);
    // Half of 5/7, the loss of the policy term alone, and 0.1 of a KL of 1 nat a token.
    close(&[outcome.loss.double_value(&[])], &[2.5 / 7.0 + 0.1], 1e-14);
}

#[test]
fn a_kl_without_a_reference_is_refused_in_the_loss_and_absent_in_the_reward() {
    let small = small();
    let config = GrpoConfig { kl_coefficient: 0.1, ..GrpoConfig::default() };
    let refused = objective(&config, &small.batch(), SMALL_COUNTS);
    assert!(matches!(refused, Err(RlError::NoReference { .. })), "{refused:?}");
    objective(&GrpoConfig { kl_in: KlPlace::Reward, ..config }, &small.batch(), SMALL_COUNTS).expect("objective");
}

#[test]
fn extreme_ratios_keep_loss_and_gradient_finite() {
    for (sign, policy) in [(1.0_f32, PolicyKind::Clip), (-1.0, PolicyKind::Clip), (1.0, PolicyKind::Sapo)] {
        let log_probs = Tensor::from_slice(&[-1.0_f32, -500.0]).view([1, 2]).set_requires_grad(true);
        let old = Tensor::from_slice(&[-500.0_f32, -1.0]).view([1, 2]);
        let advantages = Tensor::from_slice(&[sign, sign]).view([1, 2]);
        let mask = Tensor::ones([1, 2], (Kind::Float, Device::Cpu));
        let batch = TokenBatch {
            log_probs: &log_probs,
            old: &old,
            sampled: &old,
            reference: None,
            advantages: &advantages,
            mask: &mask,
        };
        let config = GrpoConfig { policy, ..GrpoConfig::default() };
        let outcome = objective(&config, &batch, Counts { tokens: 2, completions: 1, longest: 2 }).expect("objective");
        outcome.loss.backward();
        assert!(values(&outcome.loss).iter().chain(&values(&log_probs.grad())).all(|value| value.is_finite()));
    }
}

#[test]
fn first_update_after_sampling_has_the_plain_policy_gradient() {
    let small = small();
    let config = GrpoConfig { aggregate: Aggregate::SequenceMeanTokenMean, ..GrpoConfig::default() };
    let old = small.log_probs.detach();
    let outcome = objective(&config, &TokenBatch { old: &old, ..small.batch() }, SMALL_COUNTS).expect("objective");
    let (loss, gradient) = small.gradient(&outcome, 1.0);
    // Every ratio is 1: the rows give -1 and 1.
    close(&[loss], &[0.0], 1e-15);
    close(&gradient, &[-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0, 0.0, 0.125, 0.125, 0.125, 0.125], 1e-15);
}

#[test]
fn padding_weighs_nothing_and_an_empty_row_adds_nothing() {
    let per_token = matrix(&[[1.0, 2.0, 3e30], [4.0, 5e30, -7e30], [9e30, 9e30, 9e30]]);
    let mask = matrix(&[[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]);
    let loss = |aggregate: Aggregate, completions| {
        let counts = Counts { tokens: 3, completions, longest: 5 };
        values(&aggregate.of(&per_token, &mask, counts).expect("loss"))
    };
    close(&loss(Aggregate::TokenMean, 3), &[7.0 / 3.0], 1e-15);
    close(&loss(Aggregate::TokenSum, 3), &[7.0], 1e-15);
    close(&loss(Aggregate::SequenceMeanTokenMean, 3), &[5.5 / 3.0], 1e-15);
    close(&loss(Aggregate::SequenceMeanTokenMean, 2), &[5.5 / 2.0], 1e-15);
    close(&loss(Aggregate::SequenceMeanTokenSum, 2), &[7.0 / 2.0], 1e-15);
    close(&loss(Aggregate::SequenceMeanTokenSumNorm, 2), &[7.0 / 10.0], 1e-15);
}

#[test]
fn kl_by_hand() {
    // The policy gives 1/2, the reference 1/4: d = -ln 2.
    let ln2 = 2.0_f64.ln();
    let kinds = [
        (KlKind::K1, ln2, 1.0),
        (KlKind::Abs, ln2, 1.0),
        (KlKind::K2, ln2 * ln2 / 2.0, ln2),
        // d k3 / d log_prob = 1 - exp(d).
        (KlKind::K3, 0.5 + ln2 - 1.0, 0.5),
        (KlKind::K1Plus, ln2, ln2),
        (KlKind::K3Plus, 0.5 + ln2 - 1.0, ln2),
    ];
    for (kind, value, slope) in kinds {
        let log_probs = matrix(&[[-ln2]]).set_requires_grad(true);
        let estimate = kind.of(&log_probs, &matrix(&[[-2.0 * ln2]])).expect("kl");
        close(&values(&estimate), &[value], 1e-15);
        estimate.sum(Kind::Double).backward();
        close(&values(&log_probs.grad()), &[slope], 1e-15);
    }
}

#[test]
fn log_prob_and_entropy_by_hand() {
    // Weights 1, 2, 5: probabilities 1/8, 1/4, 5/8.
    let logits = matrix(&[[0.0, 2.0_f64.ln(), 5.0_f64.ln()]]).view([1, 1, 3]).set_requires_grad(true);
    let tokens = Tensor::from_slice(&[2_i64]).view([1, 1]);
    let log_probs = log_prob::log_probs(&logits, &tokens, 1.0).expect("log-probabilities");
    assert_eq!(log_probs.size(), [1, 1]);
    close(&values(&log_probs), &[0.625_f64.ln()], 1e-15);
    log_probs.sum(Kind::Double).backward();
    close(&values(&logits.grad()), &[-0.125, -0.25, 0.375], 1e-15);

    let entropy = |logits: &Tensor, temperature| values(&log_prob::entropy(logits, temperature).expect("entropy"));
    let expected = -[0.125_f64, 0.25, 0.625].iter().map(|p| p * p.ln()).sum::<f64>();
    close(&entropy(&logits, 1.0), &[expected], 1e-15);

    // At temperature 2 the weights are their roots.
    let roots = [1.0, 2.0_f64.sqrt(), 5.0_f64.sqrt()];
    let total: f64 = roots.iter().sum();
    let warm = log_prob::log_probs(&logits, &tokens, 2.0).expect("log-probabilities");
    close(&values(&warm), &[(roots[2] / total).ln()], 1e-15);
    let expected = -roots.iter().map(|root| root / total * (root / total).ln()).sum::<f64>();
    close(&entropy(&logits, 2.0), &[expected], 1e-15);
}

#[test]
fn large_and_half_precision_logits_keep_their_digits() {
    let half = Tensor::from_slice(&[1000.0_f32, 1000.0, -1000.0]).to_kind(Kind::BFloat16);
    let tokens = Tensor::from_slice(&[0_i64, 1, 2]);
    let logits = half.unsqueeze(0).expand([3, 3], false);
    let log_probs = log_prob::log_probs(&logits, &tokens, 1.0).expect("log-probabilities");
    assert_eq!(log_probs.kind(), Kind::Float);
    let ln2 = 2.0_f64.ln();
    close(&values(&log_probs), &[-ln2, -ln2, -2000.0 - ln2], 1e-4);
    close(&values(&log_prob::entropy(&logits, 1.0).expect("entropy")), &[ln2; 3], 1e-6);
}

#[test]
fn completion_logits_are_those_one_position_earlier() {
    // Two prompt tokens and three of the completion; the logits say which position they stand at.
    let logits = Tensor::arange(5, (Kind::Float, Device::Cpu)).view([1, 5, 1]);
    let completion = log_prob::completion_logits(&logits, 2).expect("logits");
    assert_eq!(completion.size(), [1, 3, 1]);
    close(&values(&completion), &[1.0, 2.0, 3.0], 0.0);
    for prompt_length in [0, 6] {
        let refused = log_prob::completion_logits(&logits, prompt_length);
        assert!(matches!(refused, Err(RlError::Setting { .. })), "{refused:?}");
    }
}

#[test]
fn shapes_and_settings_that_do_not_fit_are_refused() {
    let small = small();
    let log_probs = small.log_probs.shallow_clone();
    let plain = GrpoConfig::default();
    let short = small.mask.narrow(1, 0, 3);
    // A mask of one column would broadcast silently.
    let column = small.mask.narrow(1, 0, 1);
    for wrong in [&short, &column] {
        let corrected = GrpoConfig { rollout_correction: RolloutCorrection::TokenMask, ..plain.clone() };
        let pulled = GrpoConfig { kl_coefficient: 0.1, ..plain.clone() };
        let cases = [
            (&plain, TokenBatch { mask: wrong, ..small.batch() }),
            (&plain, TokenBatch { old: wrong, ..small.batch() }),
            (&plain, TokenBatch { advantages: wrong, ..small.batch() }),
            (&corrected, TokenBatch { sampled: wrong, ..small.batch() }),
            (&pulled, TokenBatch { reference: Some(wrong), ..small.batch() }),
        ];
        for (config, batch) in cases {
            assert!(matches!(objective(config, &batch, SMALL_COUNTS), Err(RlError::Shape { .. })), "{batch:?}");
        }
    }
    for wrong in [
        GrpoConfig { clip_low: 1.5, ..plain.clone() },
        GrpoConfig { clip_low: f64::NAN, ..plain.clone() },
        GrpoConfig { clip_high: -0.1, ..plain.clone() },
        GrpoConfig { dual_clip: 1.0, ..plain.clone() },
        GrpoConfig { delta: -1.0, ..plain.clone() },
        GrpoConfig { policy: PolicyKind::Cispo, ratio_cap: -1.0, ..plain.clone() },
        GrpoConfig { policy: PolicyKind::Sapo, sapo_positive: 0.0, ..plain.clone() },
    ] {
        assert!(matches!(objective(&wrong, &small.batch(), SMALL_COUNTS), Err(RlError::Setting { .. })), "{wrong:?}");
    }
    let nothing = Counts { tokens: 0, completions: 0, longest: 0 };
    assert!(matches!(objective(&plain, &small.batch(), nothing), Err(RlError::Setting { .. })));
    let tokens = Tensor::zeros([2], (Kind::Int64, Device::Cpu));
    assert!(matches!(log_prob::log_probs(&log_probs, &tokens, 0.0), Err(RlError::Setting { .. })));
    let outside = Tensor::full([2], 4, (Kind::Int64, Device::Cpu));
    assert!(matches!(log_prob::log_probs(&log_probs, &outside, 1.0), Err(RlError::Torch(_))));
}

#[test]
fn learning_rate_by_hand() {
    let constant = OptimizerConfig { learning_rate: 0.8, warmup_steps: 4, ..OptimizerConfig::default() };
    let rates = |config: &OptimizerConfig, steps: u64| -> Vec<f64> {
        (0..steps).map(|step| learning_rate(config, step, steps)).collect()
    };
    close(&rates(&constant, 6), &[0.2, 0.4, 0.6, 0.8, 0.8, 0.8], 1e-15);

    let cosine = OptimizerConfig { schedule: Schedule::Cosine, warmup_steps: 2, ..constant.clone() };
    // Four steps after the warm-up: cosines of 0, 45, 90 and 135 degrees.
    let root = 0.5_f64.sqrt();
    let expected = [0.4, 0.8, 0.8, 0.4 * (1.0 + root), 0.4, 0.4 * (1.0 - root)];
    close(&rates(&cosine, 6), &expected, 1e-15);
    close(&[learning_rate(&cosine, 6, 6), learning_rate(&cosine, 60, 6)], &[0.0, 0.0], 1e-15);

    let cold = OptimizerConfig { warmup_steps: 0, ..constant };
    close(&rates(&cold, 2), &[0.8, 0.8], 0.0);
    // A run that ends within its warm-up.
    let short = OptimizerConfig { warmup_steps: 5, schedule: Schedule::Cosine, ..cold };
    close(&rates(&short, 2), &[0.16, 0.32], 1e-15);
}
