//! The engine and the trainer on a policy of a few thousand weights: laws, not skill.

use std::path::Path;
use std::sync::Arc;

use ssl4rl::config::{Config, Overrides, RewardConfig};
use ssl4rl::graph::generate;
use ssl4rl::model::{Policy, tensor_file, tiny};
use ssl4rl::report::progress::Progress;
use ssl4rl::report::{MetricsRow, RunFolder};
use ssl4rl::rollout::{Completion, Sampling, generate};
use ssl4rl::tasks::{Mixture, Split, TaskRng, prompt_text};
use ssl4rl::train::origin::Origin;
use ssl4rl::train::policy::{Preparation, Prepared};
use ssl4rl::train::{self, Run, answers, questions};
use tch::{Device, Kind};

/// A run that takes a second: two steps, two updates each.
fn config(assignments: &[&str]) -> Config {
    let small = [
        "policy.hidden_size=32",
        "policy.layers=2",
        "policy.intermediate_size=48",
        "policy.vocabulary=400",
        "policy.tokenizer_samples=64",
        "warm_start.max_batches=4",
        "warm_start.batch_size=8",
        "warm_start.probe_samples=8",
        "rollout.prompts=6",
        "rollout.group_size=4",
        "rollout.max_new_tokens=6",
        "grpo.steps=2",
        "grpo.mini_batches=2",
        "grpo.kl_coefficient=0.1",
        "eval.samples=16",
    ];
    let set = small.iter().chain(assignments).map(ToString::to_string).collect();
    Config::resolve(None, &Overrides { set, seed: Some(3), ..Overrides::default() }).unwrap()
}

fn mixture(config: &Config) -> Mixture {
    let registry = ssl4rl::builtin_registry().unwrap();
    let graph = generate::from_spec("synthetic", 1).unwrap().unwrap();
    Mixture::choose(&registry, "graph", &config.tasks, &config.task, Arc::new(graph), config.seed).unwrap()
}

fn policy(config: &Config, mixture: &Mixture) -> Policy {
    let corpus: Vec<String> =
        (0..64).map(|index| prompt_text(&mixture.draw(Split::WarmStart, index).unwrap().sample.prompt)).collect();
    tiny::make(&config.policy, &corpus, config.seed, Kind::Float, Device::Cpu).unwrap()
}

fn silent() -> Progress {
    Progress::hidden(Box::new(std::io::sink()))
}

fn stream(prompt: usize, member: i64) -> TaskRng {
    TaskRng::new(7, "test", Split::Train, prompt as u64 * 100 + member as u64)
}

fn prepared(config: &Config, mixture: &Mixture, cache: &Path) -> Prepared {
    let progress = silent();
    let (device, goes_on) = (Device::Cpu, false);
    let preparation =
        Preparation { mixture, config, cache, device, progress: &progress, goes_on, interrupted: &|| false };
    preparation.prepare(&Origin::Tiny).unwrap()
}

/// Trains in `folder` and returns the metrics without those that depend on the clock, and the evaluations.
fn run(config: &Config, folder: &Path) -> (Vec<String>, String) {
    tch::set_num_threads(1);
    let mixture = mixture(config);
    let prepared = prepared(config, &mixture, &folder.join("cache"));
    let run_folder = RunFolder::create(Some(&folder.join("run")), config).unwrap();
    let progress = silent();
    let run = Run {
        config,
        mixture: &mixture,
        policy: &prepared.policy,
        folder: &run_folder,
        resumed: None,
        progress: &progress,
        interrupted: &|| false,
    };
    assert_eq!(train::train(&run).unwrap().steps, config.grpo.steps);
    let rows = run_folder.metrics().unwrap().records;
    let steady = |row: MetricsRow| {
        let kept = row.values.into_iter().filter(|(name, _)| !MetricsRow::depends_on_the_clock(name));
        serde_json::to_string(&kept.collect::<Vec<_>>()).unwrap()
    };
    let evaluations = std::fs::read_to_string(folder.join("run/eval.jsonl")).unwrap();
    (rows.into_iter().map(steady).collect(), evaluations)
}

