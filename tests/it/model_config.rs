//! `config.json`: what each family means by the fields it leaves out, and what is refused with the field's name.

use std::path::Path;

use serde_json::{Value, json};
use ssl4rl::model::{Biases, ModelConfig};

/// The smallest file of a family, with `changes` laid over it; `null` takes a field away.
fn parse(model_type: &str, changes: &Value) -> Result<ModelConfig, String> {
    let mut file = json!({
        "model_type": model_type, "vocab_size": 256, "hidden_size": 64, "intermediate_size": 96,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
    });
    for (field, value) in changes.as_object().unwrap() {
        file[field] = value.clone();
    }
    ModelConfig::parse(file.to_string().as_bytes(), Path::new("m/config.json")).map_err(|error| error.to_string())
}

#[test]
fn families_differ_in_what_they_take_by_default() {
    let nothing = json!({});
    let (qwen2, qwen3, llama) = (parse("qwen2", &nothing), parse("qwen3", &nothing), parse("llama", &nothing));
    let (qwen2, qwen3, llama) = (qwen2.unwrap(), qwen3.unwrap(), llama.unwrap());
    assert_eq!([qwen2.head_dim, qwen3.head_dim, llama.head_dim], [16, 128, 16]);
    assert_eq!([qwen2.query_key_norm, qwen3.query_key_norm, llama.query_key_norm], [false, true, false]);
    let biases = |query_key_value, output, feed_forward| Biases { query_key_value, output, feed_forward };
    assert_eq!(qwen2.biases, biases(true, false, false));
    assert_eq!(qwen3.biases, biases(false, false, false));
    assert_eq!(llama.biases, biases(false, false, false));
    assert_eq!([qwen2.eos_token_ids, qwen3.eos_token_ids, llama.eos_token_ids], [vec![], vec![], vec![2]]);

    let all = json!({"attention_bias": true, "mlp_bias": true});
    assert_eq!(parse("qwen2", &all).unwrap().biases, biases(true, false, false));
    assert_eq!(parse("qwen3", &all).unwrap().biases, biases(true, true, false));
    assert_eq!(parse("llama", &all).unwrap().biases, biases(true, true, true));
}

#[test]
fn end_tokens_are_a_number_or_a_list() {
    let ends = |value: Value| parse("llama", &json!({ "eos_token_id": value })).unwrap().eos_token_ids;
    assert_eq!(ends(json!(7)), [7]);
    assert_eq!(ends(json!([7, 8, 9])), [7, 8, 9]);
    assert_eq!(ends(Value::Null), [0_i64; 0]);
}

#[test]
fn rotary_settings_are_read_from_their_older_and_newer_place() {
    let scaling =
        json!({"factor": 8.0, "low_freq_factor": 1, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192});
    let with = |extra: Value| {
        let mut settings = scaling.clone();
        settings.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        settings
    };
    let older = json!({"rope_theta": 500_000, "rope_scaling": with(json!({"type": "llama3", "rope_type": "llama3"}))});
    let newer = json!({"rope_parameters": with(json!({"rope_type": "llama3", "rope_theta": 500_000.0}))});
    let (older, newer) = (parse("llama", &older).unwrap().rope, parse("llama", &newer).unwrap().rope);
    assert_eq!(older, newer);
    assert_eq!((older.theta, older.scaling.map(|scaling| scaling.factor)), (500_000.0, Some(8.0)));
    let plain = parse("qwen3", &json!({"rope_parameters": {"rope_type": "default", "rope_theta": 1e6}})).unwrap().rope;
    assert_eq!((plain.theta, plain.scaling), (1e6, None));
}

#[test]
fn what_would_be_computed_differently_is_refused_by_field() {
    let refusals = [
        ("gemma2", json!({}), "`model_type` `gemma2`; known are `qwen2`, `qwen3`, `llama`"),
        (
            "qwen2",
            json!({"architectures": ["Qwen2ForSequenceClassification"]}),
            "`architectures` must be `Qwen2ForCausalLM`",
        ),
        ("llama", json!({"hidden_act": "gelu"}), "`hidden_act` must be `silu`, got `gelu`"),
        (
            "qwen2",
            json!({"use_sliding_window": true, "sliding_window": 64, "max_window_layers": 1}),
            "`use_sliding_window`",
        ),
        ("qwen3", json!({"layer_types": ["full_attention", "sliding_attention"]}), "got `sliding_attention`"),
        (
            "qwen2",
            json!({"rope_scaling": {"type": "yarn", "factor": 4.0}}),
            "`rope_type` must be `default` or `llama3`, got `yarn`",
        ),
        ("qwen2", json!({"rope_scaling": {"type": "default", "mrope_section": [2]}}), "got `mrope_section`"),
        ("llama", json!({"rope_scaling": {"rope_type": "llama3", "factor": 8.0}}), "`low_freq_factor` must be given"),
        ("llama", json!({"rope_theta": 0}), "`rope_theta` must be a positive number, got 0"),
        ("llama", json!({"quantization_config": {"quant_method": "fp8"}}), "`quantization_config`"),
        ("llama", json!({"hidden_size": 66}), "`hidden_size` must be a multiple of num_attention_heads (4), got 66"),
        ("qwen2", json!({"num_attention_heads": 0}), "`num_attention_heads` must be between 1 and 16777216, got 0"),
        ("qwen3", json!({"head_dim": 15}), "`head_dim` must be even"),
        ("qwen3", json!({"num_key_value_heads": 3}), "`num_key_value_heads` must be a divisor"),
        ("qwen3", json!({"num_hidden_layers": 0}), "`num_hidden_layers` must be between 1"),
        ("qwen3", json!({"vocab_size": "many"}), "invalid type: string \"many\", expected i64 at line 1"),
    ];
    for (model_type, changes, expected) in refusals {
        let error = parse(model_type, &changes).unwrap_err();
        assert!(error.starts_with("m/config.json: ") && error.contains(expected), "{error}\nlacks {expected}");
    }
}

#[test]
fn a_file_that_names_no_family_is_told_which_there_are() {
    let error = ModelConfig::parse(b"{}", "m/config.json".as_ref()).unwrap_err().to_string();
    assert_eq!(error, "m/config.json: `model_type` must be one of `qwen2`, `qwen3`, `llama`, got nothing");
}

#[test]
fn fields_that_mean_nothing_here_are_written_back() {
    let config =
        parse("qwen2", &json!({"initializer_range": 0.02, "of_a_stranger": [1, {"a": null}], "dtype": "float32"}));
    let written = config.unwrap().to_json(tch::Kind::BFloat16);
    assert_eq!(written["of_a_stranger"], json!([1, {"a": null}]));
    assert_eq!(written["dtype"], "bfloat16");
    assert!(!written.contains_key("torch_dtype"));
}
