//! The HTML page of a run: well-formed, whole whatever the run is like, and the same bytes every time.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use ssl4rl::config::{Config, Provenance};
use ssl4rl::report::{
    EvalPhase, EvalRecord, RolloutRecord, RunFolder, RunState, StepMetrics, TaskEval, TaskMetrics, html,
};
use ssl4rl::tasks::exam::metrics::Estimate;
use ssl4rl::tasks::exam::{Outcome, Row};
use ssl4rl::tasks::{BlobReference, Split, Verdict};

const HOSTILE: &str = "</pre></script><script>alert('1')</script><!-- \u{0}\u{1b}[31m \u{202e}&amp; ]]>\"";

/// What a page consists of, once it is known to be well-formed.
#[derive(Debug, Default)]
struct Parsed {
    /// Opening tags in order, with their attributes.
    tags: Vec<String>,
    /// Text of headings and summaries, by the element's name.
    outline: Vec<String>,
}

/// Reads a page as strictly as it is written: every element closed in its turn, every attribute quoted, no `<` in a text.
fn parse(page: &str) -> Parsed {
    let mut rest = page.strip_prefix("<!doctype html>\n").unwrap();
    let (mut parsed, mut open, mut heading) = (Parsed::default(), Vec::<String>::new(), String::new());
    while let Some((text, after)) = rest.split_once('<') {
        assert!(!text.contains('>') || open.last().is_some_and(|name| name == "style"), "in a text: {text}");
        heading.push_str(text);
        let (tag, after) = after.split_once('>').unwrap();
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "closed in the wrong order");
            if ["h1", "h2", "h3", "h4", "summary", "figcaption"].contains(&name) {
                parsed.outline.push(format!("{name} {}", heading.split_whitespace().collect::<Vec<_>>().join(" ")));
            }
            continue;
        }
        let name = tag.split(' ').next().unwrap();
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        parsed.tags.push(tag.to_owned());
        if ["h1", "h2", "h3", "h4", "summary", "figcaption"].contains(&name) {
            heading.clear();
        }
        if !["meta", "br", "col"].contains(&name) {
            open.push(name.to_owned());
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "left open: {open:?}, left over: {rest}");
    let ids: Vec<&str> = parsed.tags.iter().filter_map(|tag| tag.split_once("id=\"")?.1.split('"').next()).collect();
    let distinct: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(ids.len(), distinct.len(), "{ids:?}");
    assert!(!page.contains("<script") && !page.contains("http") && !page.contains("NaN"));
    parsed
}

fn rollout(step: u64, group: u64, completion: &str, verdict: Verdict) -> RolloutRecord {
    RolloutRecord {
        step,
        task: "graph/path".into(),
        seed: 0,
        split: Split::Train,
        index: group,
        group,
        prompt: format!("How long is the path? {HOSTILE}"),
        media: vec![BlobReference { mime: "image/png".into(), length: 99, blake3: "00".into(), source: None }],
        completion: completion.into(),
        truth: serde_json::json!({ "count": 3 }),
        reward: verdict.score,
        verdict,
        tokens: 5,
        truncated: false,
    }
}

fn outcome(accuracy: f64) -> Outcome {
    let estimate = Estimate { value: accuracy, standard_error: 0.02 };
    let rows = vec![
        Row::new("test nodes", Row::MODEL, 100).with("accuracy", estimate),
        Row::new("test nodes", "majority class", 100).with("accuracy", Estimate::UNKNOWN),
    ];
    let (benchmark, dataset) = ("graph/node-classification".to_owned(), "cora".to_owned());
    Outcome { benchmark, dataset, setting: None, settings: serde_json::Value::Null, rows }
}

