//! Options that nothing reads are refused, or told in a line; a network that fails is no fault of the invocation.

use std::path::Path;
use std::process::{Command, Output};

fn ssl4rl(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ssl4rl"));
    command.args(arguments).current_dir(folder).env("COLUMNS", "100").env_remove("SSL4RL_DATA");
    for cache in ["SSL4RL_CACHE", "HF_HOME"] {
        command.env(cache, folder.join(cache));
    }
    // Nobody listens there.
    for address in ["HF_ENDPOINT", "ALL_PROXY", "HTTPS_PROXY", "https_proxy"] {
        command.env(address, "http://127.0.0.1:1");
    }
    command.env_remove("HF_HUB_OFFLINE").env_remove("NO_PROXY").env_remove("no_proxy").output().unwrap()
}

/// Exit code and stderr.
fn told(line: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = ssl4rl(&line.split_whitespace().collect::<Vec<_>>(), folder.path());
    let told = format!("code: {}\n{}", output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    told
}

#[test]
fn what_contradicts_an_option_is_refused() {
    insta::assert_snapshot!(told("graph --task graph/subgraph-counting --set tasks.graph/edge-prediction=1"), @r"
    code: 2
    error: `--set tasks.graph/edge-prediction=1`: `--task` names all tasks of the run; `--task graph/edge-prediction=WEIGHT` adds this one
    ");
    insta::assert_snapshot!(told("graph --seed 1 --set seed=2"), @r"
    code: 2
    error: `--set seed=2`: `--seed` says it as well; leave one of them out
    ");
    insta::assert_snapshot!(told("bench grpo --seed 1 --set seed=2"), @r"
    code: 2
    error: `--set seed=2`: `--seed` says it as well; leave one of them out
    ");
}

#[test]
fn what_a_verb_has_no_use_for_is_refused() {
    insta::assert_snapshot!(told("eval --model tiny --steps 3"), @r"
    code: 2
    error: `--steps` has no effect here: `ssl4rl eval` trains nothing

    hint: leave it out
    ");
    insta::assert_snapshot!(told("eval --model tiny --out x"), @r"
    code: 2
    error: `--out` has no effect here: the scores are printed, and only the answers of a benchmark are written

    hint: leave it out
    ");
    insta::assert_snapshot!(told("eval --bench graph/completion --dataset knowledge --baselines-only --threads 2"), @r"
    code: 2
    error: `--threads` has no effect here: with `--baselines-only` no model is asked

    hint: leave it out
    ");
    insta::assert_snapshot!(told("bench tasks --model tiny"), @r"
    code: 2
    error: `--model` has no effect here: tasks are measured without a policy, on one thread

    hint: leave it out
    ");
}

#[test]
fn what_another_setting_switches_off_is_told() {
    // Refused at once, so that nothing is trained here.
    let line = "graph --task graph/subgraph-counting --set lora.alpha=64 --set task.graph/edge-prediction.options=3";
    insta::assert_snapshot!(told(&format!("{line} --set rollout.max_new_tokens=100000")), @r"
    code: 2
    `--set lora.alpha=64` has no effect: `lora.rank` is 0
    `--set task.graph/edge-prediction.options=3` has no effect: the run does not ask `graph/edge-prediction`; `--task graph/edge-prediction` asks it
    error: `rollout.max_new_tokens` is 100000, which leaves no room for a prompt in the context of 2048 tokens of `tiny`

    hint: a smaller `rollout.max_new_tokens`, or with `--model` a model with a longer context
    ");
}

#[test]
fn odd_numbers_are_refused_and_never_a_crash() {
    for (line, expected) in [
        ("graph --steps -1", "invalid value '-1' for '--steps <N>'"),
        ("graph --threads 65535", "expected a whole number, 1 to 1024"),
        ("bench grpo --prompts 999999999999", "a step of 383999999999616 tokens is too large to measure"),
        ("bench grpo --new 999999999", "sequences of 1000000127 tokens, longer than the model's 4096"),
        ("tasks show graph/edge-prediction --index 18446744073709551615 -n 2", "more than samples have numbers"),
        ("generate --model . --prompt x", "is not the folder of a model: it has no `config.json`"),
    ] {
        let text = told(line);
        assert!(text.starts_with("code: 2\n") && text.contains(expected), "{line}: {text}");
    }
}

#[test]
fn a_network_that_fails_gives_1_and_files_that_may_not_be_fetched_give_2() {
    for line in [
        "data fetch kinship",
        "graph --dataset kinship",
        "tasks show graph/relation-prediction --dataset kinship",
        "graph --model some/model",
        "eval --model some/model",
        "generate --model some/model --prompt x",
    ] {
        let text = told(line);
        assert!(text.starts_with("code: 1\n"), "{line}: {text}");
    }
    for line in [
        "graph --dataset kinship --offline",
        "tasks show graph/relation-prediction --dataset kinship --offline",
        "graph --model some/model --offline",
        "eval --model some/model --offline",
        "generate --model some/model --prompt x --offline",
    ] {
        let text = told(line);
        assert!(text.starts_with("code: 2\n"), "{line}: {text}");
    }
}
