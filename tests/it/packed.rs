//! Learning batches: packed equals padded, checkpointed equals not, and the closed-form way back equals libtorch's.

use std::collections::BTreeMap;

use ssl4rl::model::{BranchedRows, PROMPT, Transformer, random};
use ssl4rl::rl::gradients::Gradients;
use ssl4rl::rl::log_prob;
use ssl4rl::train::batch::{Branches, PackedBatch};
use ssl4rl::train::tape::Tape;
use tch::{Device, Kind, Tensor};

const CPU: Device = Device::Cpu;
const TEMPERATURE: f64 = 0.8;
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

/// Prompts and completions of unequal lengths, one completion of a single token among them.
const ROWS: &[(&[i64], &[&[i64]])] = &[
    (&[1, 2, 3, 4, 5, 6, 7], &[&[8, 9, 10], &[11], &[12, 13, 14, 15, 16]]),
    (&[17, 18], &[&[19, 20, 21, 22], &[23, 24]]),
    (&[25, 26, 27, 28], &[&[29], &[30, 31, 32]]),
];

fn rows() -> Vec<Branches<'static>> {
    ROWS.iter()
        .map(|&(prompt, completions)| Branches { prompt: prompt.into(), completions: completions.to_vec() })
        .collect()
}

/// Log-probs of one completion, from its whole text in a row of its own.
fn alone(transformer: &Transformer, prompt: &[i64], completion: &[i64]) -> Tensor {
    let text: Vec<i64> = [prompt, completion].concat();
    let ids = Tensor::from_slice(&text);
    let positions = Tensor::arange(text.len() as i64, (Kind::Int64, CPU));
    let mut row = BranchedRows::new(&(ids.zeros_like() + PROMPT).unsqueeze(0));
    let hidden = transformer.forward(&ids, &positions, &mut row, None);
    let logits = hidden.matmul(&transformer.head_weight().tr());
    let predicting = logits.narrow(0, prompt.len() as i64 - 1, completion.len() as i64);
    log_prob::log_probs(&predicting, &Tensor::from_slice(completion), TEMPERATURE).unwrap()
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
    let expected: Vec<Tensor> = ROWS
        .iter()
        .flat_map(|(prompt, completions)| completions.iter().map(|completion| alone(&transformer, prompt, completion)))
        .collect();
    let expected = Tensor::cat(&expected, 0);
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
