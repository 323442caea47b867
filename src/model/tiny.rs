//! `tiny`: the default policy, a Qwen2-shaped transformer of about a million weights, made on this machine from a seed.
//!
//! Its tokenizer is trained on the tasks' own text. Weights are drawn from the seeded streams, so that the same seed and
//! text give the same policy on every machine.

use tch::{Device, Kind, Tensor};

use super::{ModelConfig, ModelError, Policy, Tokenizer, Transformer};
use crate::config::PolicyConfig;
use crate::tasks::{Split, TaskRng};

/// Longest sequence of the policy made here, in tokens.
const MAX_POSITIONS: i64 = 2048;

/// What a head adds to the residual stream at first, relative to what it looks at.
const OUTPUT_GAIN: f64 = 0.5;

/// Makes a policy whose tokenizer is trained on `corpus`.
pub fn make(settings: &PolicyConfig, corpus: &[String], seed: u64, device: Device) -> Result<Policy, ModelError> {
    let tokenizer = Tokenizer::train(corpus, settings.vocabulary)?;
    let config = ModelConfig {
        architectures: vec!["Qwen2ForCausalLM".into()],
        model_type: "qwen2".into(),
        vocab_size: tokenizer.vocabulary() as i64,
        hidden_size: settings.hidden_size,
        intermediate_size: settings.intermediate_size,
        num_hidden_layers: settings.layers,
        num_attention_heads: settings.heads,
        num_key_value_heads: settings.key_value_heads,
        max_position_embeddings: MAX_POSITIONS,
        rms_norm_eps: 1e-6,
        rope_theta: 10_000.0,
        tie_word_embeddings: true,
        hidden_act: "silu".into(),
        bos_token_id: None,
        eos_token_id: Some(tokenizer.end_of_turn()),
        torch_dtype: "float32".into(),
    };
    let transformer = Transformer::assemble(&config, |name, shape| {
        initial_weight(name, shape, &config, seed).map(|tensor| tensor.to_device(device))
    })?;
    Ok(Policy { transformer, tokenizer })
}

/// Norms are 1 and biases 0; matrices are normal with variance 1 / inputs, those that write to the residual stream
/// smaller by the root of the number of such writes (GPT-2). Two choices make copying from the context, which answering
/// is mostly made of, a matter of a hundred steps instead of thousands:
///
/// - The embedding is also the output head, and every step of Adam moves all its rows. Rows of unit variance keep telling
///   tokens apart while that happens; the final norm starts at `1 / sqrt(hidden)`, so the first logits are of order one.
/// - The output projection starts as the transpose of the value projection. A head then adds the embeddings of the tokens
///   it looks at, up to a random projection, and learning only has to find out where to look.
fn initial_weight(name: &str, shape: &[i64], config: &ModelConfig, seed: u64) -> Result<Tensor, ModelError> {
    let options = (Kind::Float, Device::Cpu);
    let hidden = config.hidden_size;
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
        let (heads, pairs, width) = (config.num_attention_heads, config.num_key_value_heads, config.head_dim());
        let values = normal(&format!("{attention}v_proj.weight"), &[pairs * width, hidden], hidden, seed)?;
        let per_head =
            values.f_view([pairs, 1, width, hidden])?.f_expand([pairs, heads / pairs, width, hidden], false)?;
        return Ok(per_head.f_reshape([heads * width, hidden])?.f_tr()?.f_contiguous()? * OUTPUT_GAIN);
    }
    let inputs = match name.rsplit('.').nth(1) {
        Some("embed_tokens" | "q_proj" | "k_proj") if shape.len() == 1 || name.contains("embed") => 1,
        Some("down_proj") => config.intermediate_size * 2 * config.num_hidden_layers,
        _ => hidden,
    };
    normal(name, shape, inputs, seed)
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
