//! `ssl4rl verify`: JSON lines in, verdicts out, and the rollouts of a run scored again.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use ssl4rl::config::Config;
use ssl4rl::report::{RolloutRecord, RunFolder, RunState, StepMetrics};
use ssl4rl::tasks::{Split, Verdict};

pub(super) const TASK: &str = "graph/subgraph-counting";

pub(super) fn verify(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ssl4rl"))
        .arg("verify")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// A truth of the task and the oracle's completion for it.
pub(super) fn truth_and_oracle() -> (Value, String) {
    let registry = ssl4rl::builtin_registry().unwrap();
    let task = registry.build(TASK, None).unwrap();
    let graph = ssl4rl::graph::generate::from_spec("synthetic", 1).unwrap().unwrap();
    let mut rng = ssl4rl::tasks::TaskRng::new(5, TASK, Split::Train, 0);
    let sample = task.sample(&graph, &mut rng, 0).unwrap();
    let oracle = task.oracle(&sample.truth).unwrap();
    (sample.truth, oracle)
}

fn rollout(completion: &str, truncated: bool, verdict: Verdict) -> RolloutRecord {
    RolloutRecord {
        step: 1,
        task: TASK.into(),
        seed: 5,
        split: Split::Train,
        index: 0,
        group: 0,
        prompt: String::new(),
        media: Vec::new(),
        completion: completion.into(),
        truth: truth_and_oracle().0,
        verdict,
        reward: 0.0,
        tokens: 3,
        truncated,
    }
}

#[test]
fn every_line_gets_a_verdict_or_an_error_with_its_number() {
    let (truth, oracle) = truth_and_oracle();
    let twice = format!("{oracle}<answer>?</answer>");
    let lines = [
        json!({"task": TASK, "completion": oracle, "truth": truth}).to_string(),
        String::new(),
        json!({"task": TASK, "completion": "no answer", "truth": truth, "reward": 0.5}).to_string(),
        json!({"task": TASK, "completion": twice, "truth": truth, "answer_rule": "paper"}).to_string(),
        json!({"task": TASK, "completion": oracle, "truth": truth, "truncated": true}).to_string(),
        "{\"task\": ".to_owned(),
        json!({"task": "graph/subgraph-countin", "completion": "", "truth": truth}).to_string(),
        json!({"task": TASK, "completion": "", "truth": {"colour": "red"}}).to_string(),
        json!({"task": TASK, "truth": truth}).to_string(),
    ];
    let output = verify(&[], &lines.join("\n"));
    assert_eq!(output.status.code(), Some(1));
    let replies: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<u64> = replies.iter().map(|reply| reply["line"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 3, 4, 5, 6, 7, 8, 9]);
    let scores: Vec<Option<f64>> = replies.iter().map(|reply| reply["score"].as_f64()).collect();
    assert_eq!(scores, [Some(1.0), Some(0.0), Some(1.0), Some(0.0), None, None, None, None]);
    assert_eq!(replies[0]["exact"], true);
    assert_eq!(replies[3]["why"], "cut off before it ended");
    for (reply, part) in
        replies[4..].iter().zip(["EOF", "did you mean", "truth does not parse", "missing field `completion`"])
    {
        assert!(reply["error"].as_str().unwrap().contains(part), "{reply}");
    }
    let malformed = replies[4]["error"].as_str().unwrap();
    assert!(malformed.starts_with("input line 6: ") && malformed.contains(r#"looks like {"task": "#), "{malformed}");
    let output = verify(&[], &lines[..5].join("\n"));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn half_a_surrogate_pair_is_read_as_a_question_mark() {
    let (truth, oracle) = truth_and_oracle();
    let line = json!({"task": TASK, "completion": format!("@{oracle}"), "truth": truth, "prompt": "@"}).to_string();
    let output = verify(&[], &line.replace('@', r"\ud800"));
    let reply: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(reply["score"], 1.0, "{reply}");
}

#[test]
fn stored_rollouts_are_scored_again_and_a_difference_is_told() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("run");
    let run = RunFolder::create(Some(&place), &Config::default()).unwrap();
    let (truth, oracle) = truth_and_oracle();
    let task = ssl4rl::builtin_registry().unwrap().build(TASK, None).unwrap();
    let right = rollout(&oracle, false, task.verify(&oracle, &truth).unwrap());
    let cut = rollout(&oracle, true, Verdict::unreadable("cut off before it ended"));
    run.write_rollouts(1, &[right.clone(), cut]).unwrap();
    let arguments = ["--run", place.to_str().unwrap()];
    let output = verify(&arguments, "");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "2 of 2 verdicts agree (1 step)\n");
    assert_eq!(output.status.code(), Some(0));

    let wrong = RolloutRecord { verdict: Verdict::unreadable("nothing"), group: 1, ..right.clone() };
    run.write_rollouts(2, &[right, wrong]).unwrap();
    let output = verify(&[&arguments[..], &["--json"]].concat(), "");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "{\"steps\":2,\"verdicts\":4,\"agree\":3}\n");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("group 1, graph/subgraph-counting question 0: stored 0 (nothing), now 1 (right)"), "{told}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn rollouts_that_are_missing_or_short_fail_a_run() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("run");
    let mut config = Config::default();
    (config.rollout.prompts, config.rollout.group_size) = (1, 2);
    let run = RunFolder::create(Some(&place), &config).unwrap();
    let arguments = ["--run", place.to_str().unwrap()];
    assert_eq!(verify(&arguments, "").status.code(), Some(1));

    let (truth, oracle) = truth_and_oracle();
    let task = ssl4rl::builtin_registry().unwrap().build(TASK, None).unwrap();
    let right = rollout(&oracle, false, task.verify(&oracle, &truth).unwrap());
    let mut log = run.metrics_log().unwrap();
    for step in 1..=3 {
        log.write(&StepMetrics { step, ..StepMetrics::default() }).unwrap();
        run.write_rollouts(step, &[right.clone(), right.clone()]).unwrap();
    }
    run.finish(&RunState::Complete).unwrap();
    assert_eq!(verify(&arguments, "").status.code(), Some(0));

    let run = RunFolder::open(&place).unwrap();
    run.write_rollouts(1, &[right]).unwrap();
    run.write_rollouts(2, &[]).unwrap();
    std::fs::remove_file(place.join(run.rollouts_name(3))).unwrap();
    let output = verify(&arguments, "");
    assert_eq!(output.status.code(), Some(1));
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(table, "1 of 1 verdicts agree (2 steps); 3 steps without all rollouts\n");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    for problem in ["`rollouts/step-000001.jsonl.zst` holds 1 of 2", "holds 0 of 2", "step 3: its rollouts are missing"]
    {
        assert!(told.contains(problem), "{told}");
    }

    std::fs::write(place.join(run.rollouts_name(2)), "no zstd").unwrap();
    let output = verify(&arguments, "");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("1 of 1 verdicts agree (1 step); 3 steps without"));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("step 2: its rollouts cannot be read: "), "{told}");
}

#[test]
fn the_plugin_that_may_know_a_task_is_named() {
    let error = |task: &str| {
        let line = json!({ "task": task, "completion": "<answer>90</answer>", "truth": {} });
        let output = verify(&[], &line.to_string());
        assert_eq!(output.status.code(), Some(1));
        let reply: Value = serde_json::from_slice(&output.stdout).unwrap();
        reply["error"].as_str().unwrap().to_owned()
    };
    let of_plugin = error("vision/rotation");
    assert!(of_plugin.ends_with("; the plugin `ssl4rl-vision` may know it: `ssl4rl-vision verify`"), "{of_plugin}");
    assert!(!error("graph/degre").contains("plugin"));
}
