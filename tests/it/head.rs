//! The chunked output head against the plain one: whole logits, differentiated by libtorch.

use ssl4rl::rl::log_prob;
use ssl4rl::train::head::Head;
use tch::{Device, Kind, Tensor};

const DOUBLE: (Kind, Device) = (Kind::Double, Device::Cpu);

fn largest_difference(left: &Tensor, right: &Tensor) -> f64 {
    (left - right).abs().max().double_value(&[])
}

/// Values that look random, without a random number: `sin` of multiples of an irrational step.
fn waves(shape: &[i64], step: f64) -> Tensor {
    (Tensor::arange(shape.iter().product::<i64>(), DOUBLE) * step).sin().view(shape)
}

#[test]
fn chunks_of_any_size_equal_the_whole_and_its_gradient() {
    let (tokens, vocab, width, temperature) = (7, 11, 5, 0.7);
    let hidden = waves(&[tokens, width], 1.7).set_requires_grad(true);
    let weight = (waves(&[vocab, width], 2.9) * 3.0).set_requires_grad(true);
    let targets = Tensor::from_slice(&[3_i64, 0, 10, 5, 5, 1, 9]);
    let derivative = waves(&[tokens], 0.9);

    let logits = hidden.matmul(&weight.tr());
    let expected = log_prob::log_probs(&logits, &targets, temperature).unwrap();
    let entropy = log_prob::entropy(&logits, temperature).unwrap();
    (&expected * &derivative).sum(Kind::Double).backward();

    for chunk in [1, 2, 3, 7, 100] {
        let (hidden_states, weights) = (hidden.detach(), weight.detach().set_requires_grad(true));
        let head = Head::new(&weights, temperature).in_chunks_of(chunk);
        let output = head.forward(&hidden_states, &targets).unwrap();
        assert!(largest_difference(&output.log_probs, &expected.detach()) < 1e-12, "chunks of {chunk}");
        assert!(largest_difference(&output.entropy, &entropy) < 1e-12, "chunks of {chunk}");
        let (of_hidden, of_weight) = head.backward(&hidden_states, &targets, output, &derivative).unwrap();
        assert!(largest_difference(&of_hidden, &hidden.grad()) < 1e-12, "chunks of {chunk}");
        assert!(largest_difference(&of_weight.unwrap(), &weight.grad()) < 1e-12, "chunks of {chunk}");
    }
}

#[test]
fn no_token_is_no_error() {
    let weight = waves(&[4, 3], 1.0).set_requires_grad(true);
    let head = Head::new(&weight, 1.0);
    let (hidden, targets) = (Tensor::zeros([0, 3], DOUBLE), Tensor::zeros([0], (Kind::Int64, Device::Cpu)));
    let output = head.forward(&hidden, &targets).unwrap();
    assert_eq!(output.log_probs.numel(), 0);
    let (of_hidden, of_weight) = head.backward(&hidden, &targets, output, &Tensor::zeros([0], DOUBLE)).unwrap();
    assert_eq!((of_hidden.size(), of_weight.unwrap().abs().max().double_value(&[])), (vec![0, 3], 0.0));
}

#[test]
fn a_frozen_head_gets_no_gradient() {
    let weight = waves(&[4, 3], 1.0);
    let head = Head::new(&weight, 1.0);
    let (hidden, targets) = (waves(&[2, 3], 0.4), Tensor::from_slice(&[1_i64, 3]));
    let output = head.forward(&hidden, &targets).unwrap();
    let (of_hidden, of_weight) = head.backward(&hidden, &targets, output, &waves(&[2], 1.0)).unwrap();
    assert_eq!((of_hidden.size(), of_weight.is_none()), (vec![2, 3], true));
}
