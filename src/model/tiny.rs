//! `tiny`: the default policy, a Qwen2-shaped transformer of about half a million weights, made on this machine from a seed.
//!
//! Its tokenizer is trained on the tasks' own text. Weights are drawn from the seeded streams, so that the same seed and
//! text give the same policy on every machine.

use std::path::Path;

use tch::{Device, Kind, Tensor};

use super::media::{self, MediaFamily};
use super::{ModelConfig, ModelError, Policy, Tokenizer, Transformer};
use crate::config::PolicyConfig;
use crate::tasks::{Split, TaskRng};

/// Longest sequence of the policy made here, in tokens.
/// Longest context, in tokens.
pub const MAX_POSITIONS: i64 = 2048;

/// What a head adds to the residual stream at first, relative to what it looks at.
const OUTPUT_GAIN: f64 = 0.5;

/// Heads of the first layer that begin by looking a fixed number of tokens back.
const LOOKING_BACK: i64 = 2;

/// Makes a policy whose tokenizer is trained on `corpus`.
pub fn make(
    settings: &PolicyConfig,
    corpus: &[String],
    seed: u64,
    kind: Kind,
    device: Device,
) -> Result<Policy, ModelError> {
    let media = media::family_of_tiny(&settings.model);
    let further = media.map_or(&[][..], |family| family.tiny().special_tokens);
    let mut tokenizer = Tokenizer::train(corpus, settings.vocabulary, further)?;
    let config = config(settings, &tokenizer, media)?;
    tokenizer.fit(&config)?;
    let transformer = Transformer::assemble(&config, |name, shape| {
        initial_weight(name, shape, &config, seed).map(|tensor| tensor.to_kind(kind).to_device(device))
    })?;
    Ok(Policy { transformer, tokenizer })
}

/// The shape that `settings` ask for, known before there is a tokenizer: the text part, with as many tokens as there may be.
pub fn shape(settings: &PolicyConfig) -> Result<ModelConfig, ModelError> {
    let file = text_config(settings, settings.vocabulary as i64);
    ModelConfig::parse(file.to_string().as_bytes(), Path::new("[policy]"))
}

/// The part of the `config.json` of the policy that the text asks for.
fn text_config(settings: &PolicyConfig, vocabulary: i64) -> serde_json::Value {
    serde_json::json!({
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "vocab_size": vocabulary,
        "hidden_size": settings.hidden_size,
        "intermediate_size": settings.intermediate_size,
        "num_hidden_layers": settings.layers,
        "num_attention_heads": settings.heads,
        "num_key_value_heads": settings.key_value_heads,
        "max_position_embeddings": MAX_POSITIONS,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10_000.0,
        "tie_word_embeddings": true,
        "hidden_act": "silu",
        "torch_dtype": "float32",
    })
}

/// The `config.json` of the policy.
fn config(
    settings: &PolicyConfig,
    tokenizer: &Tokenizer,
    media: Option<&dyn MediaFamily>,
) -> Result<ModelConfig, ModelError> {
    let mut file = text_config(settings, tokenizer.vocabulary() as i64);
    file["eos_token_id"] = tokenizer.end_of_turn().into();
    if let (Some(family), Some(fields)) = (media, file.as_object_mut()) {
        let tiny = family.tiny();
        let tokens: Vec<i64> = tiny.special_tokens.iter().filter_map(|token| tokenizer.token(token)).collect();
        fields.insert("architectures".into(), vec![family.architecture()].into());
        fields.insert("model_type".into(), family.model_type().into());
        fields.extend((tiny.config)(settings.hidden_size, settings.hidden_size / settings.heads, &tokens));
    }
    ModelConfig::parse(file.to_string().as_bytes(), Path::new("[policy]"))
}

/// Norms are 1; matrices are normal with variance 1 / inputs, those that write to the residual stream smaller by the root
/// of the number of such writes (GPT-2). Three choices make copying from the context, which answering is mostly made of, a
/// matter of a hundred steps instead of thousands:
///
/// - The embedding is also the output head, and every step of Adam moves all its rows. Rows of unit variance keep telling
///   tokens apart while that happens; the final norm starts at `1 / sqrt(hidden)`, so the first logits are of order one.
/// - The output projection starts as the transpose of the value projection. A head then adds the embeddings of the tokens
///   it looks at, up to a random projection, and learning only has to find out where to look.
/// - Heads begin with somewhere to look, see [`attention_weight`].
fn initial_weight(name: &str, shape: &[i64], config: &ModelConfig, seed: u64) -> Result<Tensor, ModelError> {
    let options = (Kind::Float, Device::Cpu);
    let hidden = config.hidden_size;
    if !name.starts_with("model.") {
        return initial_encoder_weight(name, shape, seed);
    }
    if name == "model.norm.weight" {
        return Ok(Tensor::full(shape, 1.0 / (hidden as f64).sqrt(), options));
    }
    if name.ends_with("norm.weight") {
        return Ok(Tensor::ones(shape, options));
    }
    if name.ends_with("v_proj.bias") {
        return Ok(Tensor::zeros(shape, options));
    }
    if let Some(attention) = name.strip_suffix("o_proj.weight") {
        let values = normal(&format!("{attention}v_proj.weight"), &[pairs_width(config), hidden], hidden, seed)?;
        return Ok(per_query_head(&values, config)?.f_tr()?.f_contiguous()? * OUTPUT_GAIN);
    }
    if name.contains(".q_proj.") || name.contains(".k_proj.") {
        return attention_weight(name, config, seed);
    }
    let inputs = match name.rsplit('.').nth(1) {
        Some("embed_tokens") => 1,
        Some("down_proj") => config.intermediate_size * 2 * config.num_hidden_layers,
        _ => hidden,
    };
    normal(name, shape, inputs, seed)
}

