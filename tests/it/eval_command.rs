//! `ssl4rl eval --bench` without a model: baselines, settings and refusals.
#![expect(clippy::print_stderr, reason = "a test says when it checks nothing")]

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ssl4rl"));
    command.arg("eval").args(arguments).env("COLUMNS", "100").env_remove("SSL4RL_DATA").output().unwrap()
}

fn refusal(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!((output.status.code(), &*output.stdout), (Some(2), &b""[..]), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn baselines_need_no_model() {
    let Some(data) = std::env::var_os("SSL4RL_DATA") else {
        eprintln!("SSL4RL_DATA is not set: nothing is checked");
        return;
    };
    let data = data.to_str().unwrap();
    let arguments =
        ["--bench", "graph/completion", "--dataset", "umls", "--baselines-only", "--offline", "--data-dir", data];
    let output = run(&arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    for who in ["relation frequency", "frequency and reversed pairs", "constant"] {
        assert!(text.contains(who), "{text}");
    }

    let arguments = [&arguments[..], &["--bench-set", "method=rerank", "--json"]].concat();
    let output = run(&arguments);
    let outcome: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&outcome["dataset"], &outcome["settings"]["method"]), (&"umls".into(), &"rerank".into()));
    let rows = outcome["rows"].as_array().unwrap();
    let frequency = rows.iter().find(|row| row["who"] == "relation frequency" && row["part"] == "both sides").unwrap();
    let found = frequency["metrics"]["MRR"]["value"].as_f64().unwrap();
    assert!((found - 0.661).abs() <= 0.000_5, "{found}");
}

#[test]
fn questions_of_a_folder_are_found_by_name() {
    let Some(data) = std::env::var_os("SSL4RL_DATA") else {
        eprintln!("SSL4RL_DATA is not set: nothing is checked");
        return;
    };
    let output = run(&["--bench", "graph/nlgraph", "--baselines-only", "--data-dir", data.to_str().unwrap(), "--json"]);
    let outcome: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |part: &str, who: &str| {
        let rows = outcome["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["part"] == part && row["who"] == who).unwrap();
        (row["questions"].as_u64().unwrap(), row["metrics"]["accuracy"]["value"].as_f64().unwrap())
    };
    // The published test answers: 201 yes of 371, 101 yes of 191.
    for (part, questions, yes) in [("connectivity", 371, 201.0), ("cycle", 191, 101.0)] {
        let (count, accuracy) = of(part, "always yes");
        assert_eq!(count, questions);
        assert!((accuracy - yes / questions as f64).abs() < 1e-12);
    }
}

#[test]
fn a_bad_invocation_says_what_is_known() {
    assert!(refusal(&["--bench", "graph/node-clasification", "--baselines-only"]).contains("did you mean"));
    let unknown =
        refusal(&["--bench", "graph/completion", "--dataset", "synthetic", "--baselines-only", "--bench-set", "x=1"]);
    assert!(unknown.contains("unknown setting `x`") && unknown.contains("--bench-set KEY=VALUE"), "{unknown}");
    let unusable = refusal(&["--bench", "graph/node-classification", "--dataset", "tree:n=20", "--baselines-only"]);
    assert!(unusable.contains("no split") || unusable.contains("no classes"), "{unusable}");
    let absent = refusal(&[
        "--bench",
        "graph/nlgraph",
        "--dataset",
        "/nonexistent",
        "--baselines-only",
        "--data-dir",
        "/nonexistent",
    ]);
    assert!(absent.contains("not on this machine"), "{absent}");
}
