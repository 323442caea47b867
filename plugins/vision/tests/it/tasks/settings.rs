//! Settings: every level makes questions, bad values are refused by name, and samples are the same bytes everywhere.

use serde_json::json;
use ssl4rl_tasks::{Registry, RegistryError, Split, TaskError};
use ssl4rl_vision::source::open;
use ssl4rl_vision::tasks::registry;

use super::{sample, samples};

#[test]
fn every_level_makes_questions() {
    let album = open("scenes:count=200").unwrap();
    let registry = registry().unwrap();
    let mut levels = 0;
    for (name, _) in registry.tasks() {
        for level in registry.levels(name, None).unwrap() {
            let task = registry.build(name, Some(level)).unwrap();
            levels += samples(&*task, &album, 3).filter(|sample| sample.chance < 1.0).count() / 3;
        }
    }
    assert!(levels > 60, "{levels}");
}

#[test]
fn letters_and_reasoning_can_be_asked_for() {
    let album = open("scenes:count=100").unwrap();
    let registry = registry().unwrap();
    for (name, _) in registry.tasks() {
        let defaults = registry.default_config(name).unwrap();
        let mut settings = json!({ "show": { "reason": true } });
        let lettered = defaults.get("answer_style").is_some();
        if lettered {
            settings["answer_style"] = json!("letter");
        }
        let task = registry.build(name, Some(settings)).unwrap();
        let sample = sample(&*task, &album, Split::Train, 0);
        let text = ssl4rl_tasks::prompt_text(&sample.prompt);
        assert!(text.contains("<think>") && text.starts_with("[image/png]"), "{name}: {text}");
        let answer = super::answer(&*task, &sample);
        assert!(!lettered || answer.len() == 1 && answer.as_bytes()[0].is_ascii_uppercase(), "{name}: {answer}");
        assert!(task.verify(&task.oracle(&sample.truth).unwrap(), &sample.truth).unwrap().exact);
    }
}

fn refused(registry: &Registry, name: &str, settings: &serde_json::Value) -> &'static str {
    match registry.build(name, Some(settings.clone())) {
        Err(RegistryError::Task(TaskError::InvalidConfig { field, .. })) => field,
        Err(error) => panic!("{name} {settings}: {error}"),
        Ok(_) => panic!("{name} takes {settings}"),
    }
}

#[test]
fn bad_values_are_refused_by_name() {
    let registry = registry().unwrap();
    for (name, _) in registry.tasks() {
        assert_eq!(refused(&registry, name, &json!({ "show": { "size": 0 } })), "show.size");
    }
    for (name, settings, field) in [
        ("vision/rotation", json!({ "step": 7 }), "step"),
        ("vision/rotation", json!({ "most_alike": 2.0 }), "most_alike"),
        ("vision/jigsaw", json!({ "rows": 1, "columns": 1 }), "columns"),
        ("vision/jigsaw", json!({ "margin": 0.9 }), "margin"),
        ("vision/position", json!({ "crop": [0.9, 0.5] }), "crop"),
        ("vision/position", json!({ "grid": 3, "construction": "paper" }), "grid"),
        ("vision/contrastive", json!({ "hard": 0 }), "hard"),
        ("vision/crop-box", json!({ "full": 0.0 }), "full"),
        ("vision/scale-estimate", json!({ "factors": 6, "ratio": 3.0 }), "ratio"),
        ("vision/zoom-order", json!({ "views": 1 }), "views"),
        ("vision/zoom-order", json!({ "views": 6, "ratio": 0.5 }), "show.size"),
        ("vision/region-count", json!({ "most": 10 }), "most"),
    ] {
        assert_eq!(refused(&registry, name, &settings), field);
    }
}

#[test]
fn odd_and_small_sizes_never_panic() {
    let album = open("scenes:count=60,size=60").unwrap();
    let registry = registry().unwrap();
    for (name, _) in registry.tasks() {
        for level in registry.levels(name, None).unwrap().into_iter().chain([registry.default_config(name).unwrap()]) {
            for size in [28, 29, 37, 101] {
                let mut settings = level.clone();
                settings["show"] = json!({ "size": size });
                // A size too small for the level is refused, or no draw leads anywhere.
                let Ok(task) = registry.build(name, Some(settings)) else { continue };
                for index in 0..2 {
                    let mut rng = ssl4rl_tasks::TaskRng::new(3, name, Split::Train, index);
                    if let Ok(sample) = task.sample(&album, &mut rng, index) {
                        assert!(task.verify(&task.oracle(&sample.truth).unwrap(), &sample.truth).unwrap().exact);
                    }
                }
            }
        }
    }
}

/// Hashes of samples 0 to 2 of every task, one a line. JPEG is another's code, and stays out: see the degradations.
///
/// They tell which tasks a change touched, and that every platform makes the same bytes; not that the bytes are right. After a change
/// that is meant, the lines of its tasks come from what the failing test prints.
const SAMPLES: &str = include_str!("samples.txt");

#[test]
fn samples_are_the_same_bytes_everywhere() {
    let album = open("scenes:count=100").unwrap();
    let registry = registry().unwrap();
    let mut lines = Vec::new();
    for (name, _) in
        registry.tasks().filter(|(name, _)| !["vision/corruption-type", "vision/degradation-order"].contains(name))
    {
        let task = registry.build(name, None).unwrap();
        let mut hasher = blake3::Hasher::new();
        for sample in samples(&*task, &album, 3) {
            for picture in super::shown(&sample) {
                hasher.update(&picture.digest().to_le_bytes());
            }
            hasher.update(ssl4rl_tasks::prompt_text(&sample.prompt).as_bytes());
            hasher.update(sample.truth.to_string().as_bytes());
        }
        lines.push(format!("{name} {}", &hasher.finalize().to_hex()[..32]));
    }
    let changed: Vec<String> =
        lines.iter().filter(|line| !SAMPLES.lines().any(|known| known == *line)).cloned().collect();
    assert!(changed.is_empty(), "changed:\n{}", changed.join("\n"));
    assert_eq!(lines.len(), SAMPLES.lines().count());
}
