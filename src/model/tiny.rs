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
/// smaller by the root of the number of such writes (GPT-2).
fn initial_weight(name: &str, shape: &[i64], config: &ModelConfig, seed: u64) -> Result<Tensor, ModelError> {
    let options = (Kind::Float, Device::Cpu);
    if name.ends_with("norm.weight") {
        return Ok(Tensor::ones(shape, options));
    }
    if name.ends_with(".bias") {
        return Ok(Tensor::zeros(shape, options));
    }
    let inputs = shape.last().copied().unwrap_or(1) as f64;
    let writes = (2 * config.num_hidden_layers) as f64;
    let scale =
        if name.contains("o_proj") || name.contains("down_proj") { (inputs * writes).sqrt() } else { inputs.sqrt() };
    let mut rng = TaskRng::new(seed, &format!("tiny/{name}"), Split::WarmStart, 0);
    let count = shape.iter().product::<i64>() as usize;
    let values: Vec<f32> = (0..count).map(|_| (standard_normal(&mut rng) / scale) as f32).collect();
    Ok(Tensor::f_from_slice(&values)?.f_view(shape)?)
}

/// One standard normal number (Box-Muller).
fn standard_normal(rng: &mut TaskRng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.unit()).cos()
}
