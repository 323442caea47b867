//! Learning batches: packed equals padded, checkpointed equals not, and the closed-form way back equals libtorch's.

use std::collections::BTreeMap;

use ssl4rl::model::{Transformer, random};
use ssl4rl::rl::gradients::Gradients;
use ssl4rl::train::batch::{Branches, PackedBatch};
use ssl4rl::train::tape::Tape;
use tch::{Device, Kind, Tensor};

use crate::branches::{TEMPERATURE, alone, rows};

const CPU: Device = Device::Cpu;
/// Norms are computed in float32, and with them the gradients that pass through them, here of the order of 1.
const FLOAT_ROUNDING: f64 = 1e-5;

/// Three layers with grouped heads and a tied head, in float64, so that only mistakes differ.
fn transformer() -> Transformer {
    let shape = "random:qwen2:hidden=32,layers=3,heads=4,kv=2,inter=48,vocab=50";
    let transformer = random::transformer(&random::config(shape).unwrap(), 5, Kind::Double, CPU).unwrap();
    for (_, parameter) in transformer.parameters() {
        let _ = parameter.set_requires_grad(true);
    }
    transformer
}

/// Every weight's gradient by name, from libtorch itself.
fn libtorch_gradients(transformer: &Transformer) -> BTreeMap<String, Tensor> {
    transformer.parameters().into_iter().map(|(name, parameter)| (name, parameter.grad())).collect()
}

fn largest_difference(left: &Tensor, right: &Tensor) -> f64 {
    (left - right).abs().max().double_value(&[])
}

#[test]
fn packed_and_checkpointed_batches_equal_completions_alone_gradients_included() {
    let transformer = transformer();
    let expected = alone(&transformer);
    let derivative = (Tensor::arange(expected.size()[0], (Kind::Double, CPU)) * 1.3).sin();
    (&expected * &derivative).sum(Kind::Double).backward();
    let expected_gradients = libtorch_gradients(&transformer);

    let rows = rows();
    let batch = PackedBatch::new(&rows, CPU);
    for checkpointed in 0..=4 {
        let tape = Tape::forward(&transformer, &batch, TEMPERATURE, checkpointed).unwrap();
        assert!(largest_difference(tape.log_probs(), &expected.detach()) < 1e-10, "{checkpointed} layers");
        let mut gradients = Gradients::new(transformer.parameters());
        tape.backward(&derivative, &mut gradients).unwrap();
        for (name, expected) in &expected_gradients {
            let difference = largest_difference(gradients.of(name).unwrap(), expected);
            assert!(difference < FLOAT_ROUNDING, "{name} with {checkpointed} layers checkpointed: {difference}");
        }
    }
}

#[test]
fn micro_batches_add_up() {
    let transformer = transformer();
    let rows = rows();
    let backward = |rows: &[Branches<'_>], start: i64, gradients: &mut Gradients| {
        let batch = PackedBatch::new(rows, CPU);
        let tape = Tape::forward(&transformer, &batch, TEMPERATURE, 0).unwrap();
        let tokens = tape.log_probs().size()[0];
        tape.backward(&(Tensor::arange(tokens, (Kind::Double, CPU)) + start), gradients).unwrap();
        start + tokens
    };
    let mut whole = Gradients::new(transformer.parameters());
    backward(&rows, 0, &mut whole);
    let mut parts = Gradients::new(transformer.parameters());
    let next = backward(&rows[..1], 0, &mut parts);
    backward(&rows[1..], next, &mut parts);
    for (name, _) in transformer.parameters() {
        let difference = largest_difference(parts.of(&name).unwrap(), whole.of(&name).unwrap());
        assert!(difference < FLOAT_ROUNDING, "{name}: {difference}");
    }
}

#[test]
fn values_laid_out_by_completion_come_back() {
    let rows = rows();
    let batch = PackedBatch::new(&rows, CPU);
    let tokens = batch.targets().size()[0];
    let values = Tensor::arange(tokens, (Kind::Double, CPU)) + 1;
    let laid_out = batch.per_completion(&values).unwrap();
    assert_eq!(laid_out.size(), [7, 5]);
    assert_eq!(laid_out.gt(0.0).to_kind(Kind::Float), *batch.mask());
    assert_eq!(batch.per_token(&laid_out).unwrap(), values);
}
