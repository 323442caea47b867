//! The paper's construction reads and pays answers as the paper's code does.

use serde_json::json;
use ssl4rl_tasks::Split;
use ssl4rl_tasks::conformance::{Outcome, Settings, check};
use ssl4rl_vision::source::open;
use ssl4rl_vision::tasks::registry;

use super::{answer, sample, samples, shown, task};

const TASKS: [&str; 4] = ["vision/rotation", "vision/jigsaw", "vision/contrastive", "vision/position"];

#[test]
fn answers_are_read_letter_by_letter_from_the_first_block() {
    let album = open("scenes:count=60").unwrap();
    for name in TASKS {
        let task = task(name, json!({ "construction": "paper" }));
        let sample = sample(&*task, &album, Split::Train, 0);
        let right = answer(&*task, &sample);
        let score = |completion: String| task.verify(&completion, &sample.truth).unwrap().score;
        assert!((score(format!("<answer> {right} </answer>")) - 1.0).abs() < 1e-9, "{name}");
        assert!((score(format!("<answer>{right}</answer><answer>no</answer>")) - 1.0).abs() < 1e-9, "{name}");
        assert!(score(format!("<answer>no</answer><answer>{right}</answer>")) < 1e-9, "{name}");
        assert!(score(format!("<answer>x</answer>assistant\n<answer>{right}</answer>")) > 0.99, "{name}");
        if name != "vision/jigsaw" {
            for other in [format!("{right}."), format!("it is {right}"), format!("{right}°")] {
                assert!(score(format!("<answer>{other}</answer>")) < 1e-9, "{name} {other}");
            }
        }
    }
}

#[test]
fn views_of_the_paper_have_224_pixels() {
    let album = open("scenes:count=60").unwrap();
    for strength in ["weak", "strong"] {
        let task = task("vision/contrastive", json!({ "construction": "paper", "strength": strength }));
        let mut positive = 0;
        for sample in samples(&*task, &album, 40) {
            assert!(shown(&sample).iter().all(|view| (view.width(), view.height()) == (224, 224)));
            positive += usize::from(answer(&*task, &sample) == "positive");
        }
        assert!((10..=30).contains(&positive), "{positive} of 40");
    }
}

#[test]
fn but_for_the_first_block_the_paper_conforms() {
    // Its reader takes the first answer of a completion, where the laws ask for the last.
    let album = open("scenes:count=60").unwrap();
    let registry = registry().unwrap();
    let settings = Settings { samples: 120, ..Settings::default() };
    for name in TASKS {
        let build = || registry.build(name, Some(json!({ "construction": "paper" })));
        let report = check(build, &album, &settings).unwrap();
        let broken: Vec<&str> = report
            .findings
            .iter()
            .filter(|finding| finding.outcome == Outcome::Broken)
            .map(|finding| finding.law)
            .collect();
        assert_eq!(broken, ["only-the-answer-counts", "no-answer-no-score"], "{report}");
    }
}
