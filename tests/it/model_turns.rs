//! What a policy is asked and when it stops: chat templates, stop tokens, and the files they come from.
//!
//! The templates use the constructs of published ones, each family's in turn; what they must give is written out by hand.
//! `make parity` compares the same templates with `transformers`.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};
use ssl4rl::model::{ModelConfig, ModelError, Policy, Tokenizer, Transformer, checkpoint};
use tch::{Device, Kind, Tensor};
use tempfile::TempDir;

/// A system turn of the template's own where none is given.
const SYSTEM_FIRST: &str = include_str!("../parity/templates/qwen2.jinja");
/// A switch for thinking.
const THINKING: &str = include_str!("../parity/templates/qwen3.jinja");
/// Headers, the first token of the text, a date.
const HEADERS: &str = include_str!("../parity/templates/llama.jinja");

/// A folder with a tokenizer of single letters and the markers `special`, and `settings` in `tokenizer_config.json`.
fn folder(special: &[&str], settings: &Value) -> TempDir {
    let letters = ('\u{20}'..'\u{7f}').chain(['\n']).map(String::from);
    let vocabulary: Map<String, Value> =
        letters.chain(["<unk>".into()]).enumerate().map(|(id, token)| (token, json!(id))).collect();
    let first = vocabulary.len();
    let added: Vec<Value> = special
        .iter()
        .enumerate()
        .map(|(index, content)| {
            json!({"id": first + index, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
                   "normalized": false, "special": true})
        })
        .collect();
    let tokenizer = json!({
        "version": "1.0", "added_tokens": added, "normalizer": null, "post_processor": null, "decoder": {"type": "Fuse"},
        "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "[\\s\\S]"}, "behavior": "Isolated", "invert": false},
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "<unk>"},
    });
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
    fs::write(folder.path().join("tokenizer_config.json"), settings.to_string()).unwrap();
    folder
}

fn load(folder: &Path, stop_tokens: &[i64]) -> Tokenizer {
    Tokenizer::load(folder, stop_tokens).unwrap()
}

fn id_of(tokenizer: &Tokenizer, token: &str) -> i64 {
    let ids = tokenizer.encode(token).unwrap();
    assert_eq!(ids.len(), 1, "{token}");
    ids[0]
}

const QWEN: [&str; 3] = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];
const LLAMA: [&str; 5] = ["<|begin|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|end_of_text|>"];

#[test]
fn a_system_turn_of_the_templates_own_comes_first() {
    let folder = folder(&QWEN, &json!({"chat_template": SYSTEM_FIRST}));
    let tokenizer = load(folder.path(), &[]);
    let expected =
        "<|im_start|>system\nYou help.<|im_end|>\n<|im_start|>user\n Why? <|im_end|>\n<|im_start|>assistant\n";
    assert_eq!(tokenizer.wrap_prompt(" Why? ").unwrap(), expected);
    assert_eq!(tokenizer.encode_prompt(" Why? ").unwrap(), tokenizer.encode(expected).unwrap());
}

#[test]
fn a_variable_switches_thinking_off_and_is_saved_with_the_policy() {
    let folder = folder(&QWEN, &json!({"chat_template": [{"name": "default", "template": THINKING}]}));
    let mut tokenizer = load(folder.path(), &[]);
    let plain = "<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n";
    assert_eq!(tokenizer.wrap_prompt("Why?").unwrap(), plain);
    tokenizer.set_template_variables(json!({"enable_thinking": false}).as_object().unwrap());
    let without = format!("{plain}<think>\n\n</think>\n\n");
    assert_eq!(tokenizer.wrap_prompt("Why?").unwrap(), without);
    let saved = tempfile::tempdir().unwrap();
    tokenizer.save(saved.path()).unwrap();
    assert_eq!(load(saved.path(), &[]).wrap_prompt("Why?").unwrap(), without);
}