#[test]
fn equal_seeds_give_equal_metrics_and_a_cached_policy_changes_nothing() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let config = config(&[]);
    let fresh = run(&config, first.path());
    assert_eq!(fresh.0.len(), 2);
    assert_eq!(fresh, run(&config, second.path()));
    std::fs::remove_dir_all(second.path().join("run")).unwrap();
    assert_eq!(fresh, run(&config, second.path()));
    let other = Config { seed: 4, ..config };
    let third = tempfile::tempdir().unwrap();
    assert_ne!(fresh, run(&other, third.path()));
}

#[test]
fn the_cache_key_holds_what_decides_the_warm_start_and_nothing_else() {
    tch::set_num_threads(1);
    let cache = tempfile::tempdir().unwrap();
    let cached = |assignments: &[&str]| {
        let config = config(assignments);
        let mixture = mixture(&config);
        prepared(&config, &mixture, cache.path()).cached
    };
    assert!(!cached(&[]));
    for other in [
        "grpo.steps=3",
        "policy.dtype=float32",
        "policy.revision=other",
        "policy.chat_template_kwargs.thinks=true",
        "policy.freeze_encoder=true",
        "rollout.prompts=5",
        "rollout.group_size=3",
        "rollout.cache_gib=0.001",
        "rollout.record_steps=false",
        "reward.weights.format=0.5",
        "reward.overlong_share=0.5",
        "optimizer.learning_rate=0.5",
        "optimizer.warmup_steps=1",
        "optimizer.schedule=cosine",
        "trainer.checkpointed_layers=2",
    ] {
        assert!(cached(&[other]), "{other} does not change the warm start");
    }
    for deciding in [
        "reward.truncated_counts=true",
        "rollout.max_new_tokens=5",
        "rollout.temperature=0.5",
        "optimizer.beta2=0.9",
        "warm_start.max_batches=3",
        "trainer.micro_batch_tokens=64",
        "policy.key_value_heads=2",
        // The same questions, of which a wrong answer may earn something.
        "task.graph/subgraph-counting.credit=relative",
    ] {
        assert!(!cached(&[deciding]), "{deciding} changes the warm start");
    }
}

/// What the cache key leaves out because it changes nothing.
#[test]
fn a_warm_start_is_the_same_whatever_room_its_completions_have() {
    tch::set_num_threads(1);
    let made = |assignments: &[&str]| {
        let cache = tempfile::tempdir().unwrap();
        let config = config(&[&["warm_start.probe_every=1", "warm_start.probe_samples=64"], assignments].concat());
        let prepared = prepared(&config, &mixture(&config), cache.path());
        let weights = prepared.policy.transformer.parameters();
        let weights: Vec<Vec<f32>> =
            weights.into_iter().map(|(_, weight)| weight.flatten(0, -1).try_into().unwrap()).collect();
        (prepared.warm_start, weights)
    };
    let plain = made(&[]);
    for other in ["rollout.cache_gib=0.0001", "rollout.prompts=5", "trainer.checkpointed_layers=2"] {
        assert!(made(&[other]) == plain, "{other} changed the warm start");
    }
}

#[test]
fn an_answer_that_was_cut_off_counts_only_where_asked() {
    let config = config(&[]);
    let mixture = mixture(&config);
    let policy = policy(&config, &mixture);
    let questions = questions::draw(&mixture, &policy.tokenizer, Split::Train, 0..1).unwrap();
    let oracle = mixture.tasks()[questions[0].task].oracle(&questions[0].truth).unwrap();
    let ids = policy.tokenizer.encode_completion(&oracle).unwrap();
    let score = |truncated: bool, truncated_counts: bool| {
        let completion = Completion { ids: ids.clone(), log_probs: vec![0.0; ids.len()], truncated };
        let settings = RewardConfig { truncated_counts, ..RewardConfig::default() };
        let answers =
            answers::verify(&mixture, &policy.tokenizer, &settings, 16, &questions, vec![vec![completion]]).unwrap();
        (answers[0][0].verdict.exact, answers[0][0].reward > 0.0)
    };
    assert_eq!(score(false, false), (true, true));
    assert_eq!(score(true, false), (false, false));
    assert_eq!(score(true, true), (true, true));
}