/// A weight of the encoder of media: norms are 1, biases 0, matrices normal with variance 1 / inputs.
fn initial_encoder_weight(name: &str, shape: &[i64], seed: u64) -> Result<Tensor, ModelError> {
    let options = (Kind::Float, Device::Cpu);
    match shape {
        [_] if name.ends_with("bias") => Ok(Tensor::f_zeros(shape, options)?),
        [_] => Ok(Tensor::f_ones(shape, options)?),
        [_, inputs @ ..] => normal(name, shape, inputs.iter().product(), seed),
        [] => Ok(Tensor::f_zeros(shape, options)?),
    }
}

/// Weight or bias of a query or key projection.
///
/// Half of the variance of queries and keys is common to both, so that a token looks at tokens like itself (mimetic
/// initialization, Trockman & Kolter 2023). In the first layer the biases of the first heads turn so that they meet in the
/// token one place back, two places back: a later layer can then find what followed an earlier occurrence.
fn attention_weight(name: &str, config: &ModelConfig, seed: u64) -> Result<Tensor, ModelError> {
    let common_name = name.replace(".q_proj.", ".qk_proj.").replace(".k_proj.", ".qk_proj.");
    let queries = name.contains(".q_proj.");
    let (inputs, shape) = if name.ends_with("weight") {
        (config.hidden_size, vec![pairs_width(config), config.hidden_size])
    } else {
        (1, vec![pairs_width(config)])
    };
    let (own, common) = (normal(name, &shape, inputs, seed)?, normal(&common_name, &shape, inputs, seed)?);
    let heads = (own + common) * std::f64::consts::FRAC_1_SQRT_2;
    if name.starts_with("model.layers.0.") && name.ends_with("bias") {
        for distance in 1..=LOOKING_BACK.min(config.num_key_value_heads) {
            let bias = bias_looking_back(if queries { 0 } else { distance }, config);
            heads.f_narrow(0, (distance - 1) * config.head_dim, config.head_dim)?.f_copy_(&bias)?;
        }
    }
    if queries { per_query_head(&heads, config) } else { Ok(heads) }
}

/// A key's bias that meets the query's, which is the one for 0, `distance` tokens later: rotary embedding turns plane `i` by
/// `theta^(-2i / head_dim)` a token. Only the fast planes tell neighbouring tokens apart.
fn bias_looking_back(distance: i64, config: &ModelConfig) -> Tensor {
    const FAST_PLANES: i64 = 6;
    const LENGTH: f64 = 3.0;
    let planes = config.head_dim / 2;
    let mut bias = vec![0_f32; 2 * planes as usize];
    for plane in 0..FAST_PLANES.min(planes) {
        let angle = distance as f64 * config.rope.theta.powf(-plane as f64 / planes as f64);
        bias[plane as usize] = (LENGTH * angle.cos()) as f32;
        bias[(planes + plane) as usize] = (LENGTH * angle.sin()) as f32;
    }
    Tensor::from_slice(&bias)
}

/// Width of all key heads together.
fn pairs_width(config: &ModelConfig) -> i64 {
    config.num_key_value_heads * config.head_dim
}

/// What is given for every key head, `[key heads * head_dim, ..]`, for every query head.
fn per_query_head(pairs: &Tensor, config: &ModelConfig) -> Result<Tensor, ModelError> {
    let (heads, key_heads) = (config.num_attention_heads, config.num_key_value_heads);
    let grouped = pairs.f_view([key_heads, 1, config.head_dim, -1])?;
    let repeated = grouped.f_repeat([1, heads / key_heads, 1, 1])?;
    let rows = heads * config.head_dim;
    Ok(if pairs.dim() == 1 { repeated.f_reshape([rows])? } else { repeated.f_reshape([rows, -1])? })
}

/// Independent normal values of variance `1 / inputs`, a function of `name` and `seed`.
fn normal(name: &str, shape: &[i64], inputs: i64, seed: u64) -> Result<Tensor, ModelError> {
    let deviation = 1.0 / (inputs as f64).sqrt();
    let mut rng = TaskRng::new(seed, &format!("tiny/{name}"), Split::WarmStart, 0);
    let count = shape.iter().product::<i64>() as usize;
    let values: Vec<f32> = (0..count).map(|_| (standard_normal(&mut rng) * deviation) as f32).collect();
    Ok(Tensor::f_from_slice(&values)?.f_view(shape)?)
}

/// One standard normal number (Box-Muller).
fn standard_normal(rng: &mut TaskRng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.unit()).cos()
}