/// A run of `steps` steps with everything a run can have, made by hand.
fn run(place: &Path, steps: u64, state: &RunState) {
    let mut config = Config { provenance: Some(Provenance::of_this_build(2)), ..Config::default() };
    config.tasks.insert("graph/path".into(), 1.0);
    config.policy.model = HOSTILE.into();
    let folder = RunFolder::create(Some(place), &config).unwrap();
    let eval =
        |score| TaskEval { samples: 400, score, score_standard_error: 0.03, chance: 0.25, ..TaskEval::default() };
    let tasks = |score| BTreeMap::from([("graph/path".to_owned(), eval(score))]);
    let mut evaluations = folder.eval_log().unwrap();
    evaluations.write(&EvalRecord::of_tasks(EvalPhase::WarmStart, 0, tasks(0.3))).unwrap();
    evaluations.write(&EvalRecord::of_benchmark(0, outcome(0.25))).unwrap();
    let mut metrics = folder.metrics_log().unwrap();
    for step in 1..=steps {
        let share = step as f64 / steps as f64;
        let task = TaskMetrics {
            reward: share,
            chance: 0.25,
            accuracy: share / 2.0,
            level: Some(step / 2),
            solve_rate: Some(share / 2.0),
        };
        let row = StepMetrics {
            step,
            reward_mean: share,
            reward_std: 0.25,
            tasks: BTreeMap::from([("graph/path".to_owned(), task)]),
            kl: Some(if step == 2 { f64::NAN } else { share }),
            entropy: 2.0 - share,
            lr: 4e-4,
            step_seconds: 2.0,
            ..StepMetrics::default()
        };
        metrics.write(&row).unwrap();
        let answers = [
            rollout(step, 0, "<answer>3</answer>", Verdict::right("3")),
            rollout(step, 0, HOSTILE, Verdict::unreadable("no answer block")),
        ];
        folder.write_rollouts(step, &answers).unwrap();
    }
    if *state == RunState::Complete {
        evaluations.write(&EvalRecord::of_tasks(EvalPhase::Final, steps, tasks(0.9))).unwrap();
        evaluations.write(&EvalRecord::of_benchmark(steps, outcome(0.5))).unwrap();
    }
    folder.finish(state).unwrap();
}

fn page(places: &[&Path]) -> String {
    html::page(&places.iter().map(|place| RunFolder::open(place).unwrap()).collect::<Vec<_>>())
}

#[test]
fn a_whole_run_has_every_part() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("mine");
    run(&place, 4, &RunState::Complete);
    let page = page(&[&place]);
    insta::assert_snapshot!(parse(&page).outline.join("\n"));
    for part in [
        "<title>mine · ssl4rl</title>",
        "<html lang=\"en\">",
        "0.300 ± 0.030",
        "+0.600 ± 0.042",
        "policy after step 4",
        "KL (no value in 1 step)",
        "Learning rate 4.00e-4",
        "1 medium in the prompt",
        "␀␛[31m \\u{202e}&amp;amp;",
    ] {
        assert!(page.contains(part), "{part} is missing");
    }
    assert!(!page.contains("class=\"notice\""));
}

#[test]
fn the_same_folder_gives_the_same_bytes() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("mine");
    run(&place, 3, &RunState::Complete);
    let first = page(&[&place]);
    let written = RunFolder::open(&place).unwrap().write_page().unwrap();
    assert_eq!(written, place.join("report.html"));
    assert_eq!(fs::read_to_string(&written).unwrap(), first);
    // With the page in the folder, and named in another way.
    assert_eq!(page(&[&parent.path().join("mine/../mine/.")]), first);
    let left: Vec<_> = fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".tmp-")), "{left:?}");
}

#[test]
fn runs_of_no_step_and_of_one() {
    let parent = tempfile::tempdir().unwrap();
    for (name, steps) in [("none", 0), ("one", 1)] {
        let place = parent.path().join(name);
        run(&place, steps, &RunState::Interrupted);
        let page = page(&[&place]);
        parse(&page);
        assert!(page.contains("The run was interrupted; the page shows what there is."));
        assert_eq!(page.contains("No step was done yet."), steps == 0);
        assert_eq!(page.contains("No completions are in the folder."), steps == 0);
    }
    let bare = parent.path().join("bare");
    let held = RunFolder::create(Some(&bare), &Config::default()).unwrap();
    let page = page(&[&bare]);
    parse(&page);
    assert!(page.contains("The run is still running") && page.contains("Nothing was evaluated yet."));
    assert!(page.contains("`metrics.jsonl` cannot be read"), "{page}");
    drop(held);
}

#[test]
fn what_is_damaged_is_told() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("mine");
    run(&place, 5, &RunState::Complete);
    let mut metrics = fs::OpenOptions::new().append(true).open(place.join("metrics.jsonl")).unwrap();
    metrics.write_all(b"{\"step\":6,\"rew").unwrap();
    let text = fs::read_to_string(place.join("eval.jsonl")).unwrap();
    fs::write(place.join("eval.jsonl"), format!("{text}<broken>\n")).unwrap();
    let rollouts = place.join("rollouts/step-000003.jsonl.zst");
    let whole = fs::read(&rollouts).unwrap();
    fs::write(&rollouts, &whole[..whole.len() / 2]).unwrap();
    fs::write(place.join("rollouts/step-000005.jsonl.zst"), "no zstd").unwrap();
    fs::write(place.join("status.json"), "{").unwrap();
    assert!(RunFolder::open(&place).is_err());
    fs::write(place.join("status.json"), "{\"state\":\"complete\"}").unwrap();
    let page = page(&[&place]);
    parse(&page);
    for told in [
        "`metrics.jsonl` ends in the middle of line 6, which is left out",
        "`eval.jsonl` has 1 line that does not parse, left out here; the first is line 5",
        "`rollouts/step-000003.jsonl.zst` cannot be read from line",
        "`rollouts/step-000005.jsonl.zst` cannot be read from line 1 on",
        "+0.600 ± 0.042",
    ] {
        assert!(page.contains(told), "{told} is missing in {page}");
    }
}