/// Rotary embedding turns plane `i` of a head by `theta^(-2i / head_dim)` a token; computed here apart, in float64.
#[test]
fn the_first_heads_begin_by_looking_one_and_two_tokens_back() {
    let config = config(&[]);
    let policy = policy(&config, &mixture(&config));
    let shape = policy.transformer.config();
    let (width, planes) = (shape.head_dim as usize, shape.head_dim as usize / 2);
    let bias = |name: &str| -> Vec<f64> {
        let wanted = format!("model.layers.0.self_attn.{name}.bias");
        let (_, tensor) = policy.transformer.parameters().into_iter().find(|(name, _)| *name == wanted).unwrap();
        tensor.to_kind(tch::Kind::Double).try_into().unwrap()
    };
    let (queries, keys) = (bias("q_proj"), bias("k_proj"));
    for head in 0..2 {
        let (query, key) = (&queries[head * width..][..width], &keys[head * width..][..width]);
        let score = |distance: usize| -> f64 {
            let turned = |plane: usize| {
                let angle = distance as f64 * shape.rope.theta.powf(-2.0 * plane as f64 / width as f64);
                let (real, imaginary) = (query[plane], query[planes + plane]);
                (real * angle.cos() - imaginary * angle.sin(), real * angle.sin() + imaginary * angle.cos())
            };
            (0..planes).map(|plane| turned(plane).0 * key[plane] + turned(plane).1 * key[planes + plane]).sum()
        };
        let best = (0..64).max_by(|&one, &other| score(one).total_cmp(&score(other))).unwrap();
        assert_eq!(best, head + 1);
    }
}

#[test]
fn a_learning_rate_of_nothing_changes_nothing_and_a_real_one_does() {
    for (rate, moves) in [("0.0", false), ("0.01", true)] {
        let folder = tempfile::tempdir().unwrap();
        let settings =
            [format!("optimizer.learning_rate={rate}"), "optimizer.weight_decay=0.5".into(), "grpo.steps=1".into()];
        let config = config(&settings.each_ref().map(String::as_str));
        let mixture = mixture(&config);
        let policy = policy(&config, &mixture);
        let before = policy.transformer.frozen_copy().unwrap();
        let run_folder = RunFolder::create(Some(&folder.path().join("run")), &config).unwrap();
        let progress = silent();
        let run = Run {
            config: &config,
            mixture: &mixture,
            policy: &policy,
            folder: &run_folder,
            resumed: None,
            progress: &progress,
            interrupted: &|| false,
        };
        train::train(&run).unwrap();
        let moved = before
            .parameters()
            .iter()
            .zip(policy.transformer.parameters())
            .any(|((_, old), (_, new))| !old.allclose(&new, 0.0, 0.0, false));
        assert_eq!(moved, moves, "learning rate {rate}");
    }
}

#[test]
fn a_completion_does_not_depend_on_its_batch_or_its_group() {
    let config = config(&[]);
    let mixture = mixture(&config);
    let policy = policy(&config, &mixture);
    let prompts: Vec<Vec<i64>> = (0..5)
        .map(|index| {
            let text = prompt_text(&mixture.draw(Split::Train, index).unwrap().sample.prompt);
            policy.tokenizer.encode_prompt(&text).unwrap()
        })
        .collect();
    let sampling = Sampling { temperature: 1.0, top_p: 0.9, top_k: 50, max_new_tokens: 6, ..Sampling::default() };
    let together = generate(&policy, &prompts, 3, &sampling, stream).unwrap();
    for (prompt, ids) in prompts.iter().enumerate() {
        for member in 0..3 {
            let alone = generate(&policy, std::slice::from_ref(ids), 1, &sampling, |_, _| stream(prompt, member));
            let alone = alone.unwrap().remove(0).remove(0);
            let shared: &Completion = &together[prompt][member as usize];
            assert_eq!(alone.ids, shared.ids, "prompt {prompt}, member {member}");
            let close = alone.log_probs.iter().zip(&shared.log_probs).all(|(one, other)| (one - other).abs() < 1e-4);
            assert!(close, "prompt {prompt}, member {member}");
        }
    }
}

