//! Weight files: one or several, in any of three number formats, and what is wrong with damaged ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use ssl4rl::model::{ModelError, Policy, Tokenizer, Transformer, checkpoint};
use tch::{Device, Kind, Tensor};
use tempfile::TempDir;

const INDEX: &str = "model.safetensors.index.json";

/// A tensor on its way into a file.
type Stored = (Dtype, Vec<usize>, Vec<u8>);

/// `config.json` of a Qwen2 of two layers, tied.
fn config() -> serde_json::Value {
    serde_json::json!({
        "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "vocab_size": 24, "hidden_size": 8,
        "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
        "tie_word_embeddings": true, "torch_dtype": "float32", "of_a_stranger": {"kept": [1, 2]},
    })
}

/// A folder with a model whose weights are small whole numbers: exact in every number format.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = config();
    fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    let parsed = ssl4rl::model::ModelConfig::parse(config.to_string().as_bytes(), Path::new("config.json")).unwrap();
    let mut next = 0;
    let transformer = Transformer::assemble(&parsed, |_, shape| {
        let count: i64 = shape.iter().product();
        next += 1;
        Ok::<_, ModelError>((Tensor::arange(count, (Kind::Float, Device::Cpu)) + next).remainder(7).view(shape))
    });
    let policy = Policy { transformer: transformer.unwrap(), tokenizer: Tokenizer::absent(&[]) };
    checkpoint::save(&policy, folder.path()).unwrap();
    folder
}

