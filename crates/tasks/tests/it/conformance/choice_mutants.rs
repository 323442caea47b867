//! A multiple-choice task, honest or with one planted bias.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::conformance::{Settings, check_task};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

use super::assert_broken;

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
enum Fault {
    #[default]
    None,
    SeldomLast,
    MostlyFirst,
    LongestIsRight,
    LargestIsRight,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
struct Config {
    fault: Fault,
    style: AnswerStyle,
}

struct PickOne {
    config: Config,
    verifier: Choice,
}

impl PretextTask for PickOne {
    const NAME: &'static str = "planted/pick-one";
    const SUMMARY: &'static str = "which option stands where";
    type Config = Config;
    type Input = ();
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: Config) -> Result<Self, TaskError> {
        Ok(Self { config, verifier: Choice })
    }

    fn make(&self, (): &(), rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let key = rng.bits();
        if !rng.split().owns("key", key) {
            return None;
        }
        let correct = match self.config.fault {
            // Right in 4, 4, 4 and 3 of 15 questions: too little for a constant answer to gain from.
            Fault::SeldomLast if rng.below(5) == 0 => rng.below(3),
            Fault::MostlyFirst if rng.coin() => 0,
            _ => rng.below(4),
        };
        let mut options: Vec<String> = (0..4).map(|_| (1_000_000 + rng.below(8_000_000)).to_string()).collect();
        match self.config.fault {
            Fault::LongestIsRight => options[correct].insert(0, '0'),
            Fault::LargestIsRight => options[correct].replace_range(..1, "9"),
            _ => {}
        }
        let truth = ChoiceTruth::new(options, correct, self.config.style);
        let text = format!("{}\nWhich of these opens lock {key:x} at place {correct}?", truth.listing());
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &Choice {
        &self.verifier
    }

    fn oracle(&self, truth: &ChoiceTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &ChoiceTruth) -> f32 {
        truth.blind_score()
    }
}

fn check(fault: Fault, style: AnswerStyle, laws: &[&str]) {
    let report = check_task::<PickOne>(&Config { fault, style }, &(), &Settings::default())
        .expect("the task accepts the settings");
    assert_broken(&report, laws, &format!("{fault:?} {style:?}"));
}

#[test]
fn an_honest_choice_conforms_in_both_styles() {
    check(Fault::None, AnswerStyle::Text, &[]);
    check(Fault::None, AnswerStyle::Letter, &[]);
}

#[test]
fn biased_positions_are_caught() {
    check(Fault::SeldomLast, AnswerStyle::Text, &["positions-balanced"]);
    check(Fault::MostlyFirst, AnswerStyle::Text, &["constant-answers", "positions-balanced"]);
}

#[test]
fn options_that_give_themselves_away_are_caught() {
    check(Fault::LongestIsRight, AnswerStyle::Letter, &["shallow-policies"]);
    check(Fault::LargestIsRight, AnswerStyle::Text, &["shallow-policies"]);
}
