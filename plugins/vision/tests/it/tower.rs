//! What training does to the tower: trained, frozen or adapted; and how large images are when it sees them.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use ssl4rl::config::{LoraConfig, LoraTarget, PolicyConfig};
use ssl4rl::model::adapter::{self, BaseModel};
use ssl4rl::model::media::{self, Prompt};
use ssl4rl::model::{EncodedPrompt, Lora, ModelError, Policy, Transformer, checkpoint, libtorch, tiny};
use ssl4rl::rl::gradients::Gradients;
use ssl4rl::tasks::Part;
use ssl4rl::train::batch::{Branches, PackedBatch};
use ssl4rl::train::tape::Tape;
use ssl4rl_vision::model::Qwen25Vl;
use ssl4rl_vision::source;
use tch::{Device, Kind, Tensor};

const CPU: Device = Device::Cpu;

fn policy() -> Policy {
    policy_on(CPU)
}

fn policy_on(device: Device) -> Policy {
    media::install(vec![&Qwen25Vl]);
    let settings = PolicyConfig {
        model: "tiny-vl".into(),
        hidden_size: 32,
        layers: 1,
        heads: 2,
        key_value_heads: 2,
        intermediate_size: 48,
        vocabulary: 400,
        ..PolicyConfig::default()
    };
    tiny::make(&settings, &["What is seen?".to_owned()], 3, Kind::Float, device).unwrap()
}

fn prompt(policy: &Policy) -> EncodedPrompt {
    let album = source::open("scenes:size=84,count=1").unwrap();
    let bytes = album.picture(0).unwrap().encode_png().unwrap();
    let parts = [Part::Blob { mime: "image/png".into(), bytes, source: None }, Part::Text("What is seen?".into())];
    policy.tokenizer.encode_parts(&parts).unwrap()
}

/// A prompt with one answer.
fn answered(prompt: &EncodedPrompt) -> [Branches<'_>; 1] {
    [Branches { prompt: Prompt::from(prompt), completions: vec![&[5, 7, 9]] }]
}

/// Gradients of the mean log-prob of an answer, by what is trained.
fn gradients(transformer: &Transformer, prompt: &EncodedPrompt) -> BTreeMap<String, Tensor> {
    let parameters = transformer.trainable_parameters();
    for (_, parameter) in &parameters {
        let _ = parameter.set_requires_grad(true);
    }
    let names: Vec<String> = parameters.iter().map(|(name, _)| name.clone()).collect();
    let mut gradients = Gradients::new(parameters);
    let batch = PackedBatch::new(&answered(prompt), transformer.device());
    let tape = Tape::forward(transformer, &batch, 1.0, 0).unwrap();
    let mean = tape.log_probs().ones_like() / 3.0;
    tape.backward(&mean, &mut gradients).unwrap();
    names.into_iter().filter_map(|name| Some((name.clone(), gradients.of(&name)?.copy()))).collect()
}

fn log_probs(transformer: &Transformer, prompt: &EncodedPrompt) -> Tensor {
    let batch = PackedBatch::new(&answered(prompt), transformer.device());
    Tape::forward(transformer, &batch, 1.0, 0).unwrap().log_probs().copy()
}

/// Adapters everywhere, both matrices filled with values that look random.
fn adapted(policy: &Policy) -> Transformer {
    let targets = [LoraTarget::QProj, LoraTarget::UpProj].into();
    let settings = LoraConfig { rank: 2, alpha: 6.0, targets, encoder: true, ..LoraConfig::default() };
    let lora = Lora::new(&settings, &policy.transformer);
    let mut step = 0.3;
    let filled = policy.transformer.with_adapters(&lora, |_, shape| {
        step += 0.7;
        let waves = (Tensor::arange(shape.iter().product::<i64>(), (Kind::Double, CPU)) * step).sin();
        Ok::<_, ModelError>(waves.view(shape).to_kind(Kind::Float) * 0.2)
    });
    filled.unwrap()
}

