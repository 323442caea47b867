//! The run folder: what it refuses, what survives a crash, and that everything written reads back.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use ssl4rl::config::{Config, Overrides, Provenance};
use ssl4rl::report::{
    EvalPhase, EvalRecord, ResultTable, RolloutRecord, RunFolder, RunFolderError, RunState, StepMetrics, TaskEval,
    TaskMetrics,
};
use ssl4rl::tasks::{Split, Verdict};

fn config() -> Config {
    let mut provenance = Provenance::of_this_build(2);
    provenance.dataset_sha256.insert("cora.content".into(), "00ff".into());
    Config { seed: 11, provenance: Some(provenance), ..Config::default() }
}

fn step(step: u64) -> StepMetrics {
    let tasks = BTreeMap::from([("graph/motif".into(), TaskMetrics { reward: 0.1, chance: 0.25, accuracy: 0.3 })]);
    StepMetrics { step, reward_mean: 0.1 + step as f64 / 3.0, tasks, ..StepMetrics::default() }
}

fn evaluation(phase: EvalPhase, step: u64, exact: usize) -> EvalRecord {
    let answers = (0..7).map(|answer| (f64::from(u8::from(answer < exact)), answer < exact, true, 1.0 / 3.0));
    EvalRecord { phase, step, tasks: BTreeMap::from([("graph/motif".into(), TaskEval::of(answers))]) }
}

fn rollout(step: u64, index: u64) -> RolloutRecord {
    RolloutRecord {
        step,
        task: "graph/motif".into(),
        seed: 11,
        split: Split::Train,
        index,
        group: index / 2,
        prompt: "How many triangles?".into(),
        completion: "<answer>3\u{2028}</answer>\n".into(),
        truth: serde_json::json!({"count": 3, "weight": 0.1}),
        verdict: Verdict::partial(0.1, "3", "near"),
        reward: 0.1,
        tokens: 5,
        truncated: false,
    }
}

#[test]
fn settings_are_saved_first_and_read_back() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("nested/run");
    let run = RunFolder::create(Some(&place), &config()).unwrap();
    let text = fs::read_to_string(place.join("config.toml")).unwrap();
    for line in
        ["seed = 11", "[rollout]", "group_size = 8", "[provenance]", "threads = 2", "\"cora.content\" = \"00ff\""]
    {
        assert!(text.lines().any(|found| found == line) || text.contains(line), "{line} is missing in\n{text}");
    }
    run.finish(&RunState::Complete).unwrap();
    let opened = RunFolder::open(&place).unwrap();
    assert_eq!(opened.config(), &config());
    assert_eq!(Config::resolve(Some(&place.join("config.toml")), &Overrides::default()).unwrap().provenance, None);
}

#[test]
fn an_existing_run_is_never_overwritten() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("run");
    drop(RunFolder::create(Some(&place), &config()).unwrap());
    let before = fs::read(place.join("config.toml")).unwrap();
    let refused = RunFolder::create(Some(&place), &Config::default()).unwrap_err();
    assert!(matches!(refused, RunFolderError::Exists { .. }), "{refused}");
    assert!(refused.to_string().contains("--out"), "{refused}");
    assert_eq!(fs::read(place.join("config.toml")).unwrap(), before);

    let file = parent.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(matches!(RunFolder::create(Some(&file), &config()), Err(RunFolderError::Exists { .. })));
    let empty = parent.path().join("empty");
    fs::create_dir(&empty).unwrap();
    RunFolder::create(Some(&empty), &config()).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn a_place_that_cannot_be_written_is_told_with_a_remedy() {
    // `/proc` refuses new folders whoever asks, unlike a read-only folder, which root may write.
    let refused = RunFolder::create(Some(Path::new("/proc/ssl4rl-run")), &config()).unwrap_err().to_string();
    assert!(refused.starts_with("cannot create `/proc/ssl4rl-run`: "), "{refused}");
    let mut full = ssl4rl::report::JsonLines::<StepMetrics>::append(Path::new("/dev/full")).unwrap();
    let refused = full.write(&step(1)).unwrap_err().to_string();
    assert!(refused.starts_with("cannot write `/dev/full`: No space left on device"), "{refused}");
    assert!(refused.contains("hint: free some space"), "{refused}");
}

