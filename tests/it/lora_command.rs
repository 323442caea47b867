//! The program with adapters: a run that trains them, its checkpoints used by every verb, and the merged model.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use ssl4rl::model::checkpoint;
use tch::Device;

/// A run of adapters that takes a second.
const SETTINGS: [&str; 17] = [
    "policy.hidden_size=32",
    "policy.layers=2",
    "policy.intermediate_size=48",
    "policy.vocabulary=400",
    "policy.tokenizer_samples=64",
    "warm_start.max_batches=20",
    "warm_start.learning_rate=0.01",
    "warm_start.batch_size=8",
    "warm_start.probe_samples=8",
    "reward.weights.length=0.5",
    "rollout.prompts=6",
    "rollout.group_size=4",
    "rollout.max_new_tokens=8",
    "optimizer.learning_rate=0.02",
    "optimizer.warmup_steps=0",
    "eval.samples=8",
    "eval.every=1",
];

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

struct Place(tempfile::TempDir);

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn ssl4rl(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ssl4rl"));
        command
            .env("SSL4RL_CACHE", self.path("cache"))
            .env("HF_HUB_CACHE", self.path("hub"))
            .env("HF_HUB_OFFLINE", "1");
        command.args(arguments).output().unwrap()
    }

    /// Puts the files of a folder into the cache of the hub, as those of `owner/NAME` at [`COMMIT`].
    fn publish(&self, name: &str, folder: &Path, files: &[&str]) {
        let model = self.path("hub").join(format!("models--owner--{name}"));
        let snapshot = model.join("snapshots").join(COMMIT);
        fs::create_dir_all(&snapshot).unwrap();
        fs::create_dir_all(model.join("refs")).unwrap();
        fs::write(model.join("refs/main"), COMMIT).unwrap();
        for file in files {
            fs::copy(folder.join(file), snapshot.join(file)).unwrap();
        }
    }

    fn finished(&self, arguments: &[&str]) -> String {
        let output = self.ssl4rl(arguments);
        assert!(output.status.success(), "{}", told(&output));
        told(&output)
    }

    fn train(&self, model: &str, rank: &str, out: &Path) -> String {
        let out = out.display().to_string();
        let mut arguments = vec!["graph", "--task", "graph/subgraph-counting", "--threads", "1", "--steps", "2"];
        arguments.extend(["--model", model, "--lora-rank", rank, "--out", &out]);
        for assignment in SETTINGS {
            arguments.extend(["--set", assignment]);
        }
        self.finished(&arguments)
    }

    /// What a model says of a fixed text, with every log-prob.
    fn says(&self, model: &Path) -> Value {
        let model = model.display().to_string();
        let common = ["--prompt", "Which node?", "--max-new-tokens", "6", "--threads", "1", "--json", "--quiet"];
        let output = self.ssl4rl(&[&["generate", "--model", &model][..], &common].concat());
        assert!(output.status.success(), "{}", told(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn log_probs(said: &Value) -> Vec<f64> {
    let parts = ["prompt_logprobs", "completion_logprobs"].map(|part| said[part].as_array().unwrap());
    parts.into_iter().flatten().filter_map(Value::as_f64).collect()
}

fn largest_difference(one: &Value, other: &Value) -> f64 {
    assert_eq!(one["prompt_ids"], other["prompt_ids"]);
    log_probs(one).iter().zip(log_probs(other)).map(|(one, other)| (one - other).abs()).fold(0.0, f64::max)
}

#[test]
fn a_base_that_was_changed_or_is_gone_is_refused_by_every_verb() {
    let place = Place(tempfile::tempdir().unwrap());
    let run = place.path("run");
    place.train("tiny", "4", &run);
    let (weights, run_path) = (run.join("base/model.safetensors"), run.display().to_string());
    let (adapter, out) =
        (run.join("checkpoints/step-2").display().to_string(), place.path("out").display().to_string());
    let verbs: [&[&str]; 5] = [
        &["merge", &run_path, "--out", &out],
        &["merge", &adapter, "--out", &out],
        &["generate", "--model", &adapter, "--prompt", "Which node?", "--max-new-tokens", "2"],
        &["eval", "--run", &run_path],
        &["resume", &run_path, "--steps", "3"],
    ];
    let refusals = |expected: &str| {
        for verb in verbs {
            let refused = place.ssl4rl(verb);
            assert_eq!(refused.status.code(), Some(2), "{verb:?} {}", told(&refused));
            assert!(told(&refused).contains(expected), "{verb:?} {}", told(&refused));
        }
        assert!(!Path::new(&out).exists());
    };

    let mut other = fs::read(&weights).unwrap();
    let last = other.len() - 1;
    other[last] ^= 1;
    fs::write(&weights, other).unwrap();
    refusals("base/model.safetensors` was changed: its BLAKE3 is ");

    fs::rename(run.join("base"), run.join("elsewhere")).unwrap();
    let place_of_base = run.canonicalize().unwrap().join("base");
    refusals(&format!("hint: the run keeps it in `{}`: put it back there", place_of_base.display()));
}

#[test]
fn a_run_of_adapters_can_be_scored_tried_verified_merged_and_trained_further() {
    let place = Place(tempfile::tempdir().unwrap());
    let run = place.path("run");
    let text = place.train("tiny", "4", &run);
    assert!(text.contains("adapters of rank 4: "), "{text}");
    let last = run.join("checkpoints/step-2");
    let mut files: Vec<String> =
        fs::read_dir(&last).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    files.sort();
    let expected = [
        "adapter_config.json",
        "adapter_model.safetensors",
        "generation_config.json",
        "optimizer.safetensors",
        "state.json",
        "tokenizer.json",
        "tokenizer_config.json",
    ];
    assert_eq!(files, expected);

    let run_path = run.display().to_string();
    let text = place.finished(&["eval", "--run", &run_path]);
    assert!(!text.contains("the scores differ"), "{text}");
    place.finished(&["verify", "--run", &run_path]);

    // The base is what the adapters are added to: they change what it says.
    let (with, base) = (place.says(&last), place.says(&run.join("base")));
    assert!(largest_difference(&with, &base) > 1e-3, "the adapters add nothing");
    let first = place.says(&run.join("checkpoints/step-0"));
    assert_eq!(first, base, "new adapters add something");

    // Merged, they say the same, and other programs need not know of them.
    let (merged, merged_path) = (place.path("merged"), place.path("merged").display().to_string());
    let adapter = last.display().to_string();
    place.finished(&["merge", &adapter, "--out", &merged_path]);
    let said = place.says(&merged);
    assert_eq!(said["completion_ids"], with["completion_ids"]);
    assert!(largest_difference(&said, &with) < 1e-4);
    let names = |folder: &Path| -> Vec<String> {
        let parameters = checkpoint::load_transformer(folder, Device::Cpu).unwrap().parameters();
        parameters.into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(names(&merged), names(&run.join("base")));
    assert!(!merged.join("adapter_config.json").exists());

    let refused = place.ssl4rl(&["merge", &adapter, "--out", &merged_path]);
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
    assert!(told(&refused).contains("exists already"), "{}", told(&refused));
    let other = place.path("other").display().to_string();
    let refused = place.ssl4rl(&["merge", &merged_path, "--out", &other]);
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
    assert!(told(&refused).contains("there is no adapter"), "{}", told(&refused));
    assert!(!Path::new(&other).exists());

    // Of a run, the best of those evaluated, or the one that is named.
    let text = place.finished(&["merge", &run_path, "--out", &other]);
    assert!(text.contains("the checkpoint of step ") && text.contains(", the best of those evaluated"), "{text}");
    let text =
        place.finished(&["merge", &run_path, "--checkpoint", "2", "--out", &place.path("two").display().to_string()]);
    assert!(text.contains("the checkpoint of step 2"), "{text}");
    assert_eq!(place.says(&place.path("two")), said);

    // Moved as a whole, the run still finds its base; training goes on from the adapter merged into it.
    let moved = place.path("moved");
    fs::rename(&run, &moved).unwrap();
    let last = moved.join("checkpoints/step-2");
    assert_eq!(place.says(&last), with);
    let further = place.path("further");
    place.train(&last.display().to_string(), "2", &further);
    assert!(largest_difference(&place.says(&further.join("base")), &with) < 1e-4);

    // A model in a folder stays where it is, and is named by its path.
    let of_folder = place.path("of-folder");
    place.train(&merged_path, "3", &of_folder);
    assert!(!of_folder.join("base").exists());
    let config = fs::read(of_folder.join("checkpoints/step-2/adapter_config.json")).unwrap();
    let config: Value = serde_json::from_slice(&config).unwrap();
    assert_eq!(config["base_model_name_or_path"], merged.canonicalize().unwrap().to_string_lossy().as_ref());
    assert_eq!(config["r"], 3);

    // One of the hub is named with the commit that was trained on; an adapter of the hub is found with its base.
    place.publish("whole", &merged, &["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]);
    let of_hub = place.path("of-hub");
    place.train("owner/whole", "2", &of_hub);
    assert!(!of_hub.join("base").exists());
    let last = of_hub.join("checkpoints/step-2");
    let config: Value = serde_json::from_slice(&fs::read(last.join("adapter_config.json")).unwrap()).unwrap();
    assert_eq!((&config["base_model_name_or_path"], &config["revision"]), (&"owner/whole".into(), &COMMIT.into()));
    place.publish("adapter", &last, &["adapter_config.json", "adapter_model.safetensors"]);
    let (said, with) = (place.says(Path::new("owner/adapter")), place.says(&last));
    assert_eq!(said, with);
    let further = place.path("further-of-hub");
    place.train("owner/adapter", "2", &further);
    assert!(largest_difference(&place.says(&further.join("base")), &with) < 1e-4);
}
