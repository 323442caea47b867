//! Low-rank adapters: their arithmetic and gradients against the plain formula, what is trained and what is not.

use std::path::Path;
use std::sync::Arc;

use ssl4rl::config::{Config, LoraConfig, LoraTarget, Overrides};
use ssl4rl::graph::generate;
use ssl4rl::model::{
    BranchedRows, Lora, ModelConfig, ModelError, PROMPT, Policy, Tokenizer, Transformer, adapter, random, tiny,
};
use ssl4rl::rl::gradients::Gradients;
use ssl4rl::rollout::{Sampling, generate as answer_all};
use ssl4rl::tasks::{Mixture, Split, TaskRng, prompt_text};
use ssl4rl::train::batch::{Branches, PackedBatch};
use ssl4rl::train::learner::Learner;
use ssl4rl::train::lesson::Group;
use ssl4rl::train::tape::Tape;
use ssl4rl::train::{answers, questions};
use tch::{Device, Kind, Tensor, no_grad};

use crate::branches::{TEMPERATURE, alone, rows};

const CPU: Device = Device::Cpu;
/// Norms are computed in float32, and with them the gradients that pass through them, here of the order of 1.
const FLOAT_ROUNDING: f64 = 1e-5;

fn shape() -> ModelConfig {
    random::config("random:qwen2:hidden=32,layers=3,heads=4,kv=2,inter=48,vocab=50").unwrap()
}

fn transformer(kind: Kind) -> Transformer {
    random::transformer(&shape(), 5, kind, CPU).unwrap()
}

fn settings(rank: i64, targets: &[LoraTarget]) -> LoraConfig {
    LoraConfig { rank, alpha: 12.0, targets: targets.iter().copied().collect(), ..LoraConfig::default() }
}

/// Values that look random, without a random number: `sin` of multiples of an irrational step.
fn waves(shape: &[i64], step: f64, kind: Kind) -> Tensor {
    (Tensor::arange(shape.iter().product::<i64>(), (Kind::Double, CPU)) * step).sin().view(shape).to_kind(kind)
}

/// Adapters whose both matrices are filled, so that they add something.
fn adapted(transformer: &Transformer, lora: &Lora, kind: Kind) -> Transformer {
    let mut step = 0.3;
    let filled = transformer.with_adapters(lora, |_, shape| {
        step += 0.7;
        Ok::<_, ModelError>(waves(shape, step, kind) * 0.2)
    });
    filled.unwrap()
}

fn largest_difference(left: &Tensor, right: &Tensor) -> f64 {
    (left - right).abs().max().double_value(&[])
}

/// Logits after every token of a text.
fn logits(transformer: &Transformer) -> Tensor {
    let ids = Tensor::from_slice(&[3_i64, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5]);
    let positions = Tensor::arange(ids.size()[0], (Kind::Int64, CPU));
    let mut row = BranchedRows::new(&(ids.zeros_like() + PROMPT).unsqueeze(0));
    no_grad(|| transformer.logits(&transformer.forward(&ids, &positions, &mut row, None)))
}

