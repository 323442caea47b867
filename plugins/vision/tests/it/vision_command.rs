//! `ssl4rl vision` from end to end, as short as a run can be.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use ssl4rl::report::RunFolder;
use ssl4rl_vision::source::{AlbumOptions, open_with};
use tch::Tensor;

use crate::benchmarks::files::BlinkRow;
use crate::benchmarks::{blink_rows, files};

/// Settings that make a run a matter of seconds.
const SHORT: [&str; 7] = [
    "rollout.prompts=2",
    "rollout.group_size=2",
    "warm_start.max_batches=1",
    "warm_start.batch_size=4",
    "eval.samples=4",
    "policy.tokenizer_samples=64",
    "eval.bench_max_new_tokens=4",
];

fn vision(cache: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ssl4rl-vision"));
    command.env("SSL4RL_CACHE", cache).arg("vision").args(arguments);
    for setting in SHORT {
        command.args(["--set", setting]);
    }
    command.args(["--steps", "1", "--threads", "1", "--json"]).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_benchmark_is_sat_before_and_after_training_on_its_images() {
    let folder = tempfile::tempdir().unwrap();
    let (bench, run) = (folder.path().join("blink"), folder.path().join("run"));
    fs::create_dir(&bench).unwrap();
    files::blink(&bench.join("val-00000-of-00001.parquet"), &blink_rows());
    let [bench, out] = [&bench, &run].map(|path| path.to_str().unwrap());
    let ended = vision(folder.path(), &["--bench", "blink", "--bench-dir", bench, "--out", out]);
    assert!(ended.status.success(), "{}", text(&ended.stderr));
    let result: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert!(result["results"].to_string().contains("vision/rotation"));
    let exams: Vec<(i64, i64)> = result["exams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|exam| (exam["step"].as_i64().unwrap(), exam["exam"]["rows"][0]["questions"].as_i64().unwrap()))
        .collect();
    assert_eq!(exams, [(0, 28), (1, 28)]);
    let log = fs::read_to_string(run.join("eval.jsonl")).unwrap();
    let records: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sat: Vec<(i64, i64)> = records
        .iter()
        .filter(|record| record["benchmark"].is_object())
        .map(|record| (record["step"].as_i64().unwrap(), record["benchmark"]["rows"][0]["questions"].as_i64().unwrap()))
        .collect();
    assert_eq!(sat, [(0, 28), (1, 28)]);

    let recorded = fs::read_to_string(run.join("config.toml")).unwrap();
    assert!(recorded.contains("[provenance.dataset_sha256]\nblink = \""), "{recorded}");
    let rollouts = RunFolder::open(&run).unwrap().rollouts(1).unwrap();
    for record in &rollouts {
        let [medium] = record.media.as_slice() else { panic!("{:?}", record.media) };
        assert_eq!((medium.mime.as_str(), medium.blake3.len()), ("image/png", 64));
        assert!(medium.source.as_ref().unwrap().contains(" image "), "{medium:?}");
    }
    assert_eq!(rollouts.len(), 4);
    let prompts: Value = serde_json::from_slice(&fs::read(run.join("prompts.json")).unwrap()).unwrap();
    assert_eq!((prompts["seen"].as_u64(), prompts["over"].as_array().map(Vec::len)), (Some(64), Some(0)));
    assert!(prompts["media_tokens"].as_u64() > Some(0));

    // The same exam, put again to the checkpoint: by its run, which records it, and by its folder alone.
    let checkpoint = run.join("checkpoints/step-1");
    let recorded = |step: i64| records.iter().rfind(|record| record["benchmark"].is_object() && record["step"] == step);
    let scores = &recorded(1).unwrap()["benchmark"]["rows"];
    for policy in [["--run", out], ["--model", checkpoint.to_str().unwrap()]] {
        // A run has its threads and its longest reply among its settings.
        let threads: &[&str] = if policy[0] == "--run" { &[] } else { &["--max-new-tokens", "4", "--threads", "1"] };
        let arguments = [&policy[..], &["--bench", "blink", "--bench-dir", bench, "--json"], threads].concat();
        let again = eval(folder.path(), &arguments);
        assert!(again.status.success(), "{}", text(&again.stderr));
        let outcome: Value = serde_json::from_slice(&again.stdout).unwrap();
        assert_eq!((&outcome["rows"], &outcome["dataset"]), (scores, &Value::from(bench)));
    }
    let log = fs::read_to_string(run.join("eval.jsonl")).unwrap();
    assert_eq!(log.lines().filter(|line| line.contains("\"blink@vlmevalkit")).count(), 3);
}

/// `ssl4rl vision eval`.
fn eval(cache: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ssl4rl-vision"));
    command.env("SSL4RL_CACHE", cache).args(["vision", "eval"]).args(arguments).output().unwrap()
}

#[test]
fn an_exam_without_training_wants_a_policy_and_a_known_benchmark() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |arguments: &[&str]| {
        let ended = eval(folder.path(), arguments);
        assert_eq!(ended.status.code(), Some(2), "{}", text(&ended.stderr));
        text(&ended.stderr)
    };
    assert!(refusal(&["--bench", "blonk", "--baselines-only"]).contains("there is no benchmark `blonk`; known: blink"));
    assert!(refusal(&["--bench-dir", "."]).contains("--bench <NAME>"));
    assert!(refusal(&[]).contains("name what to score"));
    let bench = folder.path().join("val.parquet");
    files::blink(&bench, &blink_rows());
    let arguments = ["--bench", "blink", "--bench-dir", bench.to_str().unwrap(), "--baselines-only"];
    let ended = eval(folder.path(), &arguments);
    assert!(text(&ended.stdout).contains("chance"), "{}", text(&ended.stderr));
    assert!(refusal(&[&arguments[..], &["--bench-set", "shots=1"]].concat()).contains("no settings of its own"));
}

#[test]
fn samples_are_written_as_pictures_a_sheet_and_a_text() {
    let folder = tempfile::tempdir().unwrap();
    let show = |settings: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ssl4rl-vision"));
        let place = folder.path().to_str().unwrap();
        command.args(["vision", "tasks", "show", "vision/rotation", "-n", "1", "--size", "56", "--out", place]);
        command.args(settings).output().unwrap()
    };
    let shown = show(&["--set", "pair=true"]);
    assert!(shown.status.success(), "{}", text(&shown.stderr));
    let written: Vec<String> =
        text(&shown.stdout).lines().map(|path| path.rsplit('/').next().unwrap().into()).collect();
    assert_eq!(written.len(), 4, "{written:?}");
    assert!(text(&show(&["--set", "pear=true"]).stderr).contains("pear"));
    let sample: Value = serde_json::from_slice(&show(&["--set", "pair=true", "--json"]).stdout).unwrap();
    assert_eq!((sample["task"].as_str(), sample["media"].as_array().map(Vec::len)), (Some("vision/rotation"), Some(2)));
    assert_eq!(sample["files"].as_array().map(Vec::len), Some(4));
    assert!(["0", "90", "180", "270"].contains(&sample["answer"].as_str().unwrap()), "{sample}");
}