#[test]
fn a_template_file_goes_before_the_settings_and_has_a_fixed_date() {
    let settings = json!({"chat_template": SYSTEM_FIRST, "bos_token": {"content": "<|begin|>", "special": true}});
    let folder = folder(&LLAMA, &settings);
    fs::write(folder.path().join("chat_template.jinja"), HEADERS).unwrap();
    let mut tokenizer = load(folder.path(), &[]);
    let expected = |date: &str| {
        format!(
            "<|begin|><|start_header_id|>system<|end_header_id|>\n\nToday Date: {date}\n\n<|eot_id|>\
             <|start_header_id|>user<|end_header_id|>\n\nWhy?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
        )
    };
    assert_eq!(tokenizer.wrap_prompt(" Why? ").unwrap(), expected("26 Jul 2024"));
    tokenizer.set_template_variables(json!({"date_string": "1 Jan 2030"}).as_object().unwrap());
    assert_eq!(tokenizer.wrap_prompt("Why?").unwrap(), expected("1 Jan 2030"));
}

#[test]
fn every_end_stops_a_completion_and_the_turns_own_end_closes_one() {
    let folder = folder(&LLAMA, &json!({"chat_template": HEADERS, "bos_token": "<|begin|>"}));
    let tokenizer = load(folder.path(), &[]);
    let (turn, text) = (id_of(&tokenizer, "<|eot_id|>"), id_of(&tokenizer, "<|end_of_text|>"));
    assert_eq!((tokenizer.end_of_turn(), tokenizer.stop_tokens()), (Some(turn), [turn].as_slice()));
    let tokenizer = load(folder.path(), &[text, 7, text]);
    assert_eq!(tokenizer.stop_tokens(), [text, 7, turn]);
    assert_eq!(tokenizer.encode_completion("a").unwrap(), [id_of(&tokenizer, "a"), turn]);
}

#[test]
fn a_model_without_a_template_takes_plain_turns_where_it_knows_the_markers() {
    let with_markers = folder(&QWEN, &json!({}));
    let tokenizer = load(with_markers.path(), &[]);
    assert_eq!(tokenizer.wrap_prompt("Why?").unwrap(), "<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n");
    assert_eq!(tokenizer.end_of_turn(), Some(id_of(&tokenizer, "<|im_end|>")));

    let without = folder(&["<|end_of_text|>"], &json!({}));
    let tokenizer = load(without.path(), &[3]);
    assert_eq!((tokenizer.end_of_turn(), tokenizer.stop_tokens()), (None, [3].as_slice()));
    assert_eq!(tokenizer.encode_completion("a").unwrap(), [id_of(&tokenizer, "a"), 3]);
    let refusal = tokenizer.encode_prompt("Why?").unwrap_err();
    assert!(matches!(refusal, ModelError::NoChatTemplate { .. }), "{refusal}");
    assert!(refusal.to_string().contains("hint: take the instruct variant"), "{refusal}");
}

#[test]
fn a_template_that_does_not_parse_or_refuses_is_told_with_its_file() {
    let broken = folder(&QWEN, &json!({"chat_template": "{% if %}"}));
    let error = Tokenizer::load(broken.path(), &[]).unwrap_err().to_string();
    assert!(error.contains("tokenizer_config.json: chat template: syntax error"), "{error}");
    let refusing = folder(&QWEN, &json!({"chat_template": "{{ raise_exception('only systems speak') }}"}));
    let error = load(refusing.path(), &[]).encode_prompt("Why?").unwrap_err().to_string();
    assert!(error.contains("only systems speak"), "{error}");
}

