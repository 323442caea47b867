//! `ssl4rl generate`: what a checkpoint says, as text and as JSON, and how a bad invocation reads.

use std::process::{Command, Output};

use serde_json::Value;
use ssl4rl::config::PolicyConfig;
use ssl4rl::model::{checkpoint, tiny};
use tch::{Device, Kind, Tensor};

use crate::model::reference_folder;

fn generate(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ssl4rl"));
    command.env("COLUMNS", "100").env("HF_HUB_CACHE", "/nowhere/hub").env("HF_HUB_OFFLINE", "1");
    command.arg("generate").args(arguments).output().unwrap()
}

/// Exit code, stdout and stderr as one text.
fn told(output: &Output) -> String {
    format!(
        "code: {}\n-- stdout\n{}-- stderr\n{}",
        output.status.code().map_or("none".into(), |code| code.to_string()),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn json(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", told(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn ids_alone_need_no_tokenizer_and_give_the_reference_continuation() {
    for name in ["qwen2-tiny", "qwen3-tiny", "llama-tiny"] {
        let Some(folder) = reference_folder(name) else { return };
        let expected = Tensor::read_safetensors(folder.join("expected.safetensors")).unwrap();
        let tensor = |wanted: &str| expected.iter().find(|(name, _)| name == wanted).unwrap().1.get(0);
        let prompt: Vec<i64> = Vec::try_from(tensor("input_ids")).unwrap();
        let wanted: Vec<i64> = Vec::try_from(tensor("greedy_tokens")).unwrap();
        let ids = prompt.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let model = folder.to_str().unwrap();
        let said = json(&generate(&["--model", model, "--ids", &ids, "--max-new-tokens", "8", "--json"]));
        let names: Vec<&str> = said.as_object().unwrap().keys().map(String::as_str).collect();
        let all = ["prompt_ids", "prompt_logprobs", "completion_ids", "completion_logprobs", "text", "truncated"];
        assert_eq!(names, all, "{name}");
        assert_eq!((&said["prompt_ids"], &said["text"]), (&serde_json::json!(prompt), &Value::Null), "{name}");
        // The reference does not stop at the end token, 2; ours does.
        let stop = wanted.iter().position(|&id| id == 2).map_or(wanted.len(), |place| place + 1);
        assert_eq!(said["completion_ids"], serde_json::json!(wanted[..stop]), "{name}");
        let logits = tensor("logits").log_softmax(-1, tch::Kind::Float);
        assert_eq!(said["prompt_logprobs"][0], Value::Null, "{name}");
        for (position, &id) in prompt.iter().enumerate().skip(1) {
            let reference = logits.double_value(&[position as i64 - 1, id]);
            let ours = said["prompt_logprobs"][position].as_f64().unwrap();
            assert!((ours - reference).abs() < 1e-4, "{name}, position {position}: {ours} {reference}");
        }
        let first = logits.double_value(&[prompt.len() as i64 - 1, wanted[0]]);
        assert!((said["completion_logprobs"][0].as_f64().unwrap() - first).abs() < 1e-4, "{name}");
    }
}

#[test]
fn a_prompt_is_wrapped_into_a_turn_unless_it_is_raw() {
    let settings = PolicyConfig { hidden_size: 32, layers: 1, heads: 2, key_value_heads: 1, ..PolicyConfig::default() };
    let texts: Vec<String> = (0..40).map(|number| format!("Which node is w{number}?")).collect();
    let policy = tiny::make(&settings, &texts, 3, Kind::Float, Device::Cpu).unwrap();
    let folder = tempfile::tempdir().unwrap();
    checkpoint::save(&policy, folder.path()).unwrap();
    let model = folder.path().to_str().unwrap();
    let common = ["--model", model, "--prompt", "Which node?", "--max-new-tokens", "5", "--json"];
    let wrapped = json(&generate(&common));
    assert_eq!(wrapped["prompt_ids"], serde_json::json!(policy.tokenizer.encode_prompt("Which node?").unwrap()));
    let raw = json(&generate(&[&common[..], &["--raw"]].concat()));
    assert_eq!(raw["prompt_ids"], serde_json::json!(policy.tokenizer.encode("Which node?").unwrap()));
    let ids: Vec<i64> = serde_json::from_value(raw["completion_ids"].clone()).unwrap();
    assert_eq!(raw["text"], policy.tokenizer.decode(&ids).unwrap());

    let drawn = |seed: &str| json(&generate(&[&common[..], &["--temperature", "1", "--seed", seed]].concat()));
    assert_eq!(drawn("1"), drawn("1"));
    assert_ne!(drawn("1")["completion_ids"], drawn("2")["completion_ids"]);
}

#[test]
fn a_bad_invocation_says_what_to_do() {
    insta::assert_snapshot!(told(&generate(&["--model", "tests/nothing here", "--ids", "1"])), @r"
    code: 2
    -- stdout
    -- stderr
    error: there is no folder `tests/nothing here`

    hint: give a folder with config.json, weights and tokenizer.json, or a model's name on the hub, `owner/name`, such as `Qwen/Qwen2.5-0.5B-Instruct`
    ");
    insta::assert_snapshot!(told(&generate(&["--model", "owner/model", "--ids", "1"])), @r"
    code: 2
    -- stdout
    -- stderr
    error: the network must not be used, and the cache has no whole copy of `owner/model`
    wanted: config.json, tokenizer.json, model.safetensors (or model.safetensors.index.json and the shards it names)

    hint: put these files into `/nowhere/hub/models--owner--model/snapshots/COMMIT`, or into any folder and name that with `--model`
    ");
    insta::assert_snapshot!(told(&generate(&["--model", "x", "--ids", "1", "--temperature=-1"])), @r"
    code: 2
    -- stdout
    -- stderr
    error: `--temperature` must be a finite number, at least 0, got -1
    ");
    let nothing_to_continue = told(&generate(&["--model", "x"]));
    assert!(nothing_to_continue.starts_with("code: 2\n"), "{nothing_to_continue}");
    assert!(nothing_to_continue.contains("--prompt <TEXT>"), "{nothing_to_continue}");
}

#[test]
fn an_id_outside_the_vocabulary_is_refused() {
    let Some(folder) = reference_folder("llama-tiny") else { return };
    let output = generate(&["--model", folder.to_str().unwrap(), "--ids", "3,256"]);
    insta::assert_snapshot!(told(&output), @r"
    code: 2
    -- stdout
    -- stderr
    error: token id 256 is outside the vocabulary of 256
    ");
}