#[test]
fn a_saved_policy_comes_back_equal() {
    let config = config(&[]);
    let policy = policy(&config, &mixture(&config));
    let folder = tempfile::tempdir().unwrap();
    ssl4rl::model::checkpoint::save(&policy, folder.path()).unwrap();
    let loaded = ssl4rl::model::checkpoint::load(folder.path(), Device::Cpu).unwrap();
    assert_eq!(loaded.transformer.config(), policy.transformer.config());
    for ((name, saved), (_, read)) in policy.transformer.parameters().iter().zip(loaded.transformer.parameters()) {
        assert!(saved.allclose(&read, 0.0, 0.0, false), "{name}");
    }
    let text = "Which option is it? <answer>w12</answer>";
    assert_eq!(loaded.tokenizer.encode(text).unwrap(), policy.tokenizer.encode(text).unwrap());
}

#[test]
fn a_damaged_folder_is_refused_with_the_tensor_and_the_file() {
    let config = config(&[]);
    let policy = policy(&config, &mixture(&config));
    let folder = tempfile::tempdir().unwrap();
    ssl4rl::model::checkpoint::save(&policy, folder.path()).unwrap();
    let refusal = || ssl4rl::model::checkpoint::load(folder.path(), Device::Cpu).unwrap_err().to_string();

    let settings = folder.path().join("config.json");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3")).unwrap();
    assert!(refusal().ends_with("tensor `model.layers.2.self_attn.q_proj.weight` is missing"), "{}", refusal());
    std::fs::write(&settings, text.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1")).unwrap();
    assert!(refusal().contains("belongs to nothing in config.json"), "{}", refusal());
    std::fs::write(&settings, text.replace("\"intermediate_size\": 48", "\"intermediate_size\": 64")).unwrap();
    assert!(refusal().contains("has shape [48, 32], config.json asks for [64, 32]"), "{}", refusal());
    std::fs::write(&settings, text.replace("\"qwen2\"", "\"mamba\"")).unwrap();
    assert!(refusal().contains("`model_type` `mamba`; known are `qwen2`, `qwen3`, `llama`"), "{}", refusal());
    std::fs::write(&settings, text).unwrap();

    let weights = folder.path().join("model.safetensors");
    let bytes = std::fs::read(&weights).unwrap();
    std::fs::write(&weights, &bytes[..bytes.len() / 2]).unwrap();
    assert!(refusal().contains("model.safetensors: cut short: tensor `model.layers."), "{}", refusal());
}

#[test]
fn a_tensor_file_gives_back_what_was_written_and_names_what_failed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    let values = tch::Tensor::from_slice(&[0.5_f64, -1.5, 3.25, 1e-3]).view([2, 2]);
    let kinds = [tch::Kind::Double, tch::Kind::Float, tch::Kind::BFloat16, tch::Kind::Half];
    let mut tensors: Vec<(String, tch::Tensor)> =
        kinds.map(|kind| (format!("{kind:?}"), values.to_kind(kind).transpose(0, 1))).into();
    tensors.push(("step".into(), tch::Tensor::from(7_i64)));
    tensor_file::write(&tensors, &path).unwrap();
    let read = tensor_file::read(&path).unwrap();
    tensors.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(read.len(), tensors.len());
    for ((name, read), (expected, written)) in read.iter().zip(&tensors) {
        assert_eq!((name, read.kind(), read.size()), (expected, written.kind(), written.size()));
        assert_eq!(read, written);
    }
    let complex = [("z".to_owned(), values.to_kind(tch::Kind::ComplexFloat))];
    assert!(tensor_file::write(&complex, &path).unwrap_err().to_string().contains("`z` is ComplexFloat"));
    #[cfg(target_os = "linux")]
    {
        let refused = tensor_file::write(&tensors, Path::new("/dev/full")).unwrap_err().to_string();
        assert!(refused.starts_with("/dev/full: No space left on device"), "{refused}");
    }
}
