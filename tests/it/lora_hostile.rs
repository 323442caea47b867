//! Folders of adapters that are wrong, and what is said of them: file, field or tensor, what was expected, what to do.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use ssl4rl::config::{LoraConfig, LoraTarget};
use ssl4rl::model::{Policy, Source, Tokenizer, Transformer, adapter, hub::Hub, random, tensor_file};
use tch::{Device, Kind, Tensor};
use tempfile::TempDir;

const CONFIG: &str = "adapter_config.json";
const WEIGHTS: &str = "adapter_model.safetensors";

fn transformer(shape: &str) -> Transformer {
    let shape = random::config(&format!("random:qwen2:{shape}")).unwrap();
    random::transformer(&shape, 5, Kind::Float, Device::Cpu).unwrap()
}

fn base() -> Transformer {
    transformer("hidden=16,layers=2,heads=2,kv=1,inter=24,vocab=32")
}

/// A folder with an adapter of [`base`] on `q_proj` and `down_proj`, rank 4.
fn folder() -> TempDir {
    let mut policy = Policy { transformer: base(), tokenizer: Tokenizer::absent(&[]) };
    let targets = [LoraTarget::QProj, LoraTarget::DownProj].into();
    policy.adapt(&LoraConfig { rank: 4, targets, ..LoraConfig::default() }, 1).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let base = adapter::BaseModel { name: "owner/name".into(), revision: None };
    adapter::save(&policy, &base, folder.path()).unwrap();
    folder
}

fn load(folder: &Path) -> Result<Transformer, String> {
    adapter::load(folder, &base()).map_err(|error| error.to_string())
}

fn change(folder: &Path, field: &str, value: Value) {
    let path = folder.join(CONFIG);
    let mut config: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    config[field] = value;
    fs::write(path, config.to_string()).unwrap();
}

fn change_tensors(folder: &Path, change: impl FnOnce(&mut Vec<(String, Tensor)>)) {
    let path = folder.join(WEIGHTS);
    let mut tensors = tensor_file::read(&path).unwrap();
    change(&mut tensors);
    tensor_file::write(&tensors, &path).unwrap();
}

/// A field, a value it must not have, and what is said.
fn refused_fields() -> Vec<(&'static str, Value, &'static str)> {
    let nothing = "must be absent, null, false or empty, got";
    vec![
        ("peft_type", json!("LOHA"), "`peft_type` must be `LORA`, got \"LOHA\""),
        ("peft_type", Value::Null, "`peft_type` must be `LORA`, got null"),
        ("task_type", json!("SEQ_CLS"), "`task_type` must be `CAUSAL_LM`, got \"SEQ_CLS\""),
        ("bias", json!("all"), "`bias` must be `none`, got \"all\""),
        ("bias", json!("lora_only"), "`bias` must be `none`"),
        ("use_dora", json!(true), nothing),
        ("modules_to_save", json!(["lm_head"]), nothing),
        ("rank_pattern", json!({"q_proj": 8}), nothing),
        ("alpha_pattern", json!({"q_proj": 8}), nothing),
        ("layers_to_transform", json!([0]), nothing),
        ("layers_pattern", json!("layers"), nothing),
        ("layer_replication", json!([[0, 1]]), nothing),
        ("exclude_modules", json!(["v_proj"]), nothing),
        ("fan_in_fan_out", json!(true), nothing),
        ("lora_bias", json!(true), nothing),
        ("trainable_token_indices", json!([1]), nothing),
        ("target_parameters", json!(["w"]), nothing),
        ("use_qalora", json!(true), nothing),
        ("a_feature_to_come", json!(1), nothing),
        ("init_lora_weights", json!("pissa"), "`init_lora_weights` must be `gaussian` or `orthogonal` or `eva`"),
        ("r", json!(0), "`r` must be a whole number, at least 1, got 0"),
        ("r", json!(-4), "`r` must be a whole number, at least 1, got -4"),
        ("r", json!(4.5), "`r` must be a whole number, at least 1, got 4.5"),
        ("r", json!(1_u64 << 60), "`r` must be a whole number"),
        ("r", Value::Null, "`r` must be a whole number, at least 1, got null"),
        ("lora_alpha", json!("NaN"), "`lora_alpha` must be a finite number, got \"NaN\""),
        ("lora_alpha", Value::Null, "`lora_alpha` must be a finite number, got null"),
        ("use_rslora", json!("yes"), "`use_rslora` must be true or false, got \"yes\""),
        ("target_modules", json!([]), "`target_modules` must be a list of names, or a pattern, got []"),
        ("target_modules", json!([1]), "`target_modules` must be a list of names, or a pattern, got [1]"),
        ("target_modules", Value::Null, "`target_modules` must be a list of names, or a pattern, got null"),
        ("target_modules", json!(["q_proj", "lm_head"]), "`target_modules` names `lm_head`, but no linear layer"),
        ("target_modules", json!(["proj"]), "`target_modules` names `proj`, but no linear layer of the base ends so"),
        ("target_modules", json!(["q_proj"]), "mlp.down_proj.lora_A.weight` belongs to no linear layer"),
        ("target_modules", json!(["q_proj", "down_proj", "v_proj"]), "v_proj.lora_A.weight` is missing"),
        ("revision", json!(7), "`revision` must be a text, got 7"),
    ]
}