fn largest_difference(left: &Tensor, right: &Tensor) -> f64 {
    (left - right).abs().max().double_value(&[])
}

#[test]
fn a_frozen_tower_has_no_gradient_and_the_text_part_has_the_same() {
    let mut policy = policy();
    let prompt = prompt(&policy);
    let trained = gradients(&policy.transformer, &prompt);
    assert!(trained.keys().any(|name| name.starts_with("visual.")));
    policy.transformer.freeze_encoder();
    let frozen = gradients(&policy.transformer, &prompt);
    assert!(!frozen.is_empty() && frozen.keys().all(|name| !name.starts_with("visual.")));
    for (name, gradient) in &frozen {
        assert!(largest_difference(gradient, &trained[name]) < 1e-6, "{name}");
    }
    assert_eq!(frozen.len(), trained.keys().filter(|name| !name.starts_with("visual.")).count());
}

#[test]
fn adapters_of_the_tower_learn_what_the_chain_rule_says_and_merge() {
    let policy = policy();
    let (prompt, with) = (prompt(&policy), adapted(&policy));
    let merged = with.frozen_copy().unwrap();
    let said = log_probs(&with, &prompt);
    assert!(largest_difference(&said, &log_probs(&policy.transformer, &prompt)) > 1e-3, "the adapters add nothing");
    assert!(largest_difference(&said, &log_probs(&merged, &prompt)) < 1e-4);
    // Merged, W' = W + s B A: the gradient of B is s W'-gradient A^T, that of A is s B^T W'-gradient.
    let (of_adapters, of_weights) = (gradients(&with, &prompt), gradients(&merged, &prompt));
    let scale = with.lora().unwrap().scale();
    let matrices: BTreeMap<String, Tensor> = with.adapter_parameters().into_iter().collect();
    let towers: Vec<&String> =
        with.lora().unwrap().modules.iter().filter(|module| module.starts_with("visual.")).collect();
    // Two blocks of five layers, and the two of the merger.
    assert_eq!(towers.len(), 12);
    for module in towers {
        let [a, b] = ["A", "B"].map(|matrix| format!("base_model.model.{module}.lora_{matrix}.weight"));
        let of_weight = &of_weights[&format!("{module}.weight")];
        let expected = [matrices[&b].tr().matmul(of_weight) * scale, of_weight.matmul(&matrices[&a].tr()) * scale];
        for (name, expected) in [&a, &b].into_iter().zip(expected) {
            let size = expected.abs().max().double_value(&[]);
            let difference = largest_difference(&of_adapters[name], &expected);
            assert!(size > 0.0 && difference < 1e-4 * size.max(0.01), "{name}: {difference} of {size}");
        }
    }
}

#[test]
fn a_new_adapter_of_the_tower_adds_nothing_and_moves_nothing_else() {
    let mut policy = policy();
    let prompt = prompt(&policy);
    let before = log_probs(&policy.transformer, &prompt);
    policy.adapt(&LoraConfig { rank: 2, encoder: true, ..LoraConfig::default() }, 1).unwrap();
    assert_eq!(log_probs(&policy.transformer, &prompt), before);
    let names: Vec<String> = policy.transformer.trainable_parameters().into_iter().map(|(name, _)| name).collect();
    assert!(names.iter().all(|name| name.contains(".lora_")));
    assert_eq!(names.iter().filter(|name| name.contains("visual.")).count(), 24);
    // Without the flag the tower has none.
    policy.adapt(&LoraConfig { rank: 2, ..LoraConfig::default() }, 1).unwrap();
    assert!(policy.transformer.adapter_parameters().iter().all(|(name, _)| !name.contains("visual.")));
}

