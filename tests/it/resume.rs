//! Runs of the real program that are killed, interrupted and refused, and end with the bytes of a run that never stopped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use ssl4rl::report::{MetricsRow, RunFolder, RunState};

/// A run that takes a second or two: five steps, a checkpoint every second one, an evaluation every third.
const SETTINGS: [&str; 18] = [
    "policy.hidden_size=32",
    "policy.layers=2",
    "policy.intermediate_size=48",
    "policy.vocabulary=400",
    "policy.tokenizer_samples=64",
    "warm_start.max_batches=20",
    "warm_start.batch_size=8",
    "warm_start.learning_rate=0.01",
    "warm_start.probe_samples=8",
    "reward.weights.length=0.5",
    "rollout.prompts=6",
    "rollout.group_size=4",
    "rollout.max_new_tokens=8",
    "grpo.mini_batches=2",
    "grpo.kl_coefficient=0.1",
    "eval.samples=16",
    "eval.every=3",
    "checkpoint.every=2",
];

/// A folder with a run and a policy cache of its own.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn run(&self) -> PathBuf {
        self.0.path().join("run")
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ssl4rl"));
        command.arg(verb).env("SSL4RL_CACHE", self.0.path().join("cache"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn graph(&self, steps: u64, assignments: &[&str]) -> Command {
        let mut command = self.command("graph");
        command.args([
            "--task",
            "graph/subgraph-counting",
            "--seed",
            "3",
            "--threads",
            "1",
            "--steps",
            &steps.to_string(),
        ]);
        command.arg("--out").arg(self.run());
        for assignment in SETTINGS.iter().chain(assignments) {
            command.args(["--set", assignment]);
        }
        command
    }

    fn page(&self) -> String {
        fs::read_to_string(self.run().join("report.html")).unwrap()
    }

    fn resume(&self) -> Command {
        let mut command = self.command("resume");
        command.arg(self.run());
        command
    }

    /// Waits until the log has so many lines, or until the settings are there where 0.
    fn wait_for(&self, child: &mut Child, lines: usize) {
        let there = || match lines {
            0 => self.run().join("config.toml").exists(),
            lines => {
                let log = fs::read_to_string(self.run().join("metrics.jsonl"));
                log.is_ok_and(|text| text.matches('\n').count() >= lines)
            }
        };
        while !there() {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "the run ended before it had {lines} lines: {ended:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn kill_after(&self, mut command: Command, lines: usize) {
        let mut child = command.spawn().unwrap();
        self.wait_for(&mut child, lines);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Everything that must not depend on what happened to the process.
    fn trace(&self) -> Vec<(String, Vec<u8>)> {
        let folder = RunFolder::open(&self.run()).unwrap();
        assert_eq!(folder.state().unwrap(), RunState::Complete);
        let steady = |row: MetricsRow| {
            let kept = row.values.into_iter().filter(|(name, _)| !MetricsRow::depends_on_the_clock(name));
            format!("{} {}\n", row.step, serde_json::to_string(&kept.collect::<Vec<_>>()).unwrap())
        };
        let moved = |row: &MetricsRow| row.get("grad_norm").is_some_and(|norm| norm > 0.0);
        assert!(folder.metrics().unwrap().records.iter().any(moved), "nothing was learned, and nothing is compared");
        let metrics: String = folder.metrics().unwrap().records.into_iter().map(steady).collect();
        let last = folder.latest_checkpoint().unwrap().unwrap();
        let steps =
            folder.rollout_steps().unwrap().into_iter().map(|step| format!("rollouts/step-{step:06}.jsonl.zst"));
        let adapts = folder.config().lora.is_on();
        let weights = if adapts { "adapter_model.safetensors" } else { "model.safetensors" };
        assert_eq!(last.path.join("model.safetensors").exists(), !adapts);
        let weights = [weights, "optimizer.safetensors"].map(|name| last.path.join(name));
        let names =
            std::iter::once("eval.jsonl".to_owned()).chain(steps).map(|name| self.run().join(name)).chain(weights);
        let files = names.map(|path| {
            let name = path.strip_prefix(self.run()).unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        });
        std::iter::once(("metrics".to_owned(), metrics.into_bytes())).chain(files).collect()
    }
}

fn finished(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    told(&output)
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn assert_equal(killed: &Place, whole: &Place) {
    for (one, other) in killed.trace().iter().zip(&whole.trace()) {
        assert_eq!(one.0, other.0);
        assert!(one.1 == other.1, "{} differs", one.0);
    }
    assert_eq!(killed.trace().len(), whole.trace().len());
}

#[test]
fn a_run_killed_again_and_again_ends_as_one_that_never_stopped() {
    let (whole, killed) = (Place::new(), Place::new());
    finished(whole.graph(5, &[]));
    // In the warm start, before the first checkpoint, between two.
    killed.kill_after(killed.graph(5, &[]), 0);
    killed.kill_after(killed.resume(), 1);
    killed.kill_after(killed.resume(), 3);
    let text = finished(killed.resume());
    assert!(text.contains("GRPO is the policy after step 5"), "{text}");
    assert_equal(&killed, &whole);
    assert!(killed.page().contains("<dd>5 of 5</dd>") && !killed.page().contains("the page shows what there is"));
    let text = finished(killed.resume());
    assert!(text.contains("the run is complete"), "{text}");
    assert_equal(&killed, &whole);

    // The KL is measured from the policy that the run began with: another one is refused.
    let cache = killed.0.path().join("cache/policies");
    let cached = fs::read_dir(&cache).unwrap().next().unwrap().unwrap().path();
    fs::copy(whole.run().join("checkpoints/step-5/model.safetensors"), cached.join("model.safetensors")).unwrap();
    let mut command = killed.resume();
    let output = command.args(["--steps", "6"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("is not the one that the run began with"), "{}", told(&output));
    assert!(matches!(RunFolder::open(&killed.run()).unwrap().state().unwrap(), RunState::Failed { .. }));
    assert!(killed.page().contains("The run failed: "), "{}", killed.page());
}

/// A run of adapters beside `tiny`, whose base lies in the run folder.
const ADAPTERS: [&str; 3] = ["lora.rank=4", "lora.alpha=8", "optimizer.learning_rate=0.01"];

#[test]
fn a_killed_run_of_adapters_ends_as_one_that_never_stopped() {
    let (whole, killed) = (Place::new(), Place::new());
    finished(whole.graph(5, &ADAPTERS));
    killed.kill_after(killed.graph(5, &ADAPTERS), 0);
    killed.kill_after(killed.resume(), 3);
    // The base that the run keeps is enough: the cache is not asked again.
    fs::remove_dir_all(killed.0.path().join("cache")).unwrap();
    finished(killed.resume());
    assert_equal(&killed, &whole);
    let base = |place: &Place| fs::read(place.run().join("base/model.safetensors")).unwrap();
    assert!(base(&killed) == base(&whole), "the base was trained");

    // Adapters of one base mean nothing beside another.
    let mut other = base(&killed);
    let last = other.len() - 1;
    other[last] ^= 1;
    fs::write(killed.run().join("base/model.safetensors"), other).unwrap();
    let mut command = killed.resume();
    let output = command.args(["--steps", "6"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = told(&output);
    assert!(text.contains("base/model.safetensors` was changed"), "{text}");
    assert_eq!(RunFolder::open(&killed.run()).unwrap().state().unwrap(), RunState::Complete);

    // Nor where nothing was recorded of the base's files.
    fs::remove_file(killed.run().join("base/state.json")).unwrap();
    let mut command = killed.resume();
    let output = command.args(["--steps", "6"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = told(&output);
    assert!(text.contains("is not the one that the run began with, beside whose weights its adapters"), "{text}");
}

/// A model that was not made here for the user's first look, warm-started before reinforcement learning.
const GIVEN: [&str; 2] = [
    "policy.model=random:qwen2:hidden=32,layers=2,heads=4,kv=2,inter=48,vocab=400,positions=512",
    "warm_start.max_batches=10",
];

#[test]
fn a_killed_run_of_a_warm_started_model_ends_as_one_that_never_stopped() {
    for adapters in [&[][..], &ADAPTERS] {
        let settings = [&GIVEN, adapters].concat();
        let (whole, killed) = (Place::new(), Place::new());
        let text = finished(whole.graph(5, &settings));
        assert!(text.contains("random, warm-started with 10 batches, loss "), "{text}");
        killed.kill_after(killed.graph(5, &settings), 0);
        killed.kill_after(killed.resume(), 3);
        let text = finished(killed.resume());
        assert!(!text.contains("warm-started"), "{text}");
        assert_equal(&killed, &whole);
    }
}

/// A curriculum that a policy of little skill walks down, a level in one and a half steps, and examples before questions.
const CURRICULUM: [&str; 6] = [
    "curriculum.enabled=true",
    "curriculum.low=0.9",
    "curriculum.high=1",
    "curriculum.window=36",
    "grpo.advantage_per_task=true",
    "task.graph/subgraph-counting.examples=1",
];

#[test]
fn a_killed_run_with_a_curriculum_goes_on_at_the_levels_where_it_was() {
    let (whole, killed) = (Place::new(), Place::new());
    finished(whole.graph(5, &CURRICULUM));
    killed.kill_after(killed.graph(5, &CURRICULUM), 3);
    killed.kill_after(killed.resume(), 4);
    finished(killed.resume());
    assert_equal(&killed, &whole);
    let metrics = RunFolder::open(&whole.run()).unwrap().metrics().unwrap().records;
    let levels = metrics.iter().map(|row| row.get("level/graph/subgraph-counting").unwrap());
    let levels: Vec<f64> = levels.collect();
    assert!(levels.first() > levels.last(), "the task never moved: {levels:?}");
    assert!(metrics.iter().all(|row| row.get("solve_rate/graph/subgraph-counting").is_some()));
}

#[test]
#[cfg(unix)]
fn an_interrupted_run_goes_on_and_nobody_else_writes_it_meanwhile() {
    let (whole, stopped) = (Place::new(), Place::new());
    let settings = ["grpo.kl_coefficient=0", "checkpoint.every=0", "checkpoint.keep_best=false"];
    let mut child = stopped.graph(4000, &settings).spawn().unwrap();
    stopped.wait_for(&mut child, 0);
    let refused = stopped.resume().output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{}", told(&refused));
    assert!(told(&refused).contains("another process is writing the run"), "{}", told(&refused));
    stopped.wait_for(&mut child, 1);
    #[cfg(target_os = "linux")]
    assert_spins_briefly(&child);
    let signalled = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(signalled.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", told(&output));
    assert!(told(&output).contains("ssl4rl resume"), "{}", told(&output));
    assert!(stopped.page().contains("The run was interrupted; the page shows what there is."));
    // The checkpoint of the interrupt is the only one; without a KL it alone is the policy to go on from.
    let steps = RunFolder::open(&stopped.run()).unwrap().checkpoint_steps().unwrap();
    let [step] = steps.try_into().unwrap();
    let further = step + 3;
    let mut command = stopped.resume();
    command.args(["--steps", &further.to_string()]);
    finished(command);
    finished(whole.graph(further, &settings));
    assert_equal(&stopped, &whole);
}

/// Whether the process has told its threads not to spin for long; a single core has nobody to wait for.
#[cfg(target_os = "linux")]
fn assert_spins_briefly(child: &Child) {
    let environment = fs::read(format!("/proc/{}/environ", child.id())).unwrap();
    let told = |name: &str| environment.split(|&byte| byte == 0).any(|variable| variable.starts_with(name.as_bytes()));
    let alone = std::thread::available_parallelism().unwrap().get() == 1;
    assert!(alone || told("GOMP_SPINCOUNT=") || told("OMP_WAIT_POLICY="));
}

fn refusal(place: &Place, arguments: &[&str]) -> String {
    let output = place.resume().args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    told(&output)
}

#[test]
fn a_checkpoint_whose_bytes_changed_is_refused_and_the_old_ones_are_not() {
    let place = Place::new();
    finished(place.graph(4, &["eval.every=0", "grpo.kl_coefficient=0"]));
    for (name, verbs) in [("optimizer.safetensors", 1), ("model.safetensors", 3)] {
        let file = place.run().join("checkpoints/step-4").join(name);
        let whole = fs::read(&file).unwrap();
        let mut altered = whole.clone();
        let middle = altered.len() / 2;
        altered[middle] ^= 1;
        fs::write(&file, &altered).unwrap();
        let digest = |bytes: &[u8]| blake3::hash(bytes).to_hex().to_string();
        let resumed = place.resume().args(["--steps", "5"]).output().unwrap();
        let scored = place.command("eval").arg("--run").arg(place.run()).output().unwrap();
        let mut generate = place.command("generate");
        let said = generate.arg("--model").arg(file.parent().unwrap()).args(["--ids", "1,2"]).output().unwrap();
        assert_eq!(said.status.success(), name == "optimizer.safetensors", "{}", told(&said));
        for output in [resumed, scored, said].into_iter().take(verbs) {
            let told = told(&output);
            assert_eq!(output.status.code(), Some(2), "{told}");
            assert!(told.contains(&format!("{}` was changed", file.display())), "{told}");
            assert!(told.contains(&digest(&whole)) && told.contains(&digest(&altered)), "{told}");
            assert!(told.contains("hint: put the file back; or remove the folder"), "{told}");
        }
        fs::write(&file, &whole).unwrap();
    }
    // One of an earlier version has no digests.
    let state = place.run().join("checkpoints/step-4/state.json");
    let mut earlier: serde_json::Value = serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
    assert_eq!(
        earlier.as_object_mut().unwrap().remove("blake3").unwrap().as_object().unwrap().len(),
        earlier["files"].as_object().unwrap().len()
    );
    fs::write(&state, serde_json::to_vec(&earlier).unwrap()).unwrap();
    let mut command = place.resume();
    command.args(["--steps", "5"]);
    finished(command);
    // Without any, the run does not begin again over its logs.
    fs::remove_dir_all(place.run().join("checkpoints")).unwrap();
    let log = fs::read(place.run().join("metrics.jsonl")).unwrap();
    let told = refusal(&place, &["--steps", "6"]);
    assert!(told.contains("has done 5 steps, and its checkpoints are gone"), "{told}");
    assert_eq!(fs::read(place.run().join("metrics.jsonl")).unwrap(), log);
}

#[test]
fn a_checkpoint_cut_short_is_told_and_left_out() {
    let place = Place::new();
    finished(place.graph(4, &["eval.every=0", "grpo.kl_coefficient=0"]));
    let file = place.run().join("checkpoints/step-4/optimizer.safetensors");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let told = finished({
        let mut command = place.resume();
        command.args(["--steps", "5"]);
        command
    });
    assert!(told.contains("the checkpoint of step 4 is damaged and left out: "), "{told}");
    assert!(told.contains("GRPO is the policy after step 5"), "{told}");
}

/// A triple file of a graph that carries the counting task.
fn write_graph(path: &Path, last: usize) {
    let edges = (0..60).flat_map(|node| [(node, (node + 1) % 60), (node, (node * 7 + 3) % 60)]);
    let lines: Vec<String> = edges.chain([(0, last)]).map(|(from, to)| format!("{from}\t{to}")).collect();
    fs::write(path, lines.join("\n")).unwrap();
}

#[test]
fn other_data_and_other_settings_are_refused_and_more_steps_are_not() {
    let place = Place::new();
    let data = place.0.path().join("graph.tsv");
    write_graph(&data, 30);
    let mut command = place.graph(5, &["eval.every=0", "grpo.kl_coefficient=0"]);
    finished({
        command.arg("--dataset").arg(&data);
        command
    });
    let config = place.run().join("config.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("group_size = 4", "group_size = 8")).unwrap();
    let refused = refusal(&place, &["--steps", "6"]);
    let scored = place.command("eval").arg("--run").arg(place.run()).output().unwrap();
    assert_eq!(scored.status.code(), Some(2), "{}", told(&scored));
    for told in [refused, told(&scored)] {
        assert!(told.contains("`rollout.group_size` is 8, was 4"), "{told}");
    }
    fs::write(&config, text).unwrap();
    write_graph(&data, 31);
    let told = refusal(&place, &["--steps", "6"]);
    assert!(told.contains("graph.tsv: SHA-256 is ") && told.contains("--data-dir"), "{told}");
    write_graph(&data, 30);
    assert!(refusal(&place, &["--steps", "4"]).contains("the run has 5 steps already"));

    let told = finished({
        let mut command = place.resume();
        command.args(["--steps", "6", "--threads", "2"]);
        command
    });
    assert!(told.contains("threads: the run began with 1, goes on with 2"), "{told}");
    assert!(told.contains("GRPO is the policy after step 6"), "{told}");
}

#[test]
fn a_plateau_ends_the_run_early_and_any_kept_checkpoint_can_be_scored() {
    let place = Place::new();
    // Nothing is learned, so that the first evaluation after a step shows no improvement.
    let settings = ["optimizer.learning_rate=0", "eval.every=1", "eval.patience=1", "checkpoint.keep_last=1"];
    let text = finished(place.graph(4, &settings));
    assert!(text.contains("ended early, after step 1 of 4"), "{text}");
    assert!(text.contains("GRPO is the policy after step 1; the best of those evaluated was after step 0"), "{text}");
    let eval = |checkpoint: &str| {
        let mut command = place.command("eval");
        command.arg("--run").arg(place.run()).args(["--checkpoint", checkpoint]);
        command
    };
    let text = finished(eval("best"));
    assert!(text.contains("GRPO is the policy after step 0, the best of those evaluated"), "{text}");
    assert!(!text.contains("the scores differ"), "{text}");

    // As a model like any other it is scored by itself, and a run of it has no warm start to tell of.
    let checkpoint = place.run().join("checkpoints/step-1").display().to_string();
    let mut command = place.command("eval");
    command.args(["--model", &checkpoint, "--task", "graph/subgraph-counting", "--set", "eval.samples=8"]);
    let text = finished(command);
    assert!(text.contains("samples  chance  score ") && !text.contains("GRPO"), "{text}");
    let further = Place::new();
    let mut command = further.graph(1, &["warm_start.max_batches=0"]);
    command.args(["--model", &checkpoint]);
    let text = finished(command);
    assert!(text.contains("before         GRPO           gain by GRPO"), "{text}");

    let output = eval("3").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("no checkpoint of step 3"), "{}", told(&output));
    assert!(told(&output).contains("hint: `--checkpoint N` takes one of 0, 1\n"), "{}", told(&output));
    for (step, hint) in
        [(1, "hint: `--checkpoint N` takes one of 0\n"), (0, "hint: of those that are there, files are missing")]
    {
        std::fs::remove_file(place.run().join(format!("checkpoints/step-{step}/tokenizer.json"))).unwrap();
        let output = eval("1").output().unwrap();
        assert!(told(&output).contains(hint), "{}", told(&output));
    }
    for named in ["1", "last"] {
        let output = eval(named).output().unwrap();
        assert!(told(&output).contains("a damaged checkpoint of step 1: "), "{}", told(&output));
    }
    let output = eval("newest").output().unwrap();
    assert!(told(&output).contains("expected `best`, `last` or a step"), "{}", told(&output));
}

#[test]
fn a_score_of_another_benchmark_tells_what_training_had_seen() {
    for setting in ["transductive", "inductive"] {
        let place = Place::new();
        finished(place.graph(1, &["eval.every=0", &format!("data.setting={setting}")]));
        let mut command = place.command("eval");
        command.arg("--run").arg(place.run()).args(["--bench", "graph/link-prediction", "--bench-set", "samples=4"]);
        let text = finished(command);
        assert!(text.contains(&format!("\n\ntraining was {setting}\n")), "{text}");
        let evaluations = fs::read_to_string(place.run().join("eval.jsonl")).unwrap();
        let last: serde_json::Value = serde_json::from_str(evaluations.lines().last().unwrap()).unwrap();
        assert_eq!(last["benchmark"]["setting"], setting);
    }
}