#[test]
fn a_new_adapter_adds_exactly_nothing_and_its_matrices_are_those_of_the_formula() {
    let mut policy = Policy { transformer: transformer(Kind::Float), tokenizer: Tokenizer::absent(&[]) };
    let before = logits(&policy.transformer);
    policy.adapt(&settings(4, &LoraTarget::ALL), 7).unwrap();
    assert_eq!(logits(&policy.transformer), before);

    let parameters = policy.transformer.adapter_parameters();
    assert_eq!(parameters.len(), 3 * 7 * 2);
    let shapes: Vec<(&str, Vec<i64>)> =
        parameters[..14].iter().map(|(name, matrix)| (name.as_str(), matrix.size())).collect();
    // hidden 32, two of four heads for keys, 48 in the feed-forward layer.
    let expected = [
        ("self_attn.q_proj.lora_A", [4, 32]),
        ("self_attn.q_proj.lora_B", [32, 4]),
        ("self_attn.k_proj.lora_A", [4, 32]),
        ("self_attn.k_proj.lora_B", [16, 4]),
        ("self_attn.v_proj.lora_A", [4, 32]),
        ("self_attn.v_proj.lora_B", [16, 4]),
        ("self_attn.o_proj.lora_A", [4, 32]),
        ("self_attn.o_proj.lora_B", [32, 4]),
        ("mlp.gate_proj.lora_A", [4, 32]),
        ("mlp.gate_proj.lora_B", [48, 4]),
        ("mlp.up_proj.lora_A", [4, 32]),
        ("mlp.up_proj.lora_B", [48, 4]),
        ("mlp.down_proj.lora_A", [4, 48]),
        ("mlp.down_proj.lora_B", [32, 4]),
    ];
    for ((name, shape), (end, wanted)) in shapes.into_iter().zip(expected) {
        assert_eq!((name, shape), (format!("base_model.model.model.layers.0.{end}.weight").as_str(), wanted.to_vec()));
    }
    for (name, matrix) in &parameters {
        let largest = matrix.abs().max().double_value(&[]);
        if name.contains("lora_B") {
            assert!(largest == 0.0, "{name}");
            continue;
        }
        // Uniform within 1 / sqrt(in): the largest of 128 or more values is close to the bound.
        let bound = 1.0 / (matrix.size()[1] as f64).sqrt();
        assert!(largest <= bound && largest > 0.9 * bound, "{name}: {largest} of {bound}");
        // Standard error of the mean: bound / sqrt(3 count), count at least 128.
        let mean = matrix.mean(Kind::Double).double_value(&[]);
        assert!(mean.abs() < 4.0 * bound / (3.0 * matrix.numel() as f64).sqrt(), "{name}: {mean}");
    }
    // Drawn from the seed and the name.
    let mut again = Policy { transformer: transformer(Kind::Float), tokenizer: Tokenizer::absent(&[]) };
    again.adapt(&settings(4, &LoraTarget::ALL), 7).unwrap();
    assert!(parameters.iter().zip(again.transformer.adapter_parameters()).all(|(one, other)| one.1 == other.1));
    again.adapt(&settings(4, &LoraTarget::ALL), 8).unwrap();
    assert_ne!(parameters[0].1, again.transformer.adapter_parameters()[0].1);
    assert_ne!(parameters[0].1, parameters[2].1);
}

#[test]
fn merged_weights_say_what_the_adapters_say_and_the_base_says_what_it_said() {
    for rank_stabilized in [false, true] {
        let plain = transformer(Kind::Float);
        let settings = LoraConfig { rank_stabilized, ..settings(4, &[LoraTarget::QProj, LoraTarget::DownProj]) };
        let lora = Lora::new(&settings, &plain);
        // 12 / 4, or 12 / sqrt(4).
        assert!((lora.scale() - if rank_stabilized { 6.0 } else { 3.0 }).abs() < 1e-12);
        let with = adapted(&plain, &lora, Kind::Float);
        let (said, merged) = (logits(&with), with.frozen_copy().unwrap());
        assert!(largest_difference(&said, &logits(&plain)) > 0.1, "the adapters add nothing");
        assert!(largest_difference(&said, &logits(&merged)) < 1e-4);
        assert!(merged.lora().is_none());

        // By hand: W + scale B A for one matrix, and nothing for a layer that is no target.
        let weight =
            |of: &Transformer, name: &str| of.parameters().into_iter().find(|(other, _)| other == name).unwrap().1;
        let matrices = with.adapter_parameters();
        let (a, b) = (&matrices[0].1, &matrices[1].1);
        let name = "model.layers.0.self_attn.q_proj.weight";
        let by_hand = weight(&plain, name) + b.matmul(a) * lora.scale();
        assert!(largest_difference(&weight(&merged, name), &by_hand) < 1e-6);
        let name = "model.layers.1.mlp.up_proj.weight";
        assert_eq!(weight(&merged, name), weight(&plain, name));

        // The base is the same storage, not a copy.
        let base = with.base().unwrap();
        assert_eq!(logits(&base), logits(&plain));
        for ((name, one), (_, other)) in base.parameters().iter().zip(plain.parameters()) {
            assert_eq!(one.data_ptr(), other.data_ptr(), "{name}");
        }
    }
}

#[test]
fn a_base_in_half_precision_has_adapters_in_float32_and_merges_with_one_rounding() {
    let plain = transformer(Kind::BFloat16);
    let mut policy = Policy { transformer: plain, tokenizer: Tokenizer::absent(&[]) };
    let before = logits(&policy.transformer);
    policy.adapt(&settings(4, &[LoraTarget::VProj]), 1).unwrap();
    assert_eq!(logits(&policy.transformer), before);
    for (name, matrix) in policy.transformer.adapter_parameters() {
        assert_eq!(matrix.kind(), Kind::Float, "{name}");
    }
    let lora = policy.transformer.lora().unwrap().clone();
    let with = adapted(&policy.transformer, &lora, Kind::Float);
    assert_ne!(logits(&with), before);
    let merged = with.frozen_copy().unwrap();
    assert_eq!(merged.kind(), Kind::BFloat16);
    let name = "model.layers.2.self_attn.v_proj.weight";
    let weight = |of: &Transformer| of.parameters().into_iter().find(|(other, _)| other == name).unwrap().1;
    let matrices = with.adapter_parameters();
    let (a, b) = (&matrices[4].1, &matrices[5].1);
    let by_hand = (weight(&with).to_kind(Kind::Float) + b.matmul(a) * lora.scale()).to_kind(Kind::BFloat16);
    // The two sums may round a tie differently in their last float32 bit, and then the bfloat16 differs by one step.
    let relative =
        (weight(&merged) - &by_hand).abs().to_kind(Kind::Float) / by_hand.abs().to_kind(Kind::Float).clamp_min(1e-3);
    assert!(relative.max().double_value(&[]) <= 1.0 / 128.0);
}

