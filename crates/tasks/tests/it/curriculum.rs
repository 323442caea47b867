//! A mixture at its levels, and the controller that moves them.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::{
    Curriculum, CurriculumConfig, Mixture, Part, PretextTask, Registry, Sample, Split, Standing, TaskError, TaskRng,
    prompt_text, protocol, verifiers::ExactText,
};

/// Settings of [`Copy`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct CopyConfig {
    digits: usize,
}

impl Default for CopyConfig {
    fn default() -> Self {
        Self { digits: 2 }
    }
}

/// Copies a number; more digits are harder.
struct Copy {
    digits: usize,
}

impl PretextTask for Copy {
    const NAME: &'static str = "demo/copy";
    const SUMMARY: &'static str = "copy a number";
    type Config = CopyConfig;
    type Input = ();
    type Truth = String;
    type Verifier = ExactText;

    fn new(config: CopyConfig) -> Result<Self, TaskError> {
        Ok(Self { digits: config.digits })
    }

    fn make(&self, _input: &(), rng: &mut TaskRng) -> Option<Sample<String>> {
        let number: String = (0..self.digits).map(|_| rng.below(10).to_string()).collect();
        Some(Sample { prompt: vec![Part::Text(number.clone())], truth: number })
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

    fn levels(_config: &CopyConfig) -> Vec<CopyConfig> {
        (1..=4).map(|digits| CopyConfig { digits }).collect()
    }
}

fn mixture() -> Mixture {
    let mut registry = Registry::new();
    registry.register::<Copy>().unwrap();
    Mixture::choose(&registry, "demo", &BTreeMap::new(), &BTreeMap::new(), Arc::new(()), 1).unwrap()
}

fn digits(mixture: &Mixture, split: Split) -> usize {
    prompt_text(&mixture.draw(split, 0).unwrap().sample.prompt).len()
}

fn enabled() -> CurriculumConfig {
    CurriculumConfig { enabled: true, window: 10, ..CurriculumConfig::default() }
}

#[test]
fn a_task_begins_at_the_level_of_its_settings_and_is_asked_at_its_level() {
    let mixture = mixture();
    let mut curriculum = Curriculum::new(&enabled(), &mixture, BTreeMap::new());
    assert_eq!(digits(&curriculum.mixture(&mixture), Split::Train), 2);
    let measured = curriculum.observe(&BTreeMap::from([(0, (10, 10))]));
    assert_eq!((measured[&0].level, measured[&0].solve_rate), (1, 1.0));
    assert_eq!(digits(&curriculum.mixture(&mixture), Split::Train), 3);
    for _ in 0..3 {
        curriculum.observe(&BTreeMap::from([(0, (10, 0))]));
    }
    assert_eq!(digits(&curriculum.mixture(&mixture), Split::Train), 1);
    assert_eq!(digits(&mixture, Split::HeldOut), 2, "evaluation stays at the level of the settings");
}

#[test]
fn the_controller_goes_on_where_it_was_saved_even_half_way_through_a_window() {
    let mixture = mixture();
    let mut whole = Curriculum::new(&enabled(), &mixture, BTreeMap::new());
    let mut half = whole.clone();
    let steps = [(4, 4), (4, 4), (4, 1), (4, 0), (4, 0), (4, 0), (4, 4), (4, 4), (4, 0)];
    for (step, &answered) in steps.iter().enumerate() {
        let saved = serde_json::to_string(half.standings()).unwrap();
        let saved: BTreeMap<String, Standing> = serde_json::from_str(&saved).unwrap();
        half = Curriculum::new(&enabled(), &mixture, saved);
        let step_of = |curriculum: &mut Curriculum| curriculum.observe(&BTreeMap::from([(0, answered)]));
        assert_eq!(step_of(&mut half), step_of(&mut whole), "step {step}");
        assert_eq!(half.standings(), whole.standings(), "step {step}");
    }
}

#[test]
fn nothing_moves_unless_it_is_asked_to() {
    let mixture = mixture();
    let settings = CurriculumConfig { enabled: false, ..enabled() };
    let mut curriculum = Curriculum::new(&settings, &mixture, BTreeMap::new());
    assert!(curriculum.observe(&BTreeMap::from([(0, (100, 100))])).is_empty());
    assert_eq!(digits(&curriculum.mixture(&mixture), Split::Train), 2);
    assert!(curriculum.standings().is_empty());
}
