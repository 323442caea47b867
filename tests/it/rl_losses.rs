//! Advantages, losses and log-probabilities against numbers worked out by hand.

use ssl4rl::config::{GrpoConfig, OptimizerConfig, Schedule};
use ssl4rl::rl::policy_loss::{Clip, clipped};
use ssl4rl::rl::schedule::learning_rate;
use ssl4rl::rl::{RlError, advantage, aggregate, kl, log_prob};
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
    assert_eq!(advantage::zero_std_groups(&rewards, 3).expect("count"), 1);
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

/// Ratios 2, 1, 1/2 and a padded position; the rows have advantages 1 and -1.
fn small_batch() -> (Tensor, Tensor, Tensor, Tensor) {
    let ln2 = 2.0_f64.ln();
    let log_probs = matrix(&[[-1.0, -1.0, -1.0, 0.0], [-1.0, -1.0, -1.0, -1.0]]).set_requires_grad(true);
    let old = matrix(&[[-1.0 - ln2, -1.0, -1.0 + ln2, 0.0], [-1.0 - ln2, -1.0, -1.0 + ln2, -1.0 - 2.0 * ln2]]);
    let mask = matrix(&[[1.0, 1.0, 1.0, 0.0], [1.0; 4]]);
    (log_probs, old, Tensor::from_slice(&[1.0, -1.0]), mask)
}

#[test]
fn clipped_loss_by_hand() {
    let (log_probs, old, advantages, mask) = small_batch();
    let clip = Clip { clip_low: 0.2, clip_high: 0.3, dual_clip: None };
    let policy = clipped(&log_probs, &old, &advantages, &mask, clip).expect("policy loss");
    // A = 1: -min(r, clip(r)) = -1.3, -1, -0.5. A = -1: max(r, clip(r)) = 2, 1, 0.8, 4.
    close(&values(&policy.per_token), &[-1.3, -1.0, -0.5, -1.0, 2.0, 1.0, 0.8, 4.0], 1e-14);

    let statistics = policy.statistics().expect("statistics");
    close(&[statistics.tokens, statistics.clipped_low, statistics.clipped_high], &[7.0, 1.0, 1.0], 0.0);
    close(&[statistics.ratio_min, statistics.ratio_max], &[0.5, 4.0], 1e-14);
    close(&[statistics.clip_fraction()], &[2.0 / 7.0], 1e-15);
    // Log-ratios: ln 2 and -ln 2 cancel in both rows; 2 ln 2 remains.
    close(&[statistics.moved_since_sampling()], &[-2.0 * 2.0_f64.ln() / 7.0], 1e-15);
    assert_eq!(statistics.clipped_dual.to_bits(), 0.0_f64.to_bits());

    let loss = aggregate::token_mean(&policy.per_token, &mask, 7).expect("loss");
    close(&values(&loss), &[5.0 / 7.0], 1e-14);
    loss.backward();
    // d loss / d log_prob = -r A / 7 where the clip does not bind, 0 where it does.
    let expected = [0.0, -1.0, -0.5, 0.0, 2.0, 1.0, 0.0, 4.0].map(|value| value / 7.0);
    close(&values(&log_probs.grad()), &expected, 1e-14);
}

#[test]
fn dual_clip_bounds_bad_tokens_only() {
    let (log_probs, old, advantages, mask) = small_batch();
    let clip = Clip { clip_low: 0.2, clip_high: 0.3, dual_clip: Some(3.0) };
    let policy = clipped(&log_probs, &old, &advantages, &mask, clip).expect("policy loss");
    close(&values(&policy.per_token), &[-1.3, -1.0, -0.5, -1.0, 2.0, 1.0, 0.8, 3.0], 1e-14);
    close(&[policy.statistics().expect("statistics").clipped_dual], &[1.0], 0.0);
    policy.per_token.sum(Kind::Double).backward();
    assert_eq!(values(&log_probs.grad())[7].to_bits(), 0.0_f64.to_bits());
}