/// The slow version: a plain transformer whose weights are `W + scale B A`, differentiated by libtorch with respect to `A`
/// and `B`, one completion at a time.
#[test]
fn gradients_of_the_adapters_are_those_of_the_plain_formula_and_nothing_else_has_one() {
    for targets in [&LoraTarget::ALL[..], &[LoraTarget::KProj, LoraTarget::UpProj]] {
        let plain = transformer(Kind::Double);
        let lora = Lora::new(&settings(3, targets), &plain);
        let with = adapted(&plain, &lora, Kind::Double);
        let trained = with.trainable_parameters();
        for (_, matrix) in &trained {
            let _ = matrix.set_requires_grad(true);
        }

        let leaves: Vec<(String, Tensor)> = with
            .adapter_parameters()
            .into_iter()
            .map(|(name, matrix)| (name, matrix.detach().copy().set_requires_grad(true)))
            .collect();
        let leaf = |name: String| &leaves.iter().find(|(other, _)| *other == name).unwrap().1;
        let weights = plain.parameters();
        let slow = Transformer::assemble(plain.config(), |name, _| {
            let weight = weights.iter().find(|(other, _)| other == name).unwrap().1.detach();
            let module = name.trim_end_matches(".weight");
            if !lora.modules.contains(module) || name.ends_with("bias") {
                return Ok::<_, ModelError>(weight);
            }
            let (a, b) = (
                leaf(format!("base_model.model.{module}.lora_A.weight")),
                leaf(format!("base_model.model.{module}.lora_B.weight")),
            );
            Ok(weight + b.matmul(a) * (12.0 / 3.0))
        })
        .unwrap();
        let expected = alone(&slow);
        let derivative = (Tensor::arange(expected.size()[0], (Kind::Double, CPU)) * 1.3).sin();
        (&expected * &derivative).sum(Kind::Double).backward();

        let rows = rows();
        let batch = PackedBatch::new(&rows, CPU);
        for checkpointed in 0..=4 {
            let tape = Tape::forward(&with, &batch, TEMPERATURE, checkpointed).unwrap();
            assert!(largest_difference(tape.log_probs(), &expected.detach()) < FLOAT_ROUNDING);
            let mut gradients = Gradients::new(with.trainable_parameters());
            tape.backward(&derivative, &mut gradients).unwrap();
            assert_eq!(gradients.sums().len(), leaves.len());
            for (name, leaf) in &leaves {
                let difference = largest_difference(gradients.of(name).unwrap(), &leaf.grad());
                let size = leaf.grad().abs().max().double_value(&[]);
                assert!(size > 0.0 && difference < FLOAT_ROUNDING * size.max(1.0), "{name}: {difference} of {size}");
            }
            for (name, weight) in with.parameters().into_iter().chain(plain.parameters()) {
                assert!(!weight.requires_grad() && !weight.grad().defined(), "{name}");
            }
        }
    }
}

/// A policy of a few thousand weights, and what it is asked.
struct Batch {
    policy: Policy,
    config: Config,
    questions: Vec<questions::Question>,
    answers: Vec<Vec<answers::Answer>>,
}

const SMALL: [&str; 14] = [
    "policy.hidden_size=32",
    "policy.layers=2",
    "policy.intermediate_size=48",
    "policy.vocabulary=300",
    "rollout.prompts=4",
    "rollout.group_size=4",
    "rollout.max_new_tokens=8",
    "reward.truncated_counts=true",
    "grpo.mini_batches=1",
    "grpo.kl_coefficient=0.1",
    "optimizer.warmup_steps=0",
    "eval.samples=1",
    "lora.rank=4",
    "lora.alpha=8",
];