#[test]
fn what_is_no_run_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |path: &Path| RunFolder::open(path).unwrap_err().to_string();
    assert!(refusal(folder.path()).ends_with("is not a run folder: it has no `config.toml`"));
    assert!(refusal(&folder.path().join("absent")).ends_with("is not a run folder: it does not exist"));
    fs::write(folder.path().join("config.toml"), "").unwrap();
    assert!(refusal(folder.path()).ends_with("is not a run folder: it has no `status.json`"));
    assert!(refusal(&folder.path().join("config.toml")).ends_with("is not a run folder: it is a file"));
    fs::write(folder.path().join("status.json"), "{\"state\":\"odd\"}").unwrap();
    assert!(refusal(folder.path()).contains("status.json:1: unknown variant `odd`"));
}

#[test]
fn a_run_reads_as_running_then_died_or_as_it_was_finished() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("run");
    let run = RunFolder::create(Some(&place), &config()).unwrap();
    let reader = RunFolder::open(&place).unwrap();
    assert_eq!(reader.state().unwrap(), RunState::Running);
    assert!(matches!(RunFolder::resume(&place, 0), Err(RunFolderError::Busy { .. })));
    drop(run);
    assert_eq!(reader.state().unwrap(), RunState::Died);
    for state in [RunState::Interrupted, RunState::Failed { error: "disk full".into() }, RunState::Complete] {
        RunFolder::resume(&place, 0).unwrap().finish(&state).unwrap();
        assert_eq!(reader.state().unwrap(), state);
    }
}

#[test]
fn metrics_read_back_exactly_and_a_cut_line_is_reported() {
    let parent = tempfile::tempdir().unwrap();
    let run = RunFolder::create(Some(&parent.path().join("run")), &config()).unwrap();
    let mut log = run.metrics_log().unwrap();
    (1..=3).for_each(|number| log.write(&step(number)).unwrap());
    let logged = run.metrics().unwrap();
    assert!(!logged.truncated);
    for (row, number) in logged.records.iter().zip(1..=3) {
        assert_eq!(row.step, number);
        assert_eq!(row.get("reward/mean").map(f64::to_bits), Some((0.1 + number as f64 / 3.0).to_bits()));
        assert_eq!(row.get("accuracy/graph/motif"), Some(0.3));
        assert_eq!(row.get("kl"), None);
    }
    let path = run.path().join("metrics.jsonl");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    let logged = run.metrics().unwrap();
    assert!(logged.truncated);
    assert_eq!(logged.records.len(), 2);
    fs::write(&path, b"{\"step\":1}\nnonsense\n{\"step\":3}\n").unwrap();
    let refused = run.metrics().unwrap_err().to_string();
    assert!(refused.contains("metrics.jsonl:2: "), "{refused}");
}

#[test]
fn rollouts_read_back_equal_and_a_missing_step_has_none() {
    let parent = tempfile::tempdir().unwrap();
    let run = RunFolder::create(Some(&parent.path().join("run")), &config()).unwrap();
    let records: Vec<RolloutRecord> = (0..6).map(|index| rollout(2, index)).collect();
    run.write_rollouts(2, &records).unwrap();
    assert!(run.path().join("rollouts/step-000002.jsonl.zst").is_file());
    assert_eq!(run.rollouts(2).unwrap(), records);
    assert_eq!(run.rollouts(1).unwrap(), []);
    assert_eq!(run.rollout_steps().unwrap(), [2]);
    let cut = run.path().join("rollouts/step-000002.jsonl.zst");
    let bytes = fs::read(&cut).unwrap();
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    assert!(run.rollouts(2).unwrap_err().to_string().contains("step-000002.jsonl.zst"));
}

