//! The run folder: what it refuses, what survives a crash, and that everything written reads back.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use ssl4rl::config::{Config, Overrides, Provenance};
use ssl4rl::report::{
    CheckpointState, EvalPhase, EvalRecord, LogLengths, Position, ResultTable, RolloutRecord, RunFolder,
    RunFolderError, RunState, StepMetrics, TaskEval, TaskMetrics,
};
use ssl4rl::tasks::{Split, Verdict};

fn config() -> Config {
    let mut provenance = Provenance::of_this_build(2);
    provenance.dataset_sha256.insert("cora.content".into(), "00ff".into());
    Config { seed: 11, provenance: Some(provenance), ..Config::default() }
}

fn step(step: u64) -> StepMetrics {
    let tasks = BTreeMap::from([(
        "graph/motif".into(),
        TaskMetrics { reward: 0.1, chance: 0.25, accuracy: 0.3, ..TaskMetrics::default() },
    )]);
    StepMetrics { step, reward_mean: 0.1 + step as f64 / 3.0, tasks, ..StepMetrics::default() }
}

fn evaluation(phase: EvalPhase, step: u64, exact: usize) -> EvalRecord {
    let answers = (0..7).map(|answer| (f64::from(u8::from(answer < exact)), answer < exact, true, 1.0 / 3.0));
    EvalRecord::of_tasks(phase, step, BTreeMap::from([("graph/motif".into(), TaskEval::of(answers))]))
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
        media: Vec::new(),
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
    assert!(matches!(RunFolder::reopen(&place), Err(RunFolderError::Busy { .. })));
    drop(run);
    assert_eq!(reader.state().unwrap(), RunState::Died);
    for state in [RunState::Interrupted, RunState::Failed { error: "disk full".into() }, RunState::Complete] {
        RunFolder::reopen(&place).unwrap().finish(&state).unwrap();
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

fn state(step: u64, logs: LogLengths) -> CheckpointState {
    CheckpointState::new(&config(), Position { step, ..Position::default() }, logs)
}

/// Writes a checkpoint with one file.
fn checkpoint(run: &RunFolder, step: u64, text: &str) -> PathBuf {
    let write = |folder: &Path| {
        fs::create_dir(folder.join("sub")).map_err(anyhow::Error::from)?;
        fs::write(folder.join("sub/weights"), text).map_err(anyhow::Error::from)
    };
    run.checkpoint(&state(step, LogLengths::default()), write).unwrap()
}

fn latest(run: &RunFolder) -> Option<u64> {
    run.latest_checkpoint().unwrap().map(|checkpoint| checkpoint.state.position.step)
}

#[test]
fn a_checkpoint_is_there_whole_or_not_at_all() {
    let parent = tempfile::tempdir().unwrap();
    let run = RunFolder::create(Some(&parent.path().join("run")), &config()).unwrap();
    assert_eq!(latest(&run), None);
    let place = checkpoint(&run, 5, "five");
    assert_eq!(place, run.path().join("checkpoints/step-5"));
    checkpoint(&run, 10, "ten");
    checkpoint(&run, 5, "five again");
    assert_eq!(fs::read_to_string(place.join("sub/weights")).unwrap(), "five again");

    let failed = run.checkpoint(&state(20, LogLengths::default()), |folder| {
        fs::write(folder.join("weights"), "half").map_err(anyhow::Error::from)?;
        Err(anyhow::anyhow!("out of memory"))
    });
    assert_eq!(failed.unwrap_err().to_string(), "out of memory");
    assert_eq!(run.checkpoint_steps().unwrap(), [5, 10]);
    assert_eq!(latest(&run), Some(10));
    let left: Vec<_> = fs::read_dir(run.path().join("checkpoints")).unwrap().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_folder_that_is_not_whole_is_never_taken_for_a_checkpoint() {
    let parent = tempfile::tempdir().unwrap();
    let run = RunFolder::create(Some(&parent.path().join("run")), &config()).unwrap();
    checkpoint(&run, 5, "five");
    let torn = checkpoint(&run, 10, "ten");
    fs::write(torn.join("sub/weights"), "te").unwrap();
    assert_eq!(latest(&run), Some(5));
    fs::write(torn.join("sub/weights"), "ten").unwrap();
    assert_eq!(latest(&run), Some(10));
    // An earlier version wrote none.
    fs::remove_file(torn.join("state.json")).unwrap();
    assert_eq!(latest(&run), Some(5));
    assert_eq!(run.checkpoint_steps().unwrap(), [5]);
}

#[test]
fn the_newest_and_the_best_checkpoints_are_kept() {
    let parent = tempfile::tempdir().unwrap();
    let run = RunFolder::create(Some(&parent.path().join("run")), &config()).unwrap();
    (1..=5).for_each(|step| drop(checkpoint(&run, step, "x")));
    run.prune_checkpoints(2, Some(2)).unwrap();
    assert_eq!(run.checkpoint_steps().unwrap(), [2, 4, 5]);
    run.prune_checkpoints(1, Some(5)).unwrap();
    assert_eq!(run.checkpoint_steps().unwrap(), [5]);
    run.prune_checkpoints(0, None).unwrap();
    assert_eq!(run.checkpoint_steps().unwrap(), [5]);
}

#[test]
fn a_checkpoint_of_another_form_or_other_settings_is_refused_with_a_remedy() {
    let parent = tempfile::tempdir().unwrap();
    let run = RunFolder::create(Some(&parent.path().join("run")), &config()).unwrap();
    let place = checkpoint(&run, 5, "five");
    let whole = run.latest_checkpoint().unwrap().unwrap();
    let mut settings = Config { seed: 12, ..config() };
    settings.rollout.group_size = 4;
    settings.grpo.steps = 1000;
    settings.checkpoint.every = 1;
    let refused = whole.check_settings(&settings).unwrap_err();
    assert!(refused.is_usage());
    let refused = refused.to_string();
    let listed: Vec<&str> = refused.lines().filter(|line| line.starts_with("  ")).collect();
    assert_eq!(listed, ["  `rollout.group_size` is 4, was 8", "  `seed` is 12, was 11"]);
    assert!(refused.contains("\nhint: put the old values back"), "{refused}");
    settings = config();
    settings.grpo.steps = 1000;
    whole.check_settings(&settings).unwrap();

    let file = place.join("state.json");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("\"format\": 1", "\"format\": 2").replace("0.1.0", "9.0.0")).unwrap();
    let refused = run.latest_checkpoint().unwrap_err().to_string();
    assert!(refused.contains("has format 2, written by version 9.0.0"), "{refused}");
    assert!(refused.contains("hint: resume with version 9.0.0"), "{refused}");
}

/// A run of four steps with a checkpoint after the second, killed while it wrote a fifth line.
fn killed(place: &Path) -> Vec<Vec<u8>> {
    let run = RunFolder::create(Some(place), &config()).unwrap();
    let (mut metrics, mut evaluations) = (run.metrics_log().unwrap(), run.eval_log().unwrap());
    let events = run.event_log(None).unwrap();
    evaluations.write(&evaluation(EvalPhase::WarmStart, 0, 3)).unwrap();
    let mut then = Vec::new();
    for number in 1..=4 {
        metrics.write(&step(number)).unwrap();
        run.write_rollouts(number, &[rollout(number, 0)]).unwrap();
        if number == 2 {
            let logs = LogLengths {
                metrics: metrics.sync().unwrap(),
                eval: evaluations.sync().unwrap(),
                events: run.sync_events(&events).unwrap(),
            };
            assert_eq!((logs.metrics.lines, logs.eval.lines, logs.events.len()), (2, 2, 1));
            let write = |folder: &Path| fs::write(folder.join("weights"), "two").map_err(anyhow::Error::from);
            run.checkpoint(&state(2, logs), write).unwrap();
            then = ["metrics.jsonl", "eval.jsonl"].map(|name| fs::read(place.join(name)).unwrap()).to_vec();
        }
        evaluations.write(&evaluation(EvalPhase::Step, number, 4)).unwrap();
    }
    fs::create_dir(place.join("checkpoints/.tmp-step-4")).unwrap();
    fs::write(place.join("rollouts/.tmp-step-000005.jsonl.zst"), "half").unwrap();
    let mut log = fs::OpenOptions::new().append(true).open(place.join("metrics.jsonl")).unwrap();
    log.write_all(b"{\"step\":5").unwrap();
    then
}

#[test]
fn a_run_is_brought_back_to_its_checkpoint_byte_by_byte() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("run");
    let then = killed(&place);
    for _ in 0..2 {
        let run = RunFolder::reopen(&place).unwrap();
        run.rewind(run.latest_checkpoint().unwrap().as_ref()).unwrap();
        let now = ["metrics.jsonl", "eval.jsonl"].map(|name| fs::read(place.join(name)).unwrap());
        assert_eq!(now, *then);
        assert_eq!(run.rollout_steps().unwrap(), [1, 2]);
        assert_eq!(fs::read_dir(place.join("rollouts")).unwrap().count(), 2);
        assert_eq!(fs::read_dir(place.join("checkpoints")).unwrap().count(), 1);
        // A second file of events follows the first; rewinding again takes it away.
        run.event_log(Some(3)).unwrap();
    }
    let run = RunFolder::reopen(&place).unwrap();
    // What might be somebody's only policy is not thrown away, even where it cannot be gone on from.
    fs::remove_file(place.join("checkpoints/step-2/state.json")).unwrap();
    assert_eq!(latest(&run), None);
    assert!(matches!(run.rewind(None), Err(RunFolderError::NotWhole { .. })));
    assert_eq!(fs::read(place.join("metrics.jsonl")).unwrap(), then[0]);
    fs::remove_dir_all(place.join("checkpoints/step-2")).unwrap();
    run.rewind(None).unwrap();
    assert_eq!(fs::read(place.join("metrics.jsonl")).unwrap(), b"");
    assert_eq!((run.rollout_steps().unwrap().len(), run.checkpoint_steps().unwrap().len()), (0, 0));
    let names = fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    assert_eq!(names.filter(|name| name.starts_with("events.")).count(), 0);
}

#[test]
fn a_log_that_was_changed_is_refused() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("run");
    killed(&place);
    let run = RunFolder::reopen(&place).unwrap();
    let whole = run.latest_checkpoint().unwrap();
    let log = place.join("metrics.jsonl");
    let text = fs::read(&log).unwrap();
    for changed in [text[..9].to_vec(), [&text[1..], b" "].concat(), [b"\n", &text[1..]].concat()] {
        fs::write(&log, &changed).unwrap();
        let refused = run.rewind(whole.as_ref()).unwrap_err();
        assert!(matches!(refused, RunFolderError::Edited { .. }), "{refused}");
        assert_eq!(fs::read(&log).unwrap(), changed);
    }
    fs::remove_file(&log).unwrap();
    let refused = run.rewind(whole.as_ref()).unwrap_err();
    assert!(matches!(refused, RunFolderError::Edited { .. }), "{refused}");
    assert!(!log.exists());
}