#[test]
fn adapters_are_saved_by_the_names_of_current_transformers_and_read_by_older_ones_too() {
    let mut policy = policy();
    let base = policy.transformer.base().unwrap();
    policy.transformer = adapted(&policy);
    let folder = tempfile::tempdir().unwrap();
    let name = BaseModel { name: "base".into(), revision: None };
    adapter::save(&policy, &name, folder.path()).unwrap();
    let file = folder.path().join("adapter_model.safetensors");
    let tensors = Tensor::read_safetensors(&file).unwrap();
    let of = |part: &str| tensors.iter().filter(|(name, _)| name.starts_with(part)).count();
    assert_eq!(of("base_model.model.model.visual."), 24);
    assert_eq!(of("base_model.model.model.language_model.layers."), 4);
    assert_eq!(tensors.len(), 28);

    // Other programs take a name for every module that ends so: `0` would be a block.
    let config: Value = serde_json::from_slice(&fs::read(folder.path().join("adapter_config.json")).unwrap()).unwrap();
    let targets: Vec<&str> = config["target_modules"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(targets.len(), 14);
    assert!(targets.contains(&"model.visual.merger.mlp.0"), "{targets:?}");
    assert!(targets.contains(&"model.language_model.layers.0.self_attn.q_proj"), "{targets:?}");

    let expected = policy.transformer.adapter_parameters();
    let same = |transformer: &Transformer| {
        let read = transformer.adapter_parameters();
        read.len() == expected.len() && read.iter().zip(&expected).all(|(read, wanted)| read == wanted)
    };
    assert!(same(&adapter::load(folder.path(), &base).unwrap()));
    Tensor::write_safetensors(&expected, &file).unwrap();
    assert!(same(&adapter::load(folder.path(), &base).unwrap()));
}

#[test]
fn limits_of_pixels_take_the_place_of_the_models_own_and_are_saved() {
    let mut policy = policy();
    let tokens = |policy: &Policy| prompt(policy).media[0].medium.offsets.len();
    assert_eq!(tokens(&policy), 9);
    let set = |policy: &mut Policy, fields: serde_json::Value| {
        let config = policy.transformer.config().clone();
        policy.tokenizer.set_preprocessor(&config, fields.as_object().unwrap())
    };
    // 84 x 84 pixels are 7056: at most 4 tokens of 784, then at least 16.
    set(&mut policy, json!({ "max_pixels": 3500 })).unwrap();
    assert_eq!(tokens(&policy), 4);
    set(&mut policy, json!({ "max_pixels": 1_000_000, "min_pixels": 12_000 })).unwrap();
    assert_eq!(tokens(&policy), 16);
    let folder = tempfile::tempdir().unwrap();
    checkpoint::save(&policy, folder.path()).unwrap();
    assert_eq!(tokens(&checkpoint::load(folder.path(), CPU).unwrap()), 16);
    assert!(set(&mut policy, json!({ "max_pixels": 10 })).unwrap_err().to_string().contains("min_pixels"));
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn a_gpu_sees_what_the_processor_sees() {
    let device = libtorch::best_device();
    if !device.is_cuda() {
        eprintln!("skipped: no GPU");
        return;
    }
    let (here, there) = (policy(), policy_on(device));
    for ((name, from), (_, to)) in here.transformer.parameters().into_iter().zip(there.transformer.parameters()) {
        assert_eq!(from.size(), to.size(), "{name}");
        to.shallow_clone().copy_(&from);
    }
    let prompt = prompt(&here);
    let [said, seen] = [&here, &there].map(|policy| log_probs(&policy.transformer, &prompt).to_device(CPU));
    assert!(largest_difference(&said, &seen) < 1e-4);
    let (expected, found) = (gradients(&here.transformer, &prompt), gradients(&there.transformer, &prompt));
    let norm = |tensor: &Tensor| tensor.norm().double_value(&[]);
    let whole = expected.values().map(|gradient| norm(gradient).powi(2)).sum::<f64>().sqrt();
    assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    for (name, expected) in &expected {
        let distance = norm(&(found[name].to_device(CPU) - expected)) / (norm(expected) + 1e-2 * whole);
        assert!(distance < 1e-3, "{name}: {distance}");
    }
}
