//! The verb `data`, on folders of its own.

use std::fs;
use std::path::Path;

use clap::{Args, Command, FromArgMatches};
use ssl4rl::cli::data::{DataArgs, run};
use ssl4rl::cli::{ExitStatus, Printer, Verbosity, status_of};
use ssl4rl::tasks::Registry;

pub(crate) struct Outcome {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn data(arguments: &[&str], json: bool) -> Outcome {
    let command = DataArgs::augment_args(Command::new("data"));
    let matches = command.try_get_matches_from([&["data"], arguments].concat()).unwrap();
    let (mut printer, captured) = Printer::captured(Verbosity { json, ..Verbosity::default() });
    let outcome = run(DataArgs::from_arg_matches(&matches).unwrap(), &Registry::new(), &mut printer);
    let (status, error) = match outcome {
        Ok(status) => (status, String::new()),
        Err(error) => (status_of(&error), format!("{error:#}")),
    };
    Outcome { status, stdout: captured.stdout(), stderr: captured.stderr() + &error }
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn list_tells_what_a_folder_lacks() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("kinship")).unwrap();
    fs::write(folder.path().join("kinship/train.txt"), "").unwrap();
    let outcome = data(&["list", "--data-dir", text(folder.path())], true);
    assert_eq!(outcome.status, ExitStatus::Success);
    let listed: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let by_name = |name: &str| listed.as_array().unwrap().iter().find(|entry| entry["name"] == name).unwrap().clone();
    assert_eq!(by_name("fb15k-237")["relations"], 237);
    assert!(listed.as_array().unwrap().iter().all(|entry| entry["licence"].is_string()));
    let lines = data(&["list", "--data-dir", text(folder.path())], false).stdout;
    assert!(lines.contains("2,708 nodes, 5,278 edges"), "{lines}");
}

#[test]
fn fetch_says_what_it_would_download() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = data(&["fetch", "kinship", "pubmed", "--dry-run", "--data-dir", text(folder.path())], false);
    assert_eq!(outcome.status, ExitStatus::Success);
    assert!(outcome.stdout.contains("kinship.tar.gz (member `train.txt`)"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("data/ind.pubmed.allx"), "optional files too: {}", outcome.stdout);
    assert!(outcome.stderr.contains("11 files would be fetched"), "{}", outcome.stderr);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_unknown_dataset_is_the_callers_fault() {
    let outcome = data(&["fetch", "cora2", "--dry-run"], false);
    assert_eq!(outcome.status, ExitStatus::Usage);
    assert!(outcome.stderr.contains("did you mean `cora`?"), "{}", outcome.stderr);
}

#[test]
fn verify_fails_on_a_changed_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("kinship")).unwrap();
    for name in ["train.txt", "valid.txt", "test.txt"] {
        fs::write(folder.path().join("kinship").join(name), "a\tb\tc\n").unwrap();
    }
    let outcome = data(&["verify", "kinship", "--data-dir", text(folder.path())], false);
    assert_eq!(outcome.status, ExitStatus::Failure);
    assert_eq!(outcome.stdout.matches("expected sha256").count(), 3, "{}", outcome.stdout);
    assert!(outcome.stderr.contains("3 files checked, 3 wrong"), "{}", outcome.stderr);
}

#[test]
fn verify_fails_on_a_named_dataset_that_lacks_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = data(&["verify", "fb15k", "--data-dir", text(folder.path())], false);
    assert_eq!(outcome.status, ExitStatus::Failure);
    assert!(outcome.stdout.contains("train2id.txt: absent; `ssl4rl data fetch fb15k`"), "{}", outcome.stdout);
    assert!(outcome.stderr.contains(" checked, 0 wrong, ") && outcome.stderr.contains(" absent"), "{}", outcome.stderr);
}

#[test]
fn verify_tells_what_is_absent_of_a_dataset_that_is_there_in_part() {
    // Another folder of datasets would be looked at as well.
    if std::env::var_os("SSL4RL_DATA").is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("kinship")).unwrap();
    fs::write(folder.path().join("kinship/train.txt"), "a\tb\tc\n").unwrap();
    for names in [&["kinship"][..], &[]] {
        let outcome = data(&[&["verify", "--data-dir", text(folder.path())], names].concat(), false);
        assert_eq!(outcome.status, ExitStatus::Failure);
        assert!(outcome.stdout.contains("valid.txt: absent"), "{}", outcome.stdout);
        assert!(outcome.stderr.contains("1 wrong, ") && outcome.stderr.contains(" absent"), "{}", outcome.stderr);
    }
}

#[test]
fn verify_accepts_the_real_files() {
    let Some(folder) = std::env::var_os("SSL4RL_DATA") else { return };
    let outcome = data(&["verify", "--data-dir", folder.to_str().unwrap()], false);
    assert_eq!(outcome.status, ExitStatus::Success, "{}", outcome.stdout);
    assert!(outcome.stdout.contains("cora.content.gz: ok"), "{}", outcome.stdout);
}