#[test]
fn the_image_tasks_are_listed() {
    let list = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ssl4rl-vision"));
        text(&command.args(["vision", "tasks"]).args(arguments).output().unwrap().stdout)
    };
    let plain = list(&[]);
    assert!(plain.lines().all(|line| line.starts_with("vision/")) && plain.contains("vision/jigsaw "), "{plain}");
    let listed: Value = serde_json::from_str(&list(&["--json"])).unwrap();
    assert_eq!(listed.as_array().map(Vec::len), Some(plain.lines().count()));
}

#[test]
fn hidden_answers_are_collected_and_a_frozen_tower_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (bench, run) = (folder.path().join("blink"), folder.path().join("run"));
    fs::create_dir(&bench).unwrap();
    let rows: Vec<BlinkRow> = blink_rows().into_iter().map(|row| BlinkRow { answer: "hidden", ..row }).collect();
    files::blink(&bench.join("test-00000-of-00001.parquet"), &rows);
    let [bench, out] = [&bench, &run].map(|path| path.to_str().unwrap());
    let arguments =
        ["--bench", "blink", "--bench-dir", bench, "--out", out, "--tower", "frozen", "--max-pixels", "3136"];
    let ended = vision(folder.path(), &arguments);
    assert!(ended.status.success(), "{}", text(&ended.stderr));
    assert!(text(&ended.stderr).contains("28 answers whose right ones are hidden"), "{}", text(&ended.stderr));
    for step in ["step-0", "step-1"] {
        let table = fs::read_to_string(run.join("submissions").join(step).join("blink.tsv")).unwrap();
        assert!(table.starts_with("index\tprediction\treply\nval_Art_Style_(A)\t"), "{table}");
    }
    let log = fs::read_to_string(run.join("eval.jsonl")).unwrap();
    let sat: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let rows = sat.iter().filter_map(|record| record["benchmark"]["rows"].as_array()).flatten();
    assert!(rows.clone().count() == 2 && rows.clone().all(|row| row["part"] == "hidden"));
    let saved = fs::read_to_string(run.join("checkpoints/step-1/preprocessor_config.json")).unwrap();
    assert!(saved.contains("\"max_pixels\": 3136"), "{saved}");
}

