//! `ssl4rl export`: rows of other trainers, and rewards in Python that ask this program.

#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

const TASK: &str = "graph/subgraph-counting";

fn ssl4rl(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ssl4rl")).env_remove("SSL4RL_DATA").args(arguments).output().unwrap()
}

/// Exports 20 and 5 questions of one task into a folder of the target's name.
pub(super) fn export(target: &str, parent: &Path) -> std::path::PathBuf {
    let place = parent.join(target);
    let place_text = place.to_str().unwrap();
    let line =
        ["export", "--to", target, "--task", TASK, "--seed", "3", "-n", "20", "--held-out", "5", "--out", place_text];
    let output = ssl4rl(&line);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    place
}

pub(super) fn rows(file: &Path) -> Vec<Value> {
    fs::read_to_string(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_is_written_is_told_and_is_the_stream_of_the_task() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("rows");
    let line = ["export", "--to", "jsonl", "--task", TASK, "--seed", "3", "-n", "20", "--held-out", "5", "--out"];
    let output = ssl4rl(&[&line[..], &[place.to_str().unwrap()]].concat());
    let expected = "task                        train  held_out  chance\n\
                    graph/subgraph-counting        20         5  0.200\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    let told =
        format!("25 questions for a program of your own in {}: its README.md says how to go on\n", place.display());
    assert_eq!(String::from_utf8_lossy(&output.stderr), told);
    for (part, split, count) in [("train", "train", 20), ("held_out", "held-out", 5)] {
        let written = rows(&place.join(part).with_extension("jsonl"));
        let shown =
            ssl4rl(&["tasks", "show", TASK, "--json", "--seed", "3", "-n", &count.to_string(), "--split", split]);
        let shown = String::from_utf8(shown.stdout).unwrap();
        let shown: Vec<Value> = shown.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(written.len(), count);
        for (row, sample) in written.iter().zip(&shown) {
            for field in ["task", "split", "seed", "index", "prompt", "answer", "chance", "truth"] {
                assert_eq!(row[field], sample[field], "{field}");
            }
        }
    }
}

#[test]
fn an_export_that_is_stopped_leaves_nothing_behind() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("rows");
    let line = ["export", "--to", "jsonl", "--task", TASK, "-n", "1000000000", "--out"];
    let mut program = Command::new(env!("CARGO_BIN_EXE_ssl4rl"));
    let mut child = program.args(line).arg(&place).stderr(Stdio::piped()).spawn().unwrap();
    let begun = || parent.path().read_dir().unwrap().next().is_some();
    while !begun() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it had begun");
        std::thread::sleep(Duration::from_millis(1));
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "stopped; nothing was exported\n");
    assert!(!begun());
}

