//! Solved examples before a question: how many, of which targets, and never the question itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use ssl4rl_tasks::conformance::{Settings, check};
use ssl4rl_tasks::{DynTask, Mixture, Part, PretextTask, Registry, Sample, Split, TaskError, TaskRng, prompt_text};
use ssl4rl_tasks::{protocol, verifiers::ExactText};

use crate::prompts;

/// A task without knobs of its own.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoKnobs {}

/// Says the double of a number; the number is the target.
struct Double;

impl PretextTask for Double {
    const NAME: &'static str = "demo/double";
    const SUMMARY: &'static str = "double a number";
    type Config = NoKnobs;
    type Input = u64;
    type Truth = String;
    type Verifier = ExactText;

    fn new(_config: NoKnobs) -> Result<Self, TaskError> {
        Ok(Self)
    }

    fn make(&self, bound: &u64, rng: &mut TaskRng) -> Option<Sample<String>> {
        let number = rng.below(*bound as usize) as u64;
        let owned = rng.split().owns("number", number);
        owned.then(|| Sample { prompt: vec![Part::Text(format!("Twice {number}?"))], truth: (2 * number).to_string() })
    }

    fn verifier(&self) -> &ExactText {
        &ExactText
    }

    fn oracle(&self, truth: &String) -> String {
        protocol::wrap(truth)
    }

    fn chance(&self, _truth: &String) -> f32 {
        0.0
    }
}

/// The numbers asked in a prompt, the question's last.
fn asked(text: &str) -> Vec<u64> {
    text.split("Twice ").skip(1).map(|rest| rest.split_once('?').unwrap().0.parse().unwrap()).collect()
}

fn double(examples: u64) -> Box<dyn DynTask> {
    let mut registry = Registry::new();
    registry.register::<Double>().unwrap();
    registry.build("demo/double", (examples > 0).then(|| json!({ "examples": examples }))).unwrap()
}

#[test]
fn examples_are_solved_and_stand_before_the_question() {
    let task = double(2);
    let mut rng = TaskRng::new(1, "demo/double", Split::Train, 0);
    let sample = task.sample(&500_u64, &mut rng, 0).unwrap();
    let text = prompt_text(&sample.prompt);
    let [one, two, question] = asked(&text)[..] else { panic!("{text}") };
    assert_eq!(
        text,
        format!(
            "Example 1:\nTwice {one}?\n<answer>{}</answer>\n\nExample 2:\nTwice {two}?\n<answer>{}</answer>\n\n\
             Question:\nTwice {question}?",
            2 * one,
            2 * two
        )
    );
    assert_eq!(sample.truth, json!((2 * question).to_string()));
    assert_eq!(task.config(), &json!({ "examples": 2 }));
}

#[test]
fn no_example_shows_a_target_of_a_question() {
    let task = double(3);
    for split in [Split::WarmStart, Split::Train, Split::HeldOut] {
        let (mut questions, mut examples) = (BTreeSet::new(), BTreeSet::new());
        for index in 0..2_000 {
            let mut rng = TaskRng::new(7, "demo/double", split, index);
            let text = prompt_text(&task.sample(&500_u64, &mut rng, index).unwrap().prompt);
            let mut numbers = asked(&text);
            questions.extend(numbers.pop());
            examples.extend(numbers);
        }
        assert!(questions.is_disjoint(&examples), "{split:?}");
        assert!(examples.iter().all(|&number| !Split::HeldOut.owns("number", number)), "{split:?}");
        let held_out = questions.iter().filter(|&&number| Split::HeldOut.owns("number", number)).count();
        assert_eq!(held_out, if split == Split::HeldOut { questions.len() } else { 0 });
        assert!(examples.len() > 20, "examples vary: {}", examples.len());
    }
}

#[test]
fn graph_tasks_conform_with_examples() {
    let communities = prompts::communities();
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    let settings = Settings { samples: 500, ..Settings::default() };
    for name in ["graph/edge-prediction", "graph/masked-node-features", "graph/subgraph-counting"] {
        let report = check(|| registry.build(name, Some(json!({ "examples": 1 }))), &communities, &settings).unwrap();
        assert!(report.holds(), "{name}\n{report}");
    }
}

#[test]
fn a_number_of_examples_that_cannot_be_is_refused() {
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    for (given, got) in [(json!(-1), "-1"), (json!(33), "33"), (json!("two"), "\"two\"")] {
        let error = registry.build("graph/edge-prediction", Some(json!({ "examples": given }))).err().unwrap();
        let message = format!("graph/edge-prediction: `examples` must be from 0 to 32, got {got}");
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn a_mixture_takes_examples_from_a_tasks_settings() {
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    let name = "graph/subgraph-counting";
    let weights = [(name.to_owned(), 1.0)].into();
    let settings = [(name.to_owned(), json!({ "examples": 2 }))].into();
    let input = Arc::new(prompts::communities());
    let mixture = Mixture::choose(&registry, "graph", &weights, &settings, input, 5).unwrap();
    let text = prompt_text(&mixture.draw(Split::Train, 3).unwrap().sample.prompt);
    assert_eq!((text.matches("Example ").count(), text.matches("Question:").count()), (2, 1), "{text}");
}

#[test]
fn settings_of_a_task_that_is_not_asked_are_read_too() {
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    let weights = [("graph/subgraph-counting".to_owned(), 1.0)].into();
    let settings = [("graph/edge-prediction".to_owned(), json!({ "optoins": 3 }))].into();
    let input = Arc::new(prompts::communities());
    let refused = Mixture::choose(&registry, "graph", &weights, &settings, input, 5).err().unwrap().to_string();
    assert!(refused.contains("unknown knob `optoins`; did you mean `options`?"), "{refused}");
}