#[test]
fn a_damaged_file_is_told_with_its_line_and_what_to_do() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("run");
    killed(&place);
    let damage = |file: &str| fs::write(place.join(file), "{\"step\":\n").unwrap();
    let told = |error: RunFolderError, parts: &[&str]| {
        let text = error.to_string();
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    };
    let run = RunFolder::open(&place).unwrap();
    damage("metrics.jsonl");
    told(run.metrics().unwrap_err(), &["metrics.jsonl:1: ", "hint: ", "`ssl4rl report --html`"]);
    damage("checkpoints/step-2/state.json");
    told(run.latest_checkpoint().unwrap_err(), &["state.json:2: ", "hint: ", "another checkpoint"]);
    damage("status.json");
    told(RunFolder::open(&place).unwrap_err(), &["status.json:2: ", "hint: ", "{\"state\":\"interrupted\"}"]);
    // What the hint says works.
    fs::write(place.join("status.json"), "{\"state\":\"interrupted\"}").unwrap();
    assert_eq!(RunFolder::open(&place).unwrap().state().unwrap(), RunState::Interrupted);
}

#[test]
fn a_folder_in_which_no_run_was_born_may_be_given_again() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("run");
    drop(RunFolder::create(Some(&place), &config()).unwrap());
    // As left by a process killed before it wrote the settings, which come last.
    fs::rename(place.join("config.toml"), place.join(".tmp-config.toml")).unwrap();
    assert!(RunFolder::reopen(&place).unwrap_err().to_string().ends_with("is started again, in the same folder"));
    drop(RunFolder::create(Some(&place), &config()).unwrap());
    RunFolder::reopen(&place).unwrap();
    fs::remove_file(place.join("config.toml")).unwrap();
    fs::write(place.join("rollouts/mine"), "").unwrap();
    assert!(matches!(RunFolder::create(Some(&place), &config()), Err(RunFolderError::Exists { .. })));
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
    let (printed, read) =
        (ResultTable::of(&evaluations, true), ResultTable::of(&run.evaluations().unwrap().records, true));
    assert_eq!(read, printed);
    assert_eq!(serde_json::to_string(&read).unwrap(), serde_json::to_string(&printed).unwrap());
    // 3 of 7: 0.4286, error sqrt(12/7 / 6 / 7) = 0.2020; 5 of 7: 0.7143, error sqrt(10/7 / 6 / 7) = 0.1844.
    let line = "graph/motif  7        0.333   0.429 ± 0.202  0.714 ± 0.184  +0.095 ± 0.202      +0.286 ± 0.274";
    assert_eq!(read.text().lines().last(), Some(line));
}
