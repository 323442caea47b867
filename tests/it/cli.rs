//! The command itself: stdout, stderr and exit code.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn ssl4rl() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ssl4rl"));
    command.env_remove("SSL4RL_DATA").env("COLUMNS", "100");
    command
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

fn run(arguments: &[&str]) -> String {
    told(&ssl4rl().args(arguments).output().unwrap())
}

#[test]
fn help_lists_the_verbs_on_stdout() {
    let text = run(&["--help"]);
    assert!(text.starts_with("code: 0\n-- stdout\nSelf-supervised reinforcement learning"), "{text}");
    for expected in [
        "Usage: ssl4rl [OPTIONS] <VERB>",
        "Verbs:",
        "  graph ",
        "  resume ",
        "  verify ",
        "  serve ",
        "  doctor ",
        "--quiet",
        "--json",
        "--no-color",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
    assert!(text.ends_with("-- stderr\n"), "{text}");
}

#[test]
fn no_verb_at_all_is_a_bad_invocation() {
    let text = run(&[]);
    assert!(text.starts_with("code: 2\n-- stdout\n-- stderr\n"), "{text}");
    assert!(text.contains("Usage: ssl4rl"), "{text}");
}

#[test]
fn an_unknown_verb_names_its_neighbour_and_the_plugin() {
    insta::assert_snapshot!(run(&["doktor"]), @r"
    code: 2
    -- stdout
    -- stderr
    error: unknown verb `doktor`; did you mean `doctor`?

    hint: a plugin would be the executable `ssl4rl-doktor`, next to this one or on `PATH`; one that comes with the source is built with `cargo build -p ssl4rl-doktor`
    ");
}

#[test]
#[cfg(unix)]
fn an_unknown_verb_names_a_plugin_like_it() {
    let (folder, _) = plugin("sound", "exit 0");
    let told = told(&with_plugins(folder.path(), &["suond", "--bench", "x"]));
    assert!(told.contains("error: unknown verb `suond`; did you mean `sound`?"), "{told}");
}

#[test]
fn a_verb_given_to_another_is_told_to_be_one_of_its_own() {
    insta::assert_snapshot!(run(&["tasks", "report", "runs/one"]), @r"
    code: 2
    -- stdout
    -- stderr
    error: unrecognized subcommand 'report'

      tip: `report` is a verb of its own: `ssl4rl report`

    Usage: ssl4rl tasks [OPTIONS] [COMMAND]

    For more information, try '--help'.
    ");
}

#[test]
fn a_data_folder_of_the_environment_that_is_not_there_is_told() {
    let output = ssl4rl().args(["data", "verify"]).env("SSL4RL_DATA", "/no/such/folder").output().unwrap();
    let told = told(&output);
    assert!(told.contains("`SSL4RL_DATA=/no/such/folder` has no effect: there is no such folder"), "{told}");
}

#[test]
fn a_verb_that_is_no_name_is_never_looked_up_as_a_file() {
    insta::assert_snapshot!(run(&["../x"]), @r"
    code: 2
    -- stdout
    -- stderr
    error: unknown verb `../x`
    ");
}

#[test]
fn an_unknown_flag_is_a_bad_invocation() {
    insta::assert_snapshot!(run(&["doctor", "--jsn"]), @r"
    code: 2
    -- stdout
    -- stderr
    error: unexpected argument '--jsn' found

      tip: a similar argument exists: '--json'

    Usage: ssl4rl doctor --json

    For more information, try '--help'.
    ");
}

#[test]
fn verifying_a_run_that_is_not_there_is_a_bad_invocation() {
    insta::assert_snapshot!(run(&["verify", "--run", "/nonexistent/run"]), @r"
    code: 2
    -- stdout
    -- stderr
    error: `/nonexistent/run` is not a run folder: it does not exist
    ");
}

#[test]
#[cfg(feature = "torch")]
fn an_answer_as_long_as_the_context_is_refused_before_there_is_a_run_folder() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("run");
    let common = ["graph", "--dataset", "synthetic", "--task", "graph/subgraph-counting", "--steps", "1"];
    for setting in [["--set", "rollout.max_new_tokens=1000000000"], ["--preset", "paper"]] {
        let text = run(&[&common[..], &setting, &["--out", place.to_str().unwrap()]].concat());
        assert!(text.starts_with("code: 2\n"), "{text}");
        assert!(text.contains("leaves no room for a prompt in the context of 2048 tokens of `tiny`"), "{text}");
        assert!(!text.contains("ssl4rl resume") && !place.exists(), "{text}");
    }
}

#[test]
#[cfg(feature = "torch")]
fn resuming_what_is_no_run_is_a_bad_invocation() {
    insta::assert_snapshot!(run(&["resume", "/"]), @r"
    code: 2
    -- stdout
    -- stderr
    error: `/` is not a run folder: it has no `config.toml`
    ");
}

#[test]
#[cfg(not(feature = "torch"))]
fn verbs_that_need_libtorch_say_how_to_get_it() {
    insta::assert_snapshot!(run(&["graph", "--dataset", "cora", "--help"]), @r"
    code: 2
    -- stdout
    -- stderr
    error: `ssl4rl graph` needs libtorch, and this program was built without it

    hint: build with the default features: `cargo build --release`; the readme says how to get libtorch
    ");
}

#[test]
fn doctor_tells_programs_everything_by_name() {
    let output = ssl4rl().args(["doctor", "--json"]).env("SSL4RL_CACHE", "/nowhere").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stderr, b"");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let names: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["version", "git_revision", "platform", "libtorch", "cores", "memory", "cache", "datasets", "tasks"];
    assert_eq!(names, expected);
    assert_eq!(value["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(value["cache"], serde_json::json!({"path": "/nowhere", "exists": false, "bytes": 0}));
    let cora = serde_json::json!({"name": "cora", "folder": null});
    assert!(value["datasets"].as_array().is_some_and(|datasets| datasets.contains(&cora)), "{text}");
    assert_eq!(value["libtorch"]["built_in"], cfg!(feature = "torch"));
    assert_eq!(value["libtorch"]["devices"][0], "cpu");
    assert!(value["cores"].as_u64().is_some_and(|cores| cores > 0));
}

#[test]
fn doctor_tells_people_one_thing_a_line() {
    let text = run(&["doctor"]);
    for label in ["version ", "libtorch ", "devices ", "cores ", "memory ", "cache ", "datasets ", "tasks "] {
        assert!(text.lines().any(|line| line.starts_with(label)), "{label}is missing in\n{text}");
    }
}

#[test]
#[cfg(unix)]
fn a_closed_pipe_is_quiet() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = ssl4rl().arg("doctor").stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(told(&output), "code: 0\n-- stdout\n-- stderr\n");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_behind_stdout_is_an_error() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = ssl4rl().arg("doctor").stdout(full).stderr(Stdio::piped()).output().unwrap();
    insta::assert_snapshot!(told(&output), @r"
    code: 1
    -- stdout
    -- stderr
    error: No space left on device (os error 28)

    hint: free some space, or write elsewhere
    ");
}

/// A folder with the plugin `ssl4rl-<name>`, a shell script.
#[cfg(unix)]
fn plugin(name: &str, script: &str) -> (tempfile::TempDir, PathBuf) {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("ssl4rl-{name}"));
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    (folder, path)
}

#[cfg(unix)]
fn with_plugins(folder: &Path, arguments: &[&str]) -> Output {
    let path = format!("{}:/bin:/usr/bin", folder.display());
    ssl4rl().args(arguments).env("PATH", path).output().unwrap()
}

#[test]
#[cfg(unix)]
fn a_plugin_gets_the_arguments_and_gives_its_exit_code() {
    let (folder, _) = plugin("sound", r#"printf '%s|' "$@"; echo heard >&2; exit 37"#);
    let output = with_plugins(folder.path(), &["--quiet", "sound", "--bench", "a b", "--json"]);
    assert_eq!(told(&output), "code: 37\n-- stdout\n--quiet|sound|--bench|a b|--json|-- stderr\nheard\n");
}

#[test]
#[cfg(unix)]
fn a_plugin_killed_by_a_signal_looks_so_to_the_caller() {
    use std::os::unix::process::ExitStatusExt;
    let (folder, _) = plugin("sound", "kill -TERM $$");
    assert_eq!(with_plugins(folder.path(), &["sound"]).status.signal(), Some(15));
}

#[test]
#[cfg(unix)]
fn a_plugin_that_is_this_program_does_not_start_itself_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_ssl4rl"), folder.path().join("ssl4rl-sound")).unwrap();
    let output = with_plugins(folder.path(), &["sound"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: unknown verb `sound`"));
}

#[test]
#[cfg(unix)]
fn a_plugin_that_may_not_be_run_is_none() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = plugin("sound", "exit 0");
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(with_plugins(folder.path(), &["sound"]).status.code(), Some(2));
}

#[test]
#[cfg(feature = "torch")]
fn bench_tells_programs_the_rates_by_name() {
    let shape = "random:qwen2:hidden=16,layers=1,heads=2,kv=1,inter=16,vocab=300,positions=64";
    let line = [
        "bench",
        "rollout",
        "--model",
        shape,
        "--prompts=1",
        "--group=2",
        "--prompt-len=4",
        "--new=3",
        "--steps=1",
        "--json",
    ];
    let output = ssl4rl().args(line).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for name in ["step_s", "new_tokens_per_s", "gflop_per_s", "share_of_gflop_limit", "share_of_bandwidth"] {
        assert!(value[name].as_f64().is_some_and(|rate| rate > 0.0), "{name} is missing in {value}");
    }
    assert_eq!((&value["bench"], &value["new"]), (&"rollout".into(), &3.into()));
}

#[test]
#[cfg(feature = "torch")]
fn bench_of_an_unknown_shape_lists_those_there_are() {
    insta::assert_snapshot!(run(&["bench", "grpo", "--model", "random:qwen9"]), @r"
    code: 2
    -- stdout
    -- stderr
    error: `random:qwen9`: there is no shape `qwen9`; known: peer, qwen2.5-0.5b, qwen2.5-1.5b, qwen2.5-3b, qwen2.5-7b, qwen2:KEY=VALUE,…
    ");
}