impl Batch {
    /// Answers of a policy with adapters; every answer's reward is 1 where it begins with an even token.
    fn new(assignments: &[&str]) -> Self {
        tch::set_num_threads(1);
        let set = SMALL.iter().chain(assignments).map(ToString::to_string).collect();
        let config = Config::resolve(None, &Overrides { set, seed: Some(5), ..Overrides::default() }).unwrap();
        let registry = ssl4rl::builtin_registry().unwrap();
        let graph = generate::from_spec("synthetic", 1).unwrap().unwrap();
        let mixture =
            Mixture::choose(&registry, "graph", &config.tasks, &config.task, Arc::new(graph), config.seed).unwrap();
        let sample = |index| prompt_text(&mixture.draw(Split::WarmStart, index).unwrap().sample.prompt);
        let corpus: Vec<String> = (0..16).map(sample).collect();
        let mut policy = tiny::make(&config.policy, &corpus, config.seed, Kind::Float, CPU).unwrap();
        policy.adapt(&config.lora, config.seed).unwrap();
        let questions = questions::draw(&mixture, &policy.tokenizer, Split::Train, 0..config.rollout.prompts).unwrap();
        let mut batch = Self { policy, config, questions, answers: Vec::new() };
        batch.answer(&mixture, 0);
        batch
    }

    fn answer(&mut self, mixture: &Mixture, step: u64) {
        let prompts: Vec<Vec<i64>> = self.questions.iter().map(|question| question.encoded.ids.clone()).collect();
        let stream =
            |prompt: usize, member: i64| TaskRng::new(step, "test", Split::Train, prompt as u64 * 100 + member as u64);
        let sampling = Sampling { max_new_tokens: 8, ..Sampling::of(&self.config.rollout) };
        let members = self.config.rollout.group_size as i64;
        let groups = answer_all(&self.policy, &prompts, members, &sampling, stream).unwrap();
        let (tokenizer, settings) = (&self.policy.tokenizer, &self.config.reward);
        self.answers = answers::verify(mixture, tokenizer, settings, 8, &self.questions, groups).unwrap();
        for answer in self.answers.iter_mut().flatten() {
            answer.reward = f32::from(answer.completion.ids[0] % 2 == 0);
        }
    }

    fn groups(&self) -> Vec<Group<'_>> {
        self.questions.iter().zip(&self.answers).map(|(question, answers)| Group { question, answers }).collect()
    }
}

/// Steps of a learning rate that bfloat16 would round away.
#[test]
fn adapters_beside_a_base_in_half_precision_learn_in_float32() {
    let mut batch = Batch::new(&["grpo.kl_coefficient=0"]);
    let half: std::collections::BTreeMap<String, Tensor> = batch.policy.transformer.parameters().into_iter().collect();
    let base = Transformer::assemble(batch.policy.transformer.config(), |name, _| {
        Ok::<_, ModelError>(half[name].detach().to_kind(Kind::BFloat16))
    });
    batch.policy.transformer = base.unwrap();
    batch.policy.adapt(&batch.config.lora, 1).unwrap();
    let transformer = &batch.policy.transformer;
    let (weights, adapters) = (copies(transformer.parameters()), copies(transformer.adapter_parameters()));
    let mut learner = Learner::new(&batch.policy, &batch.config).unwrap();
    let update = learner.update(&batch.policy, &batch.config, &batch.groups(), 1e-6).unwrap();
    assert!(update.skipped.is_empty() && update.grad_norm > 0.0, "{update:?}");
    assert_eq!(weights, copies(transformer.parameters()));
    for ((name, is), was) in transformer.adapter_parameters().into_iter().zip(adapters) {
        let largest = largest_difference(&is, &was);
        // The first step of Adam moves every number with a gradient by the learning rate.
        let expected = if name.contains("lora_B") { 0.9e-6..1.1e-6 } else { 0.0..1.1e-6 };
        assert!(is.kind() == Kind::Float && expected.contains(&largest), "{name}: {largest}");
    }
}

fn copies(parameters: Vec<(String, Tensor)>) -> Vec<Tensor> {
    parameters.into_iter().map(|(_, weight)| weight.detach().copy()).collect()
}

