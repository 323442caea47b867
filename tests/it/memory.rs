//! The memory estimate, by hand, and the refusal of runs that do not fit.

use std::process::Command;

use ssl4rl::config::Config;
use ssl4rl::model::random;
use ssl4rl::train::memory::{Footprint, MemoryEstimate, Part};
use tch::{Device, Kind};

fn config(settings: &[&str]) -> Config {
    let mut config = Config::default();
    let small = ["warm_start.max_batches=0", "rollout.prompts=1", "rollout.group_size=2", "rollout.max_new_tokens=2"];
    for setting in small.iter().chain(settings) {
        config.set(setting).unwrap();
    }
    config
}

/// One layer, hidden 4, one head of 4, feed-forward 8, vocabulary 16: 64 weights in the embedding, 160 in the layer's matrices,
/// 12 in its biases, 12 in the norms. Prompts of 3 tokens.
fn estimate(kind: Kind, config: &Config) -> MemoryEstimate {
    let shape = random::config("random:qwen2:hidden=4,layers=1,heads=1,kv=1,inter=8,vocab=16").unwrap();
    let footprint =
        Footprint { shape: &shape, kind, device: Device::Cpu, config, prompt_tokens: 3, program_bytes: 1000 };
    footprint.estimate().unwrap()
}

fn bytes_of(parts: &[Part], name: &str) -> u64 {
    parts.iter().find(|part| part.name == name).map_or(0, |part| part.bytes)
}

#[test]
fn every_part_is_that_counted_by_hand() {
    let whole = estimate(Kind::Float, &config(&[]));
    assert_eq!(bytes_of(&whole.throughout, "weights"), 4 * 248);
    assert_eq!(bytes_of(&whole.throughout, "moments"), 8 * 248);
    assert_eq!(bytes_of(&whole.throughout, "master weights"), 0);
    // 7 tokens of 4 + 4 numbers; logits of 2 completions, three times.
    assert_eq!(bytes_of(&whole.generating, "cache"), 7 * 8 * 4);
    assert_eq!(bytes_of(&whole.generating, "logits"), 3 * 2 * 16 * 4);
    // The head's gradient; the layer's activations of 5 tokens; logits of 4 predictions, three times.
    assert_eq!(bytes_of(&whole.learning, "gradients"), 4 * 64);
    assert_eq!(bytes_of(&whole.learning, "logits"), 3 * 4 * 16 * 4);
    let learning: u64 = whole.learning.iter().map(|part| part.bytes).sum();
    // What the libraries take once they compute: 32 MiB.
    assert_eq!(whole.peak_bytes(), 1000 + 32 * 1024 * 1024 + 12 * 248 + learning);
    assert_eq!(whole.parts().iter().map(|part| part.bytes).sum::<u64>(), whole.peak_bytes());

    let half = estimate(Kind::BFloat16, &config(&["grpo.kl_coefficient=0.1"]));
    assert_eq!(bytes_of(&half.throughout, "weights"), 2 * 248);
    assert_eq!(bytes_of(&half.throughout, "master weights"), 4 * 248);
    assert_eq!(bytes_of(&half.throughout, "reference"), 2 * 248);
}

#[test]
fn a_warm_start_counts_where_it_takes_more() {
    let rollouts = estimate(Kind::Float, &config(&[]));
    // 3 texts of 3 + 2 - 1 tokens, each of which remembers 48 numbers in the layer and twice as many on the way back; without the
    // prompts 2 predictions a text.
    let with = |settings: &[&str]| {
        let warm = ["warm_start.max_batches=4", "warm_start.batch_size=3", "warm_start.probe_every=5"];
        estimate(Kind::Float, &config(&[&warm[..], settings].concat()))
    };
    let answers = with(&["warm_start.prompt_weight=0"]);
    assert_eq!(bytes_of(&answers.learning, "activations"), 3 * 4 * 48 * 4 * 3);
    assert_eq!(bytes_of(&answers.learning, "logits"), 3 * (3 * 2) * 16 * 4);
    assert_eq!(bytes_of(&with(&[]).learning, "logits"), 3 * (3 * 4) * 16 * 4);
    assert_eq!(answers.generating, rollouts.generating);
    // Measured on 9 questions: 9 completions in place of 2.
    let measured = with(&["warm_start.probe_every=4", "warm_start.probe_samples=9"]);
    assert_eq!(bytes_of(&measured.generating, "logits"), 3 * 9 * 16 * 4);
    assert_eq!(bytes_of(&measured.generating, "cache"), 9 * 5 * 8 * 4);
}

/// Qwen2.5 0.5B, prompts of 300 tokens.
fn estimate_of_half_a_billion(kind: Kind, settings: &[&str]) -> MemoryEstimate {
    let shape = random::config("random:qwen2.5-0.5b").unwrap();
    let mut config = Config::default();
    for setting in settings {
        config.set(setting).unwrap();
    }
    let (config, device) = (&config, Device::Cpu);
    Footprint { shape: &shape, kind, device, config, prompt_tokens: 300, program_bytes: 0 }.estimate().unwrap()
}

#[test]
fn where_bfloat16_is_widened_the_output_head_is_laid_out_in_float32() {
    let estimate = estimate_of_half_a_billion(Kind::BFloat16, &["lora.rank=16"]);
    // Nothing where the processor has instructions for bfloat16.
    let in_float32 = 4 * 151_936 * 896;
    for parts in [&estimate.generating, &estimate.learning] {
        let laid_out = bytes_of(parts, "weights laid out");
        assert!(laid_out == 0 || laid_out == in_float32, "{laid_out}");
    }
}

#[test]
fn adapters_and_checkpointed_layers_take_less() {
    let peak = |settings: &[&str]| estimate_of_half_a_billion(Kind::Float, settings).peak_bytes();
    let whole = peak(&[]);
    let checkpointed = peak(&["trainer.checkpointed_layers=24"]);
    let adapters = peak(&["trainer.checkpointed_layers=24", "lora.rank=16"]);
    assert!(adapters < checkpointed && checkpointed < whole, "{adapters} {checkpointed} {whole}");
}

#[test]
fn what_cannot_fit_is_refused_before_there_is_a_run_folder() {
    // A million million weights, and ten million completions of every question.
    let large = "random:qwen2:hidden=16384,layers=250,heads=128,kv=8,inter=65536,vocab=300000";
    refused(&["--model", large], &["moments", "`--set lora.rank=16`", "all of them together"]);
    refused(&["--set", "rollout.group_size=10000000"], &["logits", "a smaller `rollout.group_size`"]);
}

fn refused(arguments: &[&str], expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ssl4rl"));
    let told = command.arg("graph").args(arguments).arg("--out").arg(&out).output().unwrap();
    assert_eq!(told.status.code(), Some(2), "{told:?}");
    let text = String::from_utf8_lossy(&told.stderr).into_owned();
    for expected in ["the run takes memory, about", "are available"].iter().chain(expected) {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    assert!(!out.exists());
}
