//! `random:` models: weights drawn from a seed, in the shape of a published checkpoint or of one made up.
//!
//! They say nothing, but compute as fast, and take as much memory, as a trained model of their shape; so speed and memory can be
//! measured without a download. A name after `random:` stands for a shape of [`NAMED`]; `random:qwen2:hidden=64,layers=2` starts
//! from `peer`, the smallest of them, and changes what it names.
//!
//! ```
//! use ssl4rl::model::random;
//! let shape = random::config("random:qwen2:hidden=64,heads=4,vocab=512")?;
//! assert_eq!((shape.hidden_size, shape.num_hidden_layers, shape.vocab_size), (64, 6, 512));
//! assert!(random::config("random:qwen2:width=64").is_err());
//! # Ok::<(), ssl4rl::model::ModelError>(())
//! ```

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value, json};
use tch::{Device, Kind, Tensor};

use super::{ModelConfig, ModelError, Policy, Tokenizer, Transformer};
use crate::tasks::{Split, TaskRng};

/// What the name of such a model begins with.
pub const PREFIX: &str = "random:";

/// Standard deviation of the matrices, as in the families' own initialization.
const DEVIATION: f64 = 0.02;

/// A named shape: hidden, intermediate, layers, heads, key and value heads, vocabulary, longest sequence, tied head.
type Named = (&'static str, [i64; 7], bool);

/// The shapes that have a name. `peer` is the one our measurements against other programs use.
pub const NAMED: &[Named] = &[
    ("peer", [256, 768, 6, 8, 2, 1024, 4096], true),
    ("qwen2.5-0.5b", [896, 4864, 24, 14, 2, 151_936, 32_768], true),
    ("qwen2.5-1.5b", [1536, 8960, 28, 12, 2, 151_936, 32_768], true),
    ("qwen2.5-3b", [2048, 11_008, 36, 16, 2, 151_936, 32_768], true),
    ("qwen2.5-7b", [3584, 18_944, 28, 28, 4, 152_064, 32_768], false),
];

/// The fields of `config.json` by the names used after `random:FAMILY:`, in the order of [`NAMED`].
const FIELDS: [(&str, &str); 7] = [
    ("hidden", "hidden_size"),
    ("inter", "intermediate_size"),
    ("layers", "num_hidden_layers"),
    ("heads", "num_attention_heads"),
    ("kv", "num_key_value_heads"),
    ("vocab", "vocab_size"),
    ("positions", "max_position_embeddings"),
];

/// The shape that `specification`, prefix included, describes.
pub fn config(specification: &str) -> Result<ModelConfig, ModelError> {
    let refuse = |reason: String| ModelError::RandomModel { specification: specification.into(), reason };
    let name = specification.strip_prefix(PREFIX).unwrap_or(specification);
    let (base, changes) = match name.split_once(':') {
        Some((family, changes)) if family == FAMILY => ("peer", changes),
        Some((family, _)) => return Err(refuse(format!("there is no family `{family}`; `{FAMILY}` can be drawn"))),
        None if name == FAMILY => ("peer", ""),
        None => (name, ""),
    };
    let Some((_, sizes, tied)) = NAMED.iter().find(|(named, ..)| *named == base) else {
        let known: Vec<&str> = NAMED.iter().map(|(named, ..)| *named).collect();
        return Err(refuse(format!("there is no shape `{base}`; known: {}, {FAMILY}:KEY=VALUE,…", known.join(", "))));
    };
    let mut fields = common_fields(*tied);
    fields.extend(FIELDS.iter().zip(sizes).map(|((_, field), size)| ((*field).to_owned(), json!(size))));
    for change in changes.split(',').filter(|change| !change.is_empty()) {
        let (key, value) = change.split_once('=').ok_or_else(|| refuse(format!("`{change}` is not KEY=VALUE")))?;
        let (field, value) = field_of(key, value).map_err(refuse)?;
        fields.insert(field, value);
    }
    ModelConfig::parse(Value::Object(fields).to_string().as_bytes(), Path::new(specification))
}

/// The family whose shapes are drawn.
const FAMILY: &str = "qwen2";

fn common_fields(tied: bool) -> Map<String, Value> {
    let fields = json!({
        "architectures": ["Qwen2ForCausalLM"], "model_type": FAMILY, "hidden_act": "silu",
        "rms_norm_eps": 1e-6, "rope_theta": 1e6, "tie_word_embeddings": tied, "torch_dtype": "float32",
    });
    fields.as_object().cloned().unwrap_or_default()
}

/// The field of `config.json` and its value that `key=value` sets.
fn field_of(key: &str, value: &str) -> Result<(String, Value), String> {
    if key == "tied" {
        let tied: bool = value.parse().map_err(|_| format!("`tied` is true or false, got `{value}`"))?;
        return Ok(("tie_word_embeddings".into(), json!(tied)));
    }
    let Some((_, field)) = FIELDS.iter().find(|(known, _)| *known == key) else {
        let known: Vec<&str> = FIELDS.iter().map(|(known, _)| *known).chain(["tied"]).collect();
        return Err(format!("`{key}` is none of {}", known.join(", ")));
    };
    let size: i64 = value.parse().map_err(|_| format!("`{key}` is a whole number, got `{value}`"))?;
    Ok(((*field).into(), json!(size)))
}

/// Draws the weights of `config` on `device`: norms 1, biases 0, matrices normal with deviation 0.02.
///
/// The same seed gives the same weights on the same kind of device.
pub fn transformer(config: &ModelConfig, seed: u64, kind: Kind, device: Device) -> Result<Transformer, ModelError> {
    // libtorch's generator is one for the whole process; nothing else here draws from it.
    static GENERATOR: Mutex<()> = Mutex::new(());
    let _alone = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    let options = (kind, device);
    Transformer::assemble(config, |name, shape| {
        if shape.len() == 1 && name.ends_with("weight") {
            return Ok(Tensor::f_ones(shape, options)?);
        }
        let mut weight = Tensor::f_zeros(shape, options)?;
        if name.ends_with("weight") {
            let bits = TaskRng::new(seed, &format!("random/{name}"), Split::WarmStart, 0).bits();
            tch::manual_seed((bits >> 1) as i64);
            weight = weight.f_normal_(0.0, DEVIATION)?;
        }
        Ok(weight)
    })
}

/// A policy of random weights; its tokenizer is trained on `corpus` and has at most as many tokens as the shape has rows.
pub fn policy(
    specification: &str,
    corpus: &[String],
    seed: u64,
    kind: Kind,
    device: Device,
) -> Result<Policy, ModelError> {
    let config = config(specification)?;
    let tokenizer = Tokenizer::train(corpus, config.vocab_size as usize, &[])?;
    let (tokens, rows) = (tokenizer.vocabulary() as i64, config.vocab_size);
    if tokens > rows {
        return Err(ModelError::UnknownToken { id: tokens - 1, vocabulary: rows });
    }
    Ok(Policy { transformer: transformer(&config, seed, kind, device)?, tokenizer })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_have_the_published_number_of_weights() {
        let count = |name: &str| {
            let shape = config(name).unwrap();
            let (hidden, wide) = (shape.hidden_size, shape.intermediate_size);
            let pairs = shape.num_key_value_heads * shape.head_dim;
            let attention = 2 * hidden * hidden + 2 * hidden * pairs + hidden + 2 * pairs;
            let layer = attention + 3 * hidden * wide + 2 * hidden;
            let embeddings = if shape.tie_word_embeddings { 1 } else { 2 };
            embeddings * shape.vocab_size * hidden + shape.num_hidden_layers * layer + hidden
        };
        // Parameters of the published safetensors files.
        assert_eq!(count("random:qwen2.5-0.5b"), 494_032_768);
        assert_eq!(count("random:qwen2.5-1.5b"), 1_543_714_304);
        assert_eq!(count("random:qwen2.5-3b"), 3_085_938_688);
        assert_eq!(count("random:qwen2.5-7b"), 7_615_616_512);
    }

    #[test]
    fn a_shape_that_cannot_be_says_why() {
        let why = |specification: &str| config(specification).unwrap_err().to_string();
        assert!(why("random:qwen9").contains("there is no shape `qwen9`"));
        assert!(why("random:bert:hidden=8").contains("there is no family `bert`"));
        assert!(why("random:qwen2:hidden").contains("is not KEY=VALUE"));
        assert!(why("random:qwen2:hidden=x").contains("whole number"));
        assert!(why("random:qwen2:heads=7").contains("hidden_size"));
    }

    #[test]
    fn the_seed_decides_the_weights() {
        let shape = config("random:qwen2:hidden=8,layers=1,heads=2,inter=8,vocab=16,positions=32").unwrap();
        let weight = |seed: u64| {
            let (name, tensor) = transformer(&shape, seed, Kind::Float, Device::Cpu).unwrap().parameters().remove(0);
            assert_eq!(name, "model.embed_tokens.weight");
            tensor
        };
        assert_eq!(weight(1), weight(1));
        assert_ne!(weight(1), weight(2));
    }
}