#[test]
fn a_configuration_that_means_something_else_is_refused_by_its_field() {
    for (field, value, message) in refused_fields() {
        let folder = folder();
        change(folder.path(), field, value.clone());
        let error = load(folder.path()).expect_err(field);
        assert!(error.contains(message), "{field} = {value}: {error}");
        assert!(error.starts_with(&folder.path().display().to_string()) && error.contains("\nhint: "), "{error}");
    }
    // What python writes for a number that is none.
    let folder = folder();
    let path = folder.path().join(CONFIG);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"lora_alpha\": 32", "\"lora_alpha\": NaN")).unwrap();
    assert!(load(folder.path()).unwrap_err().contains("adapter_config.json: expected value at line"));
    fs::write(&path, "[]").unwrap();
    assert!(load(folder.path()).unwrap_err().contains("adapter_config.json: invalid type"));
    fs::remove_file(&path).unwrap();
    assert!(load(folder.path()).unwrap_err().contains("adapter_config.json: No such file"));
}

#[test]
fn what_does_not_change_the_computation_is_accepted() {
    let accepted = [
        ("lora_dropout", json!(0.05)),
        ("init_lora_weights", json!("gaussian")),
        ("init_lora_weights", json!(false)),
        ("inference_mode", json!(false)),
        ("megatron_core", json!("megatron.core")),
        ("qalora_group_size", json!(16)),
        ("peft_version", json!("9.9")),
        ("loftq_config", json!({})),
        ("task_type", Value::Null),
        ("target_modules", json!("all-linear")),
        ("target_modules", json!(r".*\.(q_proj|down_proj)$")),
        ("target_modules", json!(["self_attn.q_proj", "mlp.down_proj"])),
    ];
    for (field, value) in accepted {
        let folder = folder();
        change(folder.path(), field, value.clone());
        let loaded = load(folder.path()).unwrap_or_else(|error| panic!("{field} = {value}: {error}"));
        assert_eq!(loaded.adapter_parameters().len(), 8, "{field} = {value}");
    }
    // Adapters in one layer alone, by their whole paths; saved again they are named so.
    let folder = folder();
    let paths = ["model.layers.1.self_attn.q_proj", "model.layers.1.mlp.down_proj"];
    change(folder.path(), "target_modules", json!(paths));
    change_tensors(folder.path(), |tensors| tensors.retain(|(name, _)| name.contains("layers.1.")));
    let loaded = load(folder.path()).unwrap();
    assert_eq!(loaded.adapter_parameters().len(), 4);
    let policy = Policy { transformer: loaded, tokenizer: Tokenizer::absent(&[]) };
    adapter::save(&policy, &adapter::BaseModel { name: "x".into(), revision: None }, folder.path()).unwrap();
    let config: Value = serde_json::from_slice(&fs::read(folder.path().join(CONFIG)).unwrap()).unwrap();
    assert_eq!(config["target_modules"], json!([paths[1], paths[0]]));
    assert_eq!(load(folder.path()).unwrap().adapter_parameters().len(), 4);
}

/// What is done to the tensors of a file.
type Change<'test> = &'test dyn Fn(&mut Vec<(String, Tensor)>);