#[test]
fn the_files_of_the_tokenizer_are_written_back_as_they_came() {
    let folder = folder(&QWEN, &json!({"chat_template": THINKING, "of_a_stranger": 1}));
    fs::write(folder.path().join("generation_config.json"), "{\"eos_token_id\": [1, 2], \"temperature\": 0.6}")
        .unwrap();
    let saved = tempfile::tempdir().unwrap();
    load(folder.path(), &[1]).save(saved.path()).unwrap();
    for name in ["tokenizer.json", "tokenizer_config.json", "generation_config.json"] {
        let read = |place: &TempDir| fs::read(place.path().join(name)).unwrap();
        assert_eq!(read(&folder), read(&saved), "{name}");
    }
}

#[test]
fn a_text_that_stands_alone_begins_as_its_tokenizer_says_and_a_turn_as_its_template_does() {
    let folder = folder(&LLAMA, &json!({"chat_template": HEADERS, "bos_token": "<|begin|>"}));
    let path = folder.path().join("tokenizer.json");
    let mut tokenizer: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let first = id_of(&load(folder.path(), &[]), "<|begin|>");
    tokenizer["post_processor"] = json!({
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<|begin|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<|begin|>": {"id": "<|begin|>", "ids": [first], "tokens": ["<|begin|>"]}},
    });
    fs::write(&path, tokenizer.to_string()).unwrap();
    let tokenizer = load(folder.path(), &[]);
    let letter = id_of(&tokenizer, "a");
    assert_eq!(tokenizer.encode_document("a").unwrap(), [first, letter]);
    let turn = tokenizer.encode_prompt("a").unwrap();
    assert_eq!((turn[0], turn.iter().filter(|&&id| id == first).count()), (first, 1));
}

#[test]
fn without_a_tokenizer_there_is_no_text() {
    let absent = Tokenizer::absent(&[5]);
    assert_eq!((absent.stop_tokens(), absent.vocabulary()), ([5].as_slice(), 0));
    assert!(matches!(absent.encode("a"), Err(ModelError::NoTokenizer)));
    assert!(matches!(absent.encode_prompt("a"), Err(ModelError::NoTokenizer)));
    assert!(matches!(absent.decode(&[1]), Err(ModelError::NoTokenizer)));
    let folder = tempfile::tempdir().unwrap();
    let refusal = Tokenizer::load(folder.path(), &[5]).unwrap_err();
    assert!(matches!(&refusal, ModelError::NoTokenizerFile { path } if path.ends_with("tokenizer.json")), "{refusal}");
}

#[test]
fn a_token_beyond_the_embedding_is_refused_and_rows_to_spare_are_not() {
    let turns = folder(&QWEN, &json!({}));
    let tokens = load(turns.path(), &[]).vocabulary();
    for (rows, refused) in [(tokens + 5, false), (tokens, false), (tokens - 1, true)] {
        let file = json!({
            "model_type": "llama", "vocab_size": rows, "hidden_size": 4, "intermediate_size": 4, "num_hidden_layers": 1,
            "num_attention_heads": 1, "num_key_value_heads": 1, "eos_token_id": 3,
        });
        let config = ModelConfig::parse(file.to_string().as_bytes(), Path::new("config.json")).unwrap();
        let zeros = |_: &str, shape: &[i64]| Ok::<_, ModelError>(Tensor::zeros(shape, (Kind::Float, Device::Cpu)));
        let transformer = Transformer::assemble(&config, zeros).unwrap();
        let saved = tempfile::tempdir().unwrap();
        checkpoint::save(&Policy { transformer, tokenizer: load(turns.path(), &[]) }, saved.path()).unwrap();
        match checkpoint::load(saved.path(), Device::Cpu) {
            Ok(policy) => {
                assert!(!refused, "{rows} rows");
                // Every file has its say: the one for generation, the configuration, the turns.
                assert_eq!(policy.tokenizer.stop_tokens(), [policy.tokenizer.end_of_turn().unwrap(), 3]);
            }
            Err(error) => {
                let expected = format!("a token of id {}, but the embedding of {rows} rows ends before it", tokens - 1);
                assert!(refused && error.to_string().contains(&expected), "{error}");
            }
        }
    }
}