#[test]
fn rows_with_a_completion_are_lines_for_verify() {
    let parent = tempfile::tempdir().unwrap();
    let place = export("jsonl", parent.path());
    let answered: Vec<String> = rows(&place.join("train.jsonl"))
        .into_iter()
        .map(|mut row| {
            row["completion"] = format!("<answer>{}</answer>", row["answer"].as_str().unwrap()).into();
            row.to_string()
        })
        .collect();
    let file = parent.path().join("answered.jsonl");
    fs::write(&file, answered.join("\n")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ssl4rl"))
        .arg("verify")
        .arg("--config")
        .arg(place.join("settings.toml"))
        .stdin(fs::File::open(&file).unwrap())
        .output()
        .unwrap();
    let verdicts = String::from_utf8(output.stdout).unwrap();
    assert_eq!(verdicts.lines().filter(|line| line.contains(r#""score":1.0,"exact":true"#)).count(), 20, "{verdicts}");
}

pub(super) fn has_python() -> bool {
    let found = Command::new("python3").arg("--version").output().is_ok();
    if !found {
        eprintln!("skipped: there is no python3");
    }
    found
}

/// Loads a reward as its trainer does, and prints the scores of all right answers and of no answer. Torch is not needed for that.
const ASK: &str = r#"
import importlib.util, json, pathlib, sys, types
target, folder, plain = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
sys.modules["torch"] = types.SimpleNamespace(tensor=list)
spec = importlib.util.spec_from_file_location("reward", folder / "ssl4rl_reward.py")
reward = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reward)
read = lambda folder: [json.loads(line) for line in open(folder / "train.jsonl")]
rows = read(folder)
right = [f"<answer>{row['answer']}</answer>" for row in read(plain)]

def scores(texts):
    if target == "trl":
        chats = [[{"role": "assistant", "content": text}] for text in texts]
        return reward.verified(prompts=None, completions=chats, label=[row["label"] for row in rows], chance=None)
    if target == "verl":
        return [reward.compute_score(data_source=row["data_source"], solution_str=text, extra_info=row["extra_info"],
                                     ground_truth=row["reward_model"]["ground_truth"])["score"] for text, row in zip(texts, rows)]
    if target == "openrlhf":
        # The prompt shows the form of an answer, which is not to be taken for one.
        prompts = ["<|user|>" + row["input"][0]["content"] + "<|assistant|>" for row in rows]
        queries = [prompt + text + "<|end|>" for prompt, text in zip(prompts, texts)]
        # Decoding may move blanks, and writes pictures in its own way.
        queries[0] = queries[0].replace("\n", " \n ")
        queries[1] = "<|vision_start|>" + queries[1]
        return reward.reward_func(queries, prompts, [row["label"] for row in rows])["rewards"]
    inputs = [{"response": text, "response_length": 3, "ground_truth": row["answer"]} for text, row in zip(texts, rows)]
    return [score["overall"] for score in reward.compute_score(inputs)]

wrong = scores(["no answer \ud800"] * len(rows))
reward.VERIFIER.process.kill()
reward.VERIFIER.process.wait()
print(sum(wrong), sum(scores(right)), len(rows))
"#;

#[test]
fn rewards_in_python_give_the_verdicts_of_this_program() {
    if !has_python() {
        return;
    }
    let parent = tempfile::tempdir().unwrap();
    let plain = export("jsonl", parent.path());
    for target in ["trl", "verl", "openrlhf", "easyr1"] {
        let place = export(target, parent.path());
        let output = Command::new("python3")
            .env("SSL4RL", env!("CARGO_BIN_EXE_ssl4rl"))
            .args(["-c", ASK, target])
            .args([&place, &plain])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "0.0 20.0 20", "{target}: {told}");
    }
}

#[test]
fn a_program_that_is_not_there_is_told() {
    if !has_python() {
        return;
    }
    let parent = tempfile::tempdir().unwrap();
    let place = export("verl", parent.path());
    let ask = "import ssl4rl_reward as r; r.compute_score('', '', '{\"task\": \"graph/node-degree\", \"truth\": {}}')";
    let output = Command::new("python3")
        .current_dir(&place)
        .env("SSL4RL", "/nowhere/ssl4rl")
        .args(["-c", ask])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("no program `/nowhere/ssl4rl`: put it on the PATH, or name it with $SSL4RL"), "{told}");
}

#[test]
fn what_cannot_be_exported_is_refused_and_what_nothing_reads_is_told() {
    let parent = tempfile::tempdir().unwrap();
    let place = export("trl", parent.path());
    let place = place.to_str().unwrap();
    let told = |arguments: &[&str]| {
        let output = ssl4rl(arguments);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, text) = told(&["export", "--to", "trl", "--out", place]);
    assert_eq!(code, Some(2));
    assert!(text.contains("is there already") && text.contains("name another folder with `--out`"), "{text}");
    let (code, text) = told(&["export", "--to", "ppo", "--out", place]);
    assert_eq!(code, Some(2));
    assert!(text.contains("expected one of trl, verl, openrlhf, easyr1, jsonl"), "{text}");
    let other = parent.path().join("other");
    let other = other.to_str().unwrap();
    let (code, text) = told(&["export", "--to", "trl", "--out", other, "--task", "graph/subgraph-countin"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("did you mean `graph/subgraph-counting`?") && !Path::new(other).exists(), "{text}");
    let line = ["export", "--to", "trl", "--out", other, "-n", "3", "--task", TASK, "--set", "grpo.steps=5"];
    let (code, text) = told(&line);
    assert_eq!(code, Some(0));
    assert!(text.contains("`--set grpo.steps=5` has no effect: nothing is trained here"), "{text}");
}