#[test]
fn an_update_moves_the_adapters_alone_and_the_kl_is_measured_from_the_base() {
    let batch = Batch::new(&[]);
    let transformer = &batch.policy.transformer;
    let (weights, adapters) = (copies(transformer.parameters()), copies(transformer.adapter_parameters()));
    let mut learner = Learner::new(&batch.policy, &batch.config).unwrap();
    let first = learner.update(&batch.policy, &batch.config, &batch.groups(), 0.01).unwrap();
    assert!(first.skipped.is_empty() && first.grad_norm > 0.0, "{first:?}");
    assert!(first.kl.abs() < 1e-6, "a new adapter is its own base: {}", first.kl);
    assert!(first.logprob_gap < 1e-4, "the sampler did not see what the trainer sees: {}", first.logprob_gap);
    let second = learner.update(&batch.policy, &batch.config, &batch.groups(), 0.01).unwrap();
    assert!(second.kl > 1e-5, "the reference moved with the policy: {}", second.kl);

    assert_eq!(weights, copies(transformer.parameters()), "the base was moved");
    assert!(transformer.parameters().iter().all(|(_, weight)| !weight.grad().defined()));
    let moved = adapters.iter().zip(copies(transformer.adapter_parameters())).filter(|(was, is)| **was != *is).count();
    assert_eq!(moved, adapters.len(), "an adapter was not trained");
    // Moments of the adapters, and of nothing else.
    let names: Vec<String> = transformer
        .adapter_parameters()
        .into_iter()
        .flat_map(|(name, _)| [format!("{name}.first_moment"), format!("{name}.second_moment")])
        .collect();
    let state: Vec<String> = learner.optimizer_state().into_iter().map(|(name, _)| name).collect();
    assert_eq!(state[1..], names);
    // The KL is that between the policy with and without its adapters.
    let groups = batch.groups();
    let rows: Vec<Branches<'_>> = groups.iter().map(Group::branches).collect();
    let packed = PackedBatch::new(&rows, CPU);
    let with = packed.log_probs(transformer, 1.0).unwrap().log_probs;
    let without = packed.log_probs(&transformer.base().unwrap(), 1.0).unwrap().log_probs;
    assert!(largest_difference(&with, &without) > 1e-3);
}

#[test]
fn adapters_alone_learn_what_is_rewarded() {
    let mut batch = Batch::new(&["grpo.kl_coefficient=0", "rollout.prompts=8", "rollout.group_size=8"]);
    let registry = ssl4rl::builtin_registry().unwrap();
    let graph = generate::from_spec("synthetic", 1).unwrap().unwrap();
    let config = batch.config.clone();
    let mixture =
        Mixture::choose(&registry, "graph", &config.tasks, &config.task, Arc::new(graph), config.seed).unwrap();
    let mut learner = Learner::new(&batch.policy, &config).unwrap();
    let mean = |batch: &Batch| {
        let rewards: Vec<f32> = batch.answers.iter().flatten().map(|answer| answer.reward).collect();
        rewards.iter().sum::<f32>() / rewards.len() as f32
    };
    let before = mean(&batch);
    for step in 1..=80 {
        learner.update(&batch.policy, &config, &batch.groups(), 0.005).unwrap();
        batch.answer(&mixture, step);
    }
    let after = mean(&batch);
    // Four standard errors of the difference of two means over 64 answers, of which any half may be right: 4 sqrt(0.5 / 64).
    assert!(after - before > 0.36, "from {before} to {after}");
}

#[test]
fn an_adapter_saved_is_the_adapter_loaded() {
    for targets in [&LoraTarget::ALL[..], &[LoraTarget::QProj, LoraTarget::VProj]] {
        let plain = transformer(Kind::Float);
        let lora = Lora { rank_stabilized: true, ..Lora::new(&settings(4, targets), &plain) };
        let with = adapted(&plain, &lora, Kind::Float);
        let (folder, said) = (tempfile::tempdir().unwrap(), logits(&with));
        let policy = Policy { transformer: with, tokenizer: Tokenizer::absent(&[]) };
        let base = adapter::BaseModel { name: "owner/name".into(), revision: Some("main".into()) };
        adapter::save(&policy, &base, folder.path()).unwrap();
        assert!(adapter::is_adapter(folder.path()));
        assert_eq!(adapter::base_of(folder.path()).unwrap(), base);
        let loaded = adapter::load(folder.path(), &plain).unwrap();
        assert_eq!(loaded.lora(), policy.transformer.lora());
        assert_eq!(logits(&loaded), said);
        let config = json(folder.path());
        let names: Vec<&str> = targets.iter().map(|target| target.name()).collect();
        let listed: Vec<&str> =
            config["target_modules"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
        assert!(listed.len() == names.len() && names.iter().all(|name| listed.contains(name)), "{listed:?}");
        assert_eq!((&config["r"], &config["lora_alpha"]), (&serde_json::json!(4), &serde_json::json!(12)));
        for (field, value) in [("peft_type", "LORA"), ("task_type", "CAUSAL_LM"), ("bias", "none")] {
            assert_eq!(config[field], value);
        }
    }
}

fn json(folder: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(folder.join("adapter_config.json")).unwrap()).unwrap()
}