#[test]
fn a_checkpoint_is_there_whole_or_not_at_all() {
    let parent = tempfile::tempdir().unwrap();
    let run = RunFolder::create(Some(&parent.path().join("run")), &config()).unwrap();
    let write = |text: &'static str| {
        move |folder: &Path| {
            fs::create_dir(folder.join("sub")).map_err(anyhow::Error::from)?;
            fs::write(folder.join("sub/weights"), text).map_err(anyhow::Error::from)
        }
    };
    assert_eq!(run.latest_checkpoint().unwrap(), None);
    let place = run.checkpoint(5, write("five")).unwrap();
    assert_eq!(place, run.path().join("checkpoints/step-5"));
    run.checkpoint(10, write("ten")).unwrap();
    run.checkpoint(5, write("five again")).unwrap();
    assert_eq!(fs::read_to_string(place.join("sub/weights")).unwrap(), "five again");

    let failed = run.checkpoint(20, |folder| {
        fs::write(folder.join("weights"), "half").map_err(anyhow::Error::from)?;
        Err(anyhow::anyhow!("out of memory"))
    });
    assert_eq!(failed.unwrap_err().to_string(), "out of memory");
    assert_eq!(run.checkpoint_steps().unwrap(), [5, 10]);
    assert_eq!(run.latest_checkpoint().unwrap().map(|(step, _)| step), Some(10));
    let left: Vec<_> = fs::read_dir(run.path().join("checkpoints")).unwrap().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn resuming_takes_away_what_came_later() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("run");
    let run = RunFolder::create(Some(&place), &config()).unwrap();
    let (mut metrics, mut evaluations) = (run.metrics_log().unwrap(), run.eval_log().unwrap());
    for number in 1..=4 {
        metrics.write(&step(number)).unwrap();
        run.write_rollouts(number, &[rollout(number, 0)]).unwrap();
    }
    let first = fs::read_to_string(place.join("metrics.jsonl")).unwrap();
    evaluations.write(&evaluation(EvalPhase::WarmStart, 0, 3)).unwrap();
    evaluations.write(&evaluation(EvalPhase::Step, 2, 4)).unwrap();
    evaluations.write(&evaluation(EvalPhase::Step, 4, 5)).unwrap();
    fs::OpenOptions::new().append(true).open(place.join("metrics.jsonl")).unwrap().write_all(b"{\"step\":5").unwrap();
    drop(run);

    let run = RunFolder::resume(&place, 2).unwrap();
    let kept: String = first.split_inclusive('\n').take(2).collect();
    assert_eq!(fs::read_to_string(place.join("metrics.jsonl")).unwrap(), kept);
    assert_eq!(run.evaluations().unwrap().records.len(), 2);
    assert_eq!(run.rollout_steps().unwrap(), [1, 2]);
    run.metrics_log().unwrap().write(&step(3)).unwrap();
    let again: String = first.split_inclusive('\n').take(3).collect();
    assert_eq!(fs::read_to_string(place.join("metrics.jsonl")).unwrap(), again);
}

#[test]
fn the_result_table_prints_the_same_digits_from_the_file() {
    let parent = tempfile::tempdir().unwrap();
    let run = RunFolder::create(Some(&parent.path().join("run")), &config()).unwrap();
    let evaluations = [evaluation(EvalPhase::WarmStart, 0, 3), evaluation(EvalPhase::Final, 9, 5)];
    let mut log = run.eval_log().unwrap();
    for record in &evaluations {
        log.write(record).unwrap();
    }
    let (printed, read) = (ResultTable::of(&evaluations), ResultTable::of(&run.evaluations().unwrap().records));
    assert_eq!(read, printed);
    assert_eq!(serde_json::to_string(&read).unwrap(), serde_json::to_string(&printed).unwrap());
    // 3 of 7: 0.4286, error sqrt(12/7 / 6 / 7) = 0.2020; 5 of 7: 0.7143, error sqrt(10/7 / 6 / 7) = 0.1844.
    let line = "graph/motif  7        0.333   0.429 ± 0.202  0.714 ± 0.184  +0.095 ± 0.202      +0.286 ± 0.274";
    assert_eq!(read.text().lines().last(), Some(line));
}