#[test]
fn a_tower_cannot_be_trained_beside_adapters() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let arguments = ["--tower", "trained", "--lora-rank", "4", "--out", out.to_str().unwrap()];
    let ended = vision(folder.path(), &arguments);
    assert_eq!(ended.status.code(), Some(2));
    assert!(text(&ended.stderr).contains("hint: `--tower adapted`"), "{}", text(&ended.stderr));
    assert!(!out.exists(), "it is refused before there is a run");
}

#[test]
fn adapters_of_the_tower_too_are_merged_into_their_base() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (run, adapter, merged) = (place("run"), folder.path().join("adapter"), place("merged"));
    let ended = vision(folder.path(), &["--tower", "adapted", "--lora-rank", "4", "--out", &run]);
    assert!(ended.status.success(), "{}", text(&ended.stderr));
    // New adapters add nothing; these add something wherever there is one.
    fs::create_dir(&adapter).unwrap();
    let trained = Path::new(&run).join("checkpoints/step-1");
    fs::copy(trained.join("adapter_config.json"), adapter.join("adapter_config.json")).unwrap();
    let mut tensors = Tensor::read_safetensors(trained.join("adapter_model.safetensors")).unwrap();
    for (name, tensor) in &mut tensors {
        if name.contains(".lora_B.") {
            *tensor = Tensor::full_like(tensor, 0.01);
        }
    }
    assert!(tensors.iter().any(|(name, _)| name.contains(".visual.")));
    Tensor::write_safetensors(&tensors, adapter.join("adapter_model.safetensors")).unwrap();
    let adapter = adapter.to_str().unwrap();

    let program = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ssl4rl-vision"));
        let ended = command.env("SSL4RL_CACHE", folder.path()).args(arguments).output().unwrap();
        assert!(ended.status.success(), "{}", text(&ended.stderr));
        text(&ended.stdout)
    };
    program(&["merge", adapter, "--out", &merged]);
    let pictures = place("pictures");
    program(&["vision", "tasks", "show", "vision/rotation", "-n", "1", "--out", &pictures]);
    let picture = format!("{pictures}/rotation-0.png");
    let say = |model: &str| -> Vec<f64> {
        let asked = ["--image", &picture, "--prompt", "What is it?", "--max-new-tokens", "1", "--json"];
        let said = program(&[&["vision", "generate", "--model", model], &asked[..]].concat());
        let said: Value = serde_json::from_str(&said).unwrap();
        said["prompt_logprobs"].as_array().unwrap().iter().filter_map(Value::as_f64).collect()
    };
    let apart = |one: &[f64], other: &[f64]| {
        assert_eq!(one.len(), other.len());
        one.iter().zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f64::max)
    };
    let (with, without, whole) = (say(adapter), say(&format!("{run}/base")), say(&merged));
    assert!(apart(&with, &without) > 1e-2, "the adapters add nothing");
    assert!(apart(&with, &whole) < 1e-4, "{}", apart(&with, &whole));
}

