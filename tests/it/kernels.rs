//! What the processor's own float32 kernels compute, against libtorch's operations in float64 on the same weights.
//!
//! Where the processor has none (see `src/kernels/mod.rs`), both sides are libtorch's.

use std::collections::BTreeMap;

use ssl4rl::model::{Policy, Transformer, random};
use ssl4rl::rl::gradients::Gradients;
use ssl4rl::rl::optimizer::AdamW;
use ssl4rl::rollout::{Completion, Sampling, generate};
use ssl4rl::tasks::{Split, TaskRng};
use ssl4rl::train::batch::{Branches, PackedBatch};
use ssl4rl::train::tape::Tape;
use tch::{Device, Kind, Tensor};

/// Heads of 16 and of 32, of which 1, 2, 3 and 7 share keys; widths that fill no register among them.
const SHAPES: [&str; 4] = [
    "random:qwen2:hidden=64,layers=2,heads=4,kv=4,inter=52,vocab=301",
    "random:qwen2:hidden=64,layers=3,heads=2,kv=1,inter=40,vocab=300",
    "random:qwen2:hidden=96,layers=2,heads=6,kv=2,inter=100,vocab=299",
    "random:qwen2:hidden=112,layers=1,heads=7,kv=1,inter=33,vocab=280",
];

/// The same weights in float32 and in float64.
fn policies(shape: &str) -> (Policy, Policy) {
    let policy = |kind| random::policy(shape, &[], 3, kind, Device::Cpu).unwrap();
    let (single, double) = (policy(Kind::Float), policy(Kind::Double));
    for ((_, single), (_, double)) in single.transformer.parameters().iter().zip(double.transformer.parameters()) {
        // Larger than drawn, so that attention prefers some keys to others.
        let _ = tch::no_grad(|| single.shallow_clone().g_mul_scalar_(3.0));
        double.shallow_clone().copy_(single);
    }
    (single, double)
}

fn tokens(name: &str, index: u64, count: usize, vocab: usize) -> Vec<i64> {
    let mut rng = TaskRng::new(1, name, Split::Train, index);
    (0..count).map(|_| rng.below(vocab) as i64).collect()
}

fn gradients(transformer: &Transformer, batch: &PackedBatch, derivative: &Tensor) -> BTreeMap<String, Tensor> {
    for (_, parameter) in transformer.parameters() {
        let _ = parameter.set_requires_grad(true);
    }
    let mut gradients = Gradients::new(transformer.parameters());
    let tape = Tape::forward(transformer, batch, 0.9, 0).unwrap();
    let derivative = derivative.narrow(0, 0, tape.log_probs().size()[0]).to_kind(tape.log_probs().kind());
    tape.backward(&derivative, &mut gradients).unwrap();
    let gradient = |(name, _): (String, Tensor)| {
        let gradient = gradients.of(&name).unwrap().shallow_clone();
        (name, gradient)
    };
    transformer.parameters().into_iter().map(gradient).collect()
}

/// Largest difference, in parts of the largest number.
fn relative_difference(single: &Tensor, double: &Tensor) -> f64 {
    let largest = double.abs().max().double_value(&[]);
    (single.to_kind(Kind::Double) - double).abs().max().double_value(&[]) / largest
}

#[test]
fn gradients_are_those_of_float64() {
    for shape in SHAPES {
        let (single, double) = policies(shape);
        let vocab = single.transformer.config().vocab_size as usize;
        // More tokens than a block of queries has, prompts of one token, completions of one, and a prompt without one.
        let lengths: [(usize, &[usize]); 4] = [(70, &[3, 60, 1]), (1, &[5, 2]), (16, &[17, 33]), (5, &[])];
        let texts: Vec<(Vec<i64>, Vec<Vec<i64>>)> = lengths
            .iter()
            .enumerate()
            .map(|(row, &(prompt, completions))| {
                let completion =
                    |(member, &count): (usize, &usize)| tokens("completion", (10 * row + member) as u64, count, vocab);
                (tokens("prompt", row as u64, prompt, vocab), completions.iter().enumerate().map(completion).collect())
            })
            .collect();
        let rows: Vec<Branches<'_>> = texts
            .iter()
            .map(|(prompt, completions)| Branches {
                prompt: prompt.into(),
                completions: completions.iter().map(Vec::as_slice).collect(),
            })
            .collect();
        let batch = PackedBatch::new(&rows, Device::Cpu);
        let derivative = (Tensor::arange(200, (Kind::Double, Device::Cpu)) * 0.7).cos();
        let expected = gradients(&double.transformer, &batch, &derivative);
        for (name, gradient) in gradients(&single.transformer, &batch, &derivative) {
            let difference = relative_difference(&gradient, &expected[&name]);
            assert!(difference < 2e-5, "{shape}: {name} differs by {difference}");
        }
    }
}

#[test]
fn completions_are_those_of_float64() {
    for shape in SHAPES {
        let (single, double) = policies(shape);
        let vocab = single.transformer.config().vocab_size as usize;
        let prompts: Vec<Vec<i64>> = (0..5).map(|row| tokens("prompt", row, 1 + 9 * row as usize, vocab)).collect();
        let sampling = Sampling { max_new_tokens: 20, temperature: 0.8, stop_tokens: vec![7], ..Sampling::default() };
        let generated = |policy: &Policy| {
            let stream = |prompt, member| TaskRng::new(2, "draws", Split::Train, 10 * prompt as u64 + member as u64);
            generate(policy, &prompts, 3, &sampling, stream).unwrap()
        };
        let pairs = generated(&single).into_iter().flatten().zip(generated(&double).into_iter().flatten());
        for (single, double) in pairs {
            let Completion { ids, log_probs, truncated } = single;
            assert_eq!((ids, truncated), (double.ids, double.truncated), "{shape}");
            for (single, double) in log_probs.iter().zip(&double.log_probs) {
                assert!((single - double).abs() < 2e-5, "{shape}: {single} {double}");
            }
        }
    }
}

#[test]
fn steps_of_the_optimizer_are_those_of_float64() {
    let settings = ssl4rl::config::OptimizerConfig { weight_decay: 0.1, ..Default::default() };
    let start = (Tensor::arange(9001, (Kind::Double, Device::Cpu)) * 0.37).sin().view([1, -1]);
    let stepped = |kind: Kind| {
        let parameter = start.to_kind(kind).copy().set_requires_grad(true);
        let mut optimizer = AdamW::new(vec![("weight".into(), parameter.shallow_clone())], &settings).unwrap();
        for step in 1..=5 {
            let mut gradients = optimizer.gradients();
            let loss = &parameter * &parameter * f64::from(step);
            gradients.backward(&loss, &loss.ones_like(), None).unwrap();
            optimizer.step(&gradients, 1e-2).unwrap();
        }
        parameter.detach()
    };
    let difference = relative_difference(&stepped(Kind::Float), &stepped(Kind::Double));
    assert!(difference < 1e-6, "{difference}");
}
