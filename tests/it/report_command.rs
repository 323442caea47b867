//! `ssl4rl report`: runs side by side.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use ssl4rl::config::Config;
use ssl4rl::report::{Comparison, EvalPhase, EvalRecord, RunFolder, RunState, StepMetrics, TaskEval, TaskMetrics};

fn eval(score: f64) -> TaskEval {
    TaskEval { samples: 400, score, score_standard_error: 0.03, chance: 0.25, ..TaskEval::default() }
}

/// A run of `steps` steps, two seconds each, whose scores rise from 0.3 to what is given.
fn run(place: &Path, scores: &[(&str, f64)], steps: u64, level: Option<u64>, state: &RunState) {
    let folder = RunFolder::create(Some(place), &Config::default()).unwrap();
    let mut metrics = folder.metrics_log().unwrap();
    for step in 1..=steps {
        let task = TaskMetrics { level, ..TaskMetrics::default() };
        let tasks = scores.iter().map(|(name, _)| ((*name).to_owned(), task)).collect();
        metrics.write(&StepMetrics { step, tasks, step_seconds: 2.0, ..StepMetrics::default() }).unwrap();
    }
    let mut evaluations = folder.eval_log().unwrap();
    let at = |start: bool| -> BTreeMap<String, TaskEval> {
        scores.iter().map(|&(name, score)| (name.to_owned(), eval(if start { 0.3 } else { score }))).collect()
    };
    evaluations.write(&EvalRecord::of_tasks(EvalPhase::WarmStart, 0, at(true))).unwrap();
    if *state == RunState::Complete {
        evaluations.write(&EvalRecord::of_tasks(EvalPhase::Final, steps, at(false))).unwrap();
    }
    folder.finish(state).unwrap();
}

#[test]
fn runs_stand_side_by_side_task_by_task() {
    let parent = tempfile::tempdir().unwrap();
    let place = |name: &str| parent.path().join(name);
    run(&place("paths"), &[("graph/path", 0.9)], 3, None, &RunState::Complete);
    run(&place("mix"), &[("graph/cycle", 0.7), ("graph/path", 0.6)], 4, Some(2), &RunState::Complete);
    run(&place("half"), &[("graph/path", 0.6)], 1, None, &RunState::Interrupted);

    let output = Command::new(env!("CARGO_BIN_EXE_ssl4rl"))
        .current_dir(parent.path())
        .args(["report", "paths", "mix", "half"])
        .output()
        .unwrap();
    // Before 0.3 ± 0.03, after 0.9 ± 0.03: the gain is 0.6 with an error of the root of 2 times 0.03.
    let expected = "\
task         run    chance  before         after          gain            level  steps  seconds
graph/cycle  mix    0.250   0.300 ± 0.030  0.700 ± 0.030  +0.400 ± 0.042  2      4      8.0
graph/path   paths  0.250   0.300 ± 0.030  0.900 ± 0.030  +0.600 ± 0.042  -      3      6.0
             mix    0.250   0.300 ± 0.030  0.600 ± 0.030  +0.300 ± 0.042  2      4      8.0
             half   0.250   0.300 ± 0.030  -              -               -      1      2.0
";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("`half` was interrupted"), "{told}");
    assert_eq!(output.status.code(), Some(0));

    let runs = [RunFolder::open(&place("mix")).unwrap()];
    let comparison = Comparison::of(&runs).unwrap();
    assert_eq!((comparison.lines.len(), comparison.lines[0].level, comparison.lines[1].seconds), (2, Some(2), 8.0));
}

#[test]
fn a_folder_that_is_no_run_is_a_bad_invocation() {
    let parent = tempfile::tempdir().unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_ssl4rl")).arg("report").arg(parent.path().join("none")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("it does not exist"));
}