#[test]
fn extreme_ratios_keep_loss_and_gradient_finite() {
    let log_probs = Tensor::from_slice(&[-1.0_f32, -500.0]).view([1, 2]).set_requires_grad(true);
    let old = Tensor::from_slice(&[-500.0_f32, -1.0]).view([1, 2]);
    for sign in [1.0_f32, -1.0] {
        let policy = clipped(
            &log_probs,
            &old,
            &Tensor::from_slice(&[sign]),
            &Tensor::ones([1, 2], (Kind::Float, Device::Cpu)),
            Clip::from(&GrpoConfig::default()),
        )
        .expect("policy loss");
        policy.per_token.sum(Kind::Float).backward();
        assert!(values(&policy.per_token).iter().chain(&values(&log_probs.grad())).all(|value| value.is_finite()));
    }
}

#[test]
fn first_update_after_sampling_has_the_plain_policy_gradient() {
    let (log_probs, _, advantages, mask) = small_batch();
    let clip = Clip::from(&GrpoConfig::default());
    let policy = clipped(&log_probs, &log_probs.detach(), &advantages, &mask, clip).expect("policy loss");
    let loss = aggregate::sequence_mean_token_mean(&policy.per_token, &mask, 2).expect("loss");
    // Every ratio is 1: the rows give -1 and 1.
    close(&values(&loss), &[0.0], 1e-15);
    loss.backward();
    let expected = [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0, 0.0, 0.125, 0.125, 0.125, 0.125];
    close(&values(&log_probs.grad()), &expected, 1e-15);
}

#[test]
fn padding_weighs_nothing_and_an_empty_row_adds_nothing() {
    let per_token = matrix(&[[1.0, 2.0, 3e30], [4.0, 5e30, -7e30], [9e30, 9e30, 9e30]]);
    let mask = matrix(&[[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]);
    close(&values(&aggregate::token_mean(&per_token, &mask, 3).expect("loss")), &[7.0 / 3.0], 1e-15);
    let by_row = |rows| values(&aggregate::sequence_mean_token_mean(&per_token, &mask, rows).expect("loss"));
    close(&by_row(3), &[5.5 / 3.0], 1e-15);
    close(&by_row(2), &[5.5 / 2.0], 1e-15);
}

#[test]
fn kl_by_hand() {
    // The policy gives 1/2, the reference 1/4: d = -ln 2.
    let ln2 = 2.0_f64.ln();
    let log_probs = matrix(&[[-ln2]]).set_requires_grad(true);
    let reference = matrix(&[[-2.0 * ln2]]);
    close(&values(&kl::k1(&log_probs, &reference).expect("k1")), &[ln2], 1e-15);
    close(&values(&kl::k2(&log_probs, &reference).expect("k2")), &[ln2 * ln2 / 2.0], 1e-15);
    let k3 = kl::k3(&log_probs, &reference).expect("k3");
    close(&values(&k3), &[0.5 + ln2 - 1.0], 1e-15);
    k3.sum(Kind::Double).backward();
    // d k3 / d log_prob = 1 - exp(d).
    close(&values(&log_probs.grad()), &[0.5], 1e-15);
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
    let (log_probs, old, advantages, mask) = small_batch();
    let clip = Clip::from(&GrpoConfig::default());
    let short = mask.narrow(1, 0, 3);
    // A mask of one column would broadcast silently.
    let column = mask.narrow(1, 0, 1);
    for wrong in [&short, &column] {
        assert!(matches!(clipped(&log_probs, &old, &advantages, wrong, clip), Err(RlError::Shape { .. })));
        assert!(matches!(clipped(&log_probs, wrong, &advantages, &mask, clip), Err(RlError::Shape { .. })));
        assert!(matches!(aggregate::token_mean(&log_probs, wrong, 7), Err(RlError::Shape { .. })));
        assert!(matches!(kl::k3(&log_probs, wrong), Err(RlError::Shape { .. })));
    }
    assert!(matches!(clipped(&log_probs, &old, &log_probs, &mask, clip), Err(RlError::Shape { .. })));
    for wrong in [
        Clip { clip_low: 1.5, ..clip },
        Clip { clip_low: f64::NAN, ..clip },
        Clip { clip_high: -0.1, ..clip },
        Clip { dual_clip: Some(1.0), ..clip },
    ] {
        assert!(matches!(clipped(&log_probs, &old, &advantages, &mask, wrong), Err(RlError::Setting { .. })));
    }
    assert!(matches!(aggregate::token_mean(&log_probs, &mask, 0), Err(RlError::Setting { .. })));
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
