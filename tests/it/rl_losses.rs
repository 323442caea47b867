//! The objective and its parts, against numbers worked out by hand.

use ssl4rl::config::{Aggregate, GrpoConfig, KlKind, KlPlace, PolicyKind, RatioKind, RolloutCorrection};
use ssl4rl::rl::aggregate::Counts;
use ssl4rl::rl::objective::{Outcome, TokenBatch, objective};
use ssl4rl::rl::{RlError, correction, log_prob};
use tch::{Device, Kind, Tensor};

use crate::by_hand::{close, matrix, values};

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