fn tensors(folder: &Path) -> BTreeMap<String, Stored> {
    let bytes = fs::read(folder.join("model.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let stored = |view: TensorView<'_>| (view.dtype(), view.shape().to_vec(), view.data().to_vec());
    file.tensors().into_iter().map(|(name, view)| (name, stored(view))).collect()
}

fn write(path: &Path, tensors: &BTreeMap<String, Stored>) {
    let views = tensors
        .iter()
        .map(|(name, (dtype, shape, bytes))| (name.as_str(), TensorView::new(*dtype, shape.clone(), bytes).unwrap()));
    fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

/// Splits the weights into two shards: every other tensor.
fn shard(folder: &Path) -> [String; 2] {
    let names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"].map(str::to_owned);
    let mut shards = [BTreeMap::new(), BTreeMap::new()];
    let mut map = BTreeMap::new();
    for (index, (name, stored)) in tensors(folder).into_iter().enumerate() {
        map.insert(name.clone(), names[index % 2].clone());
        shards[index % 2].insert(name, stored);
    }
    for (name, tensors) in names.iter().zip(&shards) {
        write(&folder.join(name), tensors);
    }
    fs::write(folder.join(INDEX), serde_json::json!({"metadata": {}, "weight_map": map}).to_string()).unwrap();
    fs::remove_file(folder.join("model.safetensors")).unwrap();
    names
}

fn load(folder: &Path) -> Result<Transformer, String> {
    checkpoint::load_transformer(folder, Device::Cpu).map_err(|error| error.to_string())
}

fn assert_equal(left: &Transformer, right: &Transformer) {
    for ((name, left), (_, right)) in left.parameters().iter().zip(right.parameters()) {
        assert!(left.equal(&right.to_kind(left.kind())), "{name}");
    }
}

#[test]
fn shards_hold_what_the_whole_file_held() {
    let folder = folder();
    let whole = load(folder.path()).unwrap();
    shard(folder.path());
    assert_equal(&whole, &load(folder.path()).unwrap());
}

#[test]
fn half_precision_on_disk_is_read_into_any_format() {
    let folder = folder();
    let whole = load(folder.path()).unwrap();
    for (kind, dtype) in [(Kind::BFloat16, Dtype::BF16), (Kind::Half, Dtype::F16)] {
        let half = tensors(folder.path()).into_iter().map(|(name, (_, shape, bytes))| {
            let sizes: Vec<i64> = shape.iter().map(|&size| size as i64).collect();
            let tensor = Tensor::from_data_size(&bytes, &sizes, Kind::Float).to_kind(kind);
            let mut bytes = vec![0; tensor.numel() * 2];
            tensor.copy_data_u8(&mut bytes, tensor.numel());
            (name, (dtype, shape, bytes))
        });
        let other = tempfile::tempdir().unwrap();
        fs::copy(folder.path().join("config.json"), other.path().join("config.json")).unwrap();
        write(&other.path().join("model.safetensors"), &half.collect());
        assert_equal(&whole, &load(other.path()).unwrap());
        let kept = checkpoint::load_transformer_as(other.path(), kind, Device::Cpu).unwrap();
        assert_eq!(kept.kind(), kind);
        assert_equal(&whole, &kept);
    }
}

#[test]
fn damage_is_told_with_the_tensor_and_the_file() {
    let folder = folder();
    let [first, second] = shard(folder.path());
    let path = |name: &str| folder.path().join(name);
    let whole = fs::read(path(&second)).unwrap();

    fs::write(path(&second), &whole[..whole.len() - 1]).unwrap();
    let error = load(folder.path()).unwrap_err();
    let last = format!("tensor `model.norm.weight` reaches to byte {}, the file has {}", whole.len(), whole.len() - 1);
    assert!(error.contains(&second) && error.contains(&last), "{error}");
    fs::write(path(&second), &whole[..100]).unwrap();
    let error = load(folder.path()).unwrap_err();
    assert!(error.contains(&second) && error.contains("not a whole safetensors file"), "{error}");
    fs::write(path(&second), []).unwrap();
    assert!(load(folder.path()).unwrap_err().contains("not a whole safetensors file"));
    fs::remove_file(path(&second)).unwrap();
    let error = load(folder.path()).unwrap_err();
    assert!(error.contains(&format!("shard `{second}`, which holds `model.")), "{error}");
    fs::write(path(&second), &whole).unwrap();

    let index = fs::read_to_string(path(INDEX)).unwrap();
    fs::write(path(INDEX), index.replace("model.norm.weight", "model.norm.wait")).unwrap();
    let error = load(folder.path()).unwrap_err();
    assert!(
        error.ends_with("tensor `model.norm.weight` belongs to nothing in model.safetensors.index.json"),
        "{error}"
    );
    fs::write(path(INDEX), index.replace(&first, "../elsewhere.safetensors")).unwrap();
    let error = load(folder.path()).unwrap_err();
    assert!(error.contains("shard `../elsewhere.safetensors`"), "{error}");
    fs::write(path(INDEX), "{").unwrap();
    assert!(load(folder.path()).unwrap_err().contains("EOF while parsing"));
    fs::remove_file(path(INDEX)).unwrap();
    assert!(load(folder.path()).unwrap_err().contains("neither model.safetensors nor model.safetensors.index.json"));
}

#[test]
fn a_number_format_that_cannot_be_read_is_named() {
    let folder = folder();
    let mut weights = tensors(folder.path());
    let stored = weights.get_mut("model.norm.weight").unwrap();
    *stored = (Dtype::I32, stored.1.clone(), stored.2.clone());
    write(&folder.path().join("model.safetensors"), &weights);
    let error = load(folder.path()).unwrap_err();
    assert!(error.contains("tensor `model.norm.weight` is I32"), "{error}");
}

#[test]
fn a_tied_head_in_the_file_must_equal_the_embedding() {
    let folder = folder();
    let path = folder.path().join("model.safetensors");
    let mut weights = tensors(folder.path());
    weights.insert("lm_head.weight".into(), weights["model.embed_tokens.weight"].clone());
    weights.insert("model.layers.0.self_attn.rotary_emb.inv_freq".into(), (Dtype::F32, vec![2], vec![0; 8]));
    write(&path, &weights);
    load(folder.path()).unwrap();
    weights.get_mut("lm_head.weight").unwrap().2[3] ^= 64;
    write(&path, &weights);
    let error = load(folder.path()).unwrap_err();
    assert!(error.contains("`lm_head.weight` differs from the embedding"), "{error}");
}

#[test]
fn a_saved_configuration_keeps_what_it_does_not_understand() {
    let folder = folder();
    let text = fs::read(folder.path().join("config.json")).unwrap();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&text).unwrap(), config());
}