#[test]
fn a_policy_that_reads_text_alone_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    for model in ["random:qwen2:hidden=32,layers=1,heads=2,kv=2,inter=32,vocab=2048,positions=512", "tiny"] {
        let ended = vision(folder.path(), &["--model", model, "--out", out.to_str().unwrap()]);
        assert_eq!(ended.status.code(), Some(2));
        let error = text(&ended.stderr);
        assert!(error.contains("this policy reads text alone") && error.contains("vision/rotation"), "{error}");
        assert!(error.contains("hint: take `tiny-vl`, or a checkpoint") && error.contains("`qwen2_5_vl`"), "{error}");
        assert!(!out.exists(), "it is refused before there is a run");
    }
}

#[test]
fn samples_say_what_their_pictures_were_made_from() {
    let shown = |seed: &str, flags: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ssl4rl-vision"));
        command.args(["tasks", "show", "vision/rotation", "-n", "1", "--seed", seed]).args(flags);
        text(&command.output().unwrap().stdout)
    };
    let plain = shown("3", &[]);
    let line = plain.lines().find(|line| line.starts_with("--- medium 1: image/png, made from scene ")).unwrap();
    let sample: Value = serde_json::from_str(&shown("3", &["--json"])).unwrap();
    let digest = sample["media"][0]["blake3"].as_str().unwrap();
    assert!(line.contains(sample["media"][0]["source"].as_str().unwrap()) && line.ends_with(&digest[..16]), "{line}");
    // The seed draws other scenes, not only other questions about the same.
    let scene = |seed: u64| open_with("scenes:count=8", AlbumOptions { seed, ..AlbumOptions::default() }).unwrap();
    assert_ne!(scene(3).picture(0), scene(4).picture(0));
    assert_ne!(shown("4", &["--json"]), shown("3", &["--json"]));
}

#[test]
fn what_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |arguments: &[&str]| {
        let ended = vision(folder.path(), arguments);
        assert_eq!(ended.status.code(), Some(2), "{}", text(&ended.stderr));
        text(&ended.stderr)
    };
    assert!(refusal(&["--images", "no such folder"]).contains("there is no such file or folder"));
    assert!(refusal(&["--bench", "blonk"]).contains("there is no benchmark `blonk`; known: blink"));
    assert!(refusal(&["--bench", "mmstar", "--bench-dir", "nowhere"]).contains("hint: download them from"));
}

#[test]
fn pictures_are_exported_once_each_with_a_mark_in_the_text() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("rows");
    let output = Command::new(env!("CARGO_BIN_EXE_ssl4rl-vision"))
        .args(["export", "--to", "verl", "--task", "vision/jigsaw", "-n", "6", "--held-out", "0", "--out"])
        .arg(&place)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let mut named = std::collections::BTreeSet::new();
    for line in fs::read_to_string(place.join("train.jsonl")).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let images = row["images"].as_array().unwrap();
        let prompt = row["prompt"][0]["content"].as_str().unwrap();
        assert_eq!((images.len(), prompt.matches("<image>").count()), (4, 4));
        for path in images.iter().filter_map(Value::as_str) {
            assert!(fs::read(path).unwrap().starts_with(b"\x89PNG"), "{path}");
            named.insert(path.to_owned());
        }
    }
    assert_eq!(fs::read_dir(place.join("media")).unwrap().count(), named.len());
    let reward = fs::read_to_string(place.join("ssl4rl_reward.py")).unwrap();
    assert!(reward.contains(r#"os.environ.get("SSL4RL", "ssl4rl-vision")"#), "{reward}");
    assert_eq!(fs::read_to_string(place.join("held_out.jsonl")).unwrap(), "");
}
