//! Log-probabilities, entropies and estimates of the KL, against numbers worked out by hand.

use ssl4rl::config::KlKind;
use ssl4rl::rl::{RlError, log_prob};
use tch::{Device, Kind, Tensor};

use crate::by_hand::{close, matrix, values};

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