#[test]
fn the_size_is_bounded() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("long");
    run(&place, 1, &RunState::Complete);
    let folder = RunFolder::open(&place).unwrap();
    let mut metrics = folder.metrics_log().unwrap();
    for step in 2_u64..=20_000 {
        let noise = f64::from(blake3::hash(&step.to_le_bytes()).as_bytes()[0]) / 255.0;
        metrics.write(&StepMetrics { step, reward_mean: noise, entropy: noise, ..StepMetrics::default() }).unwrap();
    }
    let huge: Vec<RolloutRecord> = (0..64)
        .map(|index| rollout(20_000, index / 32, &"x<".repeat(1 << 18), Verdict::wrong("4", "3 expected")))
        .collect();
    folder.write_rollouts(20_000, &huge).unwrap();
    let page = page(&[&place]);
    parse(&page);
    assert!(page.contains("means of 40 steps") && page.contains("16 more are in the run&#39;s folder"));
    assert!(page.contains("522288 of 524288 characters are left out here"));
    assert!(page.len() < 1 << 20, "{} bytes", page.len());
}

#[test]
fn the_verb_writes_one_page_for_several_runs() {
    let parent = tempfile::tempdir().unwrap();
    run(&parent.path().join("a"), 3, &RunState::Complete);
    run(&parent.path().join("b"), 5, &RunState::Complete);
    let report = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ssl4rl"));
        command.current_dir(parent.path()).arg("report").args(arguments).output().unwrap()
    };
    let (plain, paged) = (report(&["a", "b"]), report(&["a", "b", "--html", "both.html"]));
    assert_eq!((plain.status.code(), paged.status.code()), (Some(0), Some(0)));
    assert_eq!(plain.stdout, paged.stdout);
    assert_eq!(String::from_utf8_lossy(&plain.stderr), "");
    assert_eq!(String::from_utf8_lossy(&paged.stderr), "page both.html\n");
    assert!(!parent.path().join("a/report.html").exists());
    let text = fs::read_to_string(parent.path().join("both.html")).unwrap();
    let parsed = parse(&text);
    for heading in ["h1 2 runs", "h2 Side by side", "h2 Over each other", "h2 a", "h2 b"] {
        assert!(parsed.outline.iter().any(|found| found == heading), "{heading} is missing in {:?}", parsed.outline);
    }
    // A folder that cannot be written to fails the command, and leaves nothing half-written.
    let refused = report(&["a", "--html", "none/page.html"]);
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(1), 0));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("cannot write `none/page.html`"));
    // What is no plain file is written to and stays what it is.
    #[cfg(unix)]
    {
        let link = parent.path().join("link.html");
        std::os::unix::fs::symlink("both.html", &link).unwrap();
        assert_eq!(report(&["a", "--html", "link.html"]).status.code(), Some(0));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let shown = fs::read_to_string(parent.path().join("both.html")).unwrap();
        assert!(shown != text && shown == fs::read_to_string(&link).unwrap());
    }
    // The page of a run that the table refuses says what is wrong with it.
    let log = parent.path().join("b/metrics.jsonl");
    let broken = format!("?\n{}", fs::read_to_string(&log).unwrap());
    fs::write(&log, broken).unwrap();
    assert_eq!(report(&["b", "--html", "b.html"]).status.code(), Some(1));
    assert!(fs::read_to_string(parent.path().join("b.html")).unwrap().contains("has 1 line that does not parse"));
}

#[test]
fn a_run_that_goes_back_has_no_page_of_what_was_cut() {
    let parent = tempfile::tempdir().unwrap();
    let place = parent.path().join("mine");
    run(&place, 2, &RunState::Interrupted);
    RunFolder::open(&place).unwrap().write_page().unwrap();
    let folder = RunFolder::reopen(&place).unwrap();
    folder.rewind(None).unwrap();
    assert!(!place.join("report.html").exists());
}
