//! Advantages of groups of rewards, against numbers worked out by hand.

use ssl4rl::config::{Advantage, GrpoConfig};
use ssl4rl::rl::RlError;
use ssl4rl::rl::advantage::{Rewards, group as advantage, per_token};

use crate::by_hand::close;

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