#[test]
fn tensors_that_are_not_those_of_the_configuration_are_named() {
    let refusal = |change: Change<'_>| {
        let folder = folder();
        change_tensors(folder.path(), |tensors| change(tensors));
        let error = load(folder.path()).unwrap_err();
        assert!(error.starts_with(&folder.path().join(WEIGHTS).display().to_string()), "{error}");
        assert!(error.contains("\nhint: "), "{error}");
        error
    };
    let first = "base_model.model.model.layers.0.mlp.down_proj.lora_A.weight";
    let error = refusal(&|tensors| tensors.retain(|(name, _)| name != first));
    assert!(error.contains(&format!("tensor `{first}` is missing")), "{error}");

    let extra = |name: &str| {
        let name = name.to_owned();
        refusal(&move |tensors| tensors.push((name.clone(), Tensor::zeros([4, 16], (Kind::Float, Device::Cpu)))))
    };
    let other_layer = "base_model.model.model.layers.2.mlp.down_proj.lora_A.weight";
    assert!(extra(other_layer).contains(&format!("tensor `{other_layer}` belongs to no linear layer of the base")));
    let magnitude = "base_model.model.model.layers.0.mlp.down_proj.lora_magnitude_vector";
    assert!(extra(magnitude).contains("it belongs to DoRA"));
    assert!(extra("base_model.model.model.embed_tokens.lora_embedding_A").contains("adapters of the embedding"));

    // A rank that is not that of the configuration.
    let error = refusal(&|tensors| {
        for (name, tensor) in tensors.iter_mut() {
            let side = i64::from(name.ends_with("lora_B.weight"));
            *tensor = tensor.narrow(side, 0, 2);
        }
    });
    assert!(error.contains("self_attn.q_proj.lora_A.weight` has shape [2, 16], expected [4, 16]"), "{error}");
    assert!(error.contains("`r` in adapter_config.json is not the rank of the tensors"), "{error}");

    // The tensors of another base.
    let folder = folder();
    let other = transformer("hidden=32,layers=2,heads=2,kv=1,inter=24,vocab=32");
    let error = adapter::load(folder.path(), &other).unwrap_err().to_string();
    assert!(error.contains("self_attn.q_proj.lora_A.weight` has shape [4, 16], expected [4, 32]"), "{error}");
    assert!(error.contains("made for a base of another shape"), "{error}");
    let fewer = transformer("hidden=16,layers=1,heads=2,kv=1,inter=24,vocab=32");
    let error = adapter::load(folder.path(), &fewer).unwrap_err().to_string();
    assert!(error.contains("layers.1.mlp.down_proj.lora_A.weight` belongs to no linear layer"), "{error}");
    let more = transformer("hidden=16,layers=3,heads=2,kv=1,inter=24,vocab=32");
    let error = adapter::load(folder.path(), &more).unwrap_err().to_string();
    assert!(error.contains("layers.2.self_attn.q_proj.lora_A.weight` is missing"), "{error}");

    let path = folder.path().join(WEIGHTS);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
    assert!(load(folder.path()).unwrap_err().contains("not a whole safetensors file"));
    fs::remove_file(&path).unwrap();
    assert!(load(folder.path()).unwrap_err().contains("adapter_model.safetensors: No such file"));
}

#[test]
fn a_base_that_is_not_there_is_named_with_the_file_that_asks_for_it() {
    let folder = folder();
    let hub = Hub::new("http://127.0.0.1:9", &folder.path().join("hub"), None, true);
    let locate = || Source::locate(&hub, &folder.path().to_string_lossy(), "main", &mut |_| {});
    let refusal = || locate().unwrap_err().to_string();
    assert!(refusal().contains("the cache has no whole copy of `owner/name`"), "{}", refusal());
    change(folder.path(), "base_model_name_or_path", Value::Null);
    let error = refusal();
    assert!(error.contains("adapter_config.json: `base_model_name_or_path` names no base\nhint: write"), "{error}");
    change(folder.path(), "base_model_name_or_path", json!("/nowhere/at all"));
    let error = refusal();
    assert!(error.contains("the base `/nowhere/at all` cannot be had: there is no folder"), "{error}");
    assert!(error.contains("\nhint: put it there, or write where it is"), "{error}");
    // A path is looked up from the adapter's folder first.
    change(folder.path(), "base_model_name_or_path", json!("of the adapter"));
    fs::create_dir(folder.path().join("of the adapter")).unwrap();
    assert_eq!(locate().unwrap().base(), Some(folder.path().join("of the adapter").as_path()));
}
