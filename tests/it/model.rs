//! The transformer against the reference checkpoint, and against itself: cached, batched, shared prompts.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ssl4rl::model::{AttentionMask, KeyValueCache, PADDING, PROMPT, Transformer, checkpoint};
use ssl4rl::rl::log_prob;
use ssl4rl::train::batch::{BranchedBatch, Branches};
use tch::{Device, Kind, Tensor};

const CPU: Device = Device::Cpu;

/// The reference checkpoint and what it must compute, or nothing where the reference is absent.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn reference() -> Option<(Transformer, BTreeMap<String, Tensor>)> {
    let Some(root) = std::env::var_os("SSL4RL_REFERENCE") else {
        eprintln!("skipped: SSL4RL_REFERENCE names no folder of reference values");
        return None;
    };
    let folder = PathBuf::from(root).join("golden/checkpoints/qwen2-tiny");
    let transformer = checkpoint::load_transformer(&folder, CPU).unwrap();
    let expected = Tensor::read_safetensors(folder.join("expected.safetensors")).unwrap();
    Some((transformer, expected.into_iter().collect()))
}

/// Logits of right-padded rows `[rows, length]`.
fn padded_logits(transformer: &Transformer, ids: &Tensor, mask: &Tensor) -> Tensor {
    let branches = mask.eq(0) * (PADDING - PROMPT) + PROMPT;
    let positions = Tensor::arange(ids.size()[1], (Kind::Int64, CPU)).expand_as(ids);
    transformer.logits(&transformer.forward(ids, &positions, &AttentionMask::within(&branches), None))
}

fn largest_difference(left: &Tensor, right: &Tensor) -> f64 {
    (left - right).abs().max().double_value(&[])
}

#[test]
fn logits_equal_the_reference() {
    let Some((transformer, expected)) = reference() else { return };
    let (ids, mask) = (&expected["input_ids"], &expected["attention_mask"]);
    let real = mask.unsqueeze(-1).to_kind(Kind::Float);
    let logits = padded_logits(&transformer, ids, mask) * &real;
    assert!(largest_difference(&logits, &(&expected["logits"] * &real)) < 1e-4);
}

#[test]
fn completion_log_probs_and_gradients_equal_the_reference() {
    let Some((transformer, expected)) = reference() else { return };
    let ids: Vec<Vec<i64>> = Vec::try_from(&expected["sequence_ids"]).unwrap();
    let prompts: Vec<i64> = Vec::try_from(&expected["prompt_lengths"]).unwrap();
    let lengths: Vec<i64> = Vec::try_from(&expected["completion_lengths"]).unwrap();
    let rows: Vec<Branches<'_>> = ids
        .iter()
        .zip(prompts.iter().zip(&lengths))
        .map(|(ids, (&prompt, &length))| {
            let (prompt, length) = (prompt as usize, length as usize);
            Branches { prompt: &ids[..prompt], completions: vec![&ids[prompt..prompt + length]] }
        })
        .collect();
    for (_, parameter) in transformer.parameters() {
        let _ = parameter.set_requires_grad(true);
    }
    let batch = BranchedBatch::new(&rows, CPU);
    let flat = log_prob::log_probs(&batch.logits(&transformer).unwrap(), batch.targets(), 1.0).unwrap();
    let log_probs = batch.per_completion(&flat).unwrap();
    assert!(largest_difference(&log_probs.detach(), &expected["completion_log_probs"]) < 1e-4);

    flat.mean(Kind::Float).backward();
    for (name, parameter) in transformer.parameters() {
        let gradient = parameter.grad().to_kind(Kind::Double);
        let sum_of_squares = (&gradient * &gradient).sum(Kind::Double).double_value(&[]);
        let reference = expected[&format!("grad_sumsq.{name}")].double_value(&[0]);
        assert!(
            (sum_of_squares - reference).abs() <= 1e-3 * reference.max(1e-9),
            "{name}: {sum_of_squares} {reference}"
        );
    }
}

#[test]
fn a_cached_continuation_equals_the_whole_sequence() {
    let Some((transformer, expected)) = reference() else { return };
    let ids = expected["input_ids"].narrow(0, 0, 1); // the row without padding
    let length = ids.size()[1];
    let whole = padded_logits(&transformer, &ids, &ids.ones_like());
    let mut cache = KeyValueCache::new(transformer.config(), 1, length, (Kind::Float, CPU));
    for position in 0..length {
        let token = ids.narrow(1, position, 1);
        let keys = Tensor::full([1, position + 1], PROMPT, (Kind::Int64, CPU));
        let query = keys.narrow(1, 0, 1);
        let earlier = Tensor::ones([1, position + 1], (Kind::Bool, CPU));
        let mask = AttentionMask::between(&query, &keys, &earlier);
        let positions = Tensor::full([1, 1], position, (Kind::Int64, CPU));
        let logits = transformer.logits(&transformer.forward(&token, &positions, &mask, Some(&mut cache)));
        assert!(largest_difference(&logits, &whole.narrow(1, position, 1)) < 1e-4, "position {position}");
    }
}

#[test]
fn completions_that_share_their_prompt_equal_completions_alone() {
    let Some((transformer, expected)) = reference() else { return };
    let ids: Vec<i64> = Vec::try_from(&expected["input_ids"].get(0)).unwrap();
    let (prompt, rest) = ids.split_at(6);
    let completions = [&rest[..4], &rest[2..3], &rest[1..6]];
    let shared = BranchedBatch::new(
        &[
            Branches { prompt, completions: completions.to_vec() },
            Branches { prompt: &ids[..3], completions: vec![&rest[..2]] },
        ],
        CPU,
    );
    let shared = log_prob::log_probs(&shared.logits(&transformer).unwrap(), shared.targets(), 1.0).unwrap();
    let alone: Vec<Tensor> = completions
        .iter()
        .map(|&completion| (prompt, completion))
        .chain([(&ids[..3], &rest[..2])])
        .map(|(prompt, completion)| {
            let batch = BranchedBatch::new(&[Branches { prompt, completions: vec![completion] }], CPU);
            log_prob::log_probs(&batch.logits(&transformer).unwrap(), batch.targets(), 1.0).unwrap()
        })
        .collect();
    assert!(largest_difference(&shared, &Tensor::cat(&alone, 0)) < 1e-4);
}
