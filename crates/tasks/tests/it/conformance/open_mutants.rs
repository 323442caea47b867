//! A task with open answers, honest or with one planted fault: the code word that belongs to a number.

use std::sync::atomic::{AtomicUsize, Ordering};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::conformance::{Settings, check_task};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

use super::assert_broken;

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
enum Fault {
    #[default]
    None,
    IgnoresTheStream,
    RemembersCalls,
    WastesDraws,
    PanicsInMake,
    OracleMumbles,
    ForgetsInJson,
    ReadsSubstrings,
    ReadsWholeCompletion,
    PanicsOnUnicode,
    PaysTooMuch,
    ExactWithoutScore,
    ChanceIsOne,
    AlwaysYes,
    ChanceTooLow,
    ShowsTheAnswer,
    IgnoresTheSplit,
    SharesPrompts,
}

struct CodeWord {
    fault: Fault,
    calls: AtomicUsize,
    verifier: WordVerifier,
}

#[derive(Serialize, Deserialize)]
struct WordTruth {
    word: String,
    #[serde(skip)]
    forgotten: String,
}

struct WordVerifier {
    fault: Fault,
}

impl Verifier for WordVerifier {
    const SCORING: &'static str = "1 for the right word";
    type Truth = WordTruth;

    fn verify(&self, completion: &str, truth: &WordTruth) -> Verdict {
        /// Longer than any answer but the longest that are read.
        const LONG: usize = 60_000;
        let word = if self.fault == Fault::ForgetsInJson { &truth.forgotten } else { &truth.word };
        match self.fault {
            Fault::ReadsSubstrings if completion.contains(word) => return Verdict::right(word),
            Fault::ReadsWholeCompletion if completion == protocol::wrap(word) => return Verdict::right(word),
            Fault::ReadsWholeCompletion => return Verdict::unreadable("not the bare answer"),
            _ => {}
        }
        let Some(answer) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        if self.fault == Fault::PanicsOnUnicode && !answer.is_empty() {
            let _ = &answer[..1];
        }
        let mut verdict = match answer {
            answer if answer == word && !word.is_empty() => Verdict::right(answer),
            answer => Verdict::wrong(answer, "another word"),
        };
        if self.fault == Fault::PaysTooMuch && answer.len() > LONG {
            verdict.score = 1.5;
        }
        if self.fault == Fault::ExactWithoutScore && answer.len() > LONG {
            verdict.exact = true;
        }
        verdict
    }
}

impl PretextTask for CodeWord {
    const NAME: &'static str = "planted/code-word";
    const SUMMARY: &'static str = "the code word of a number";
    const ANSWER_SHOWN: bool = false;
    type Config = Fault;
    type Input = usize;
    type Truth = WordTruth;
    type Verifier = WordVerifier;

    fn new(fault: Fault) -> Result<Self, TaskError> {
        Ok(Self { fault, calls: AtomicUsize::new(0), verifier: WordVerifier { fault } })
    }

    fn make(&self, bound: &usize, rng: &mut TaskRng) -> Option<Sample<WordTruth>> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let mut number = match self.fault {
            Fault::IgnoresTheStream => 7,
            Fault::RemembersCalls => rng.below(*bound) + call % 2,
            Fault::SharesPrompts => rng.below(1000),
            _ => rng.below(*bound),
        };
        match self.fault {
            Fault::WastesDraws if rng.below(50) > 0 => return None,
            Fault::PanicsInMake => assert!(number > *bound / 100, "planted"),
            Fault::IgnoresTheSplit | Fault::IgnoresTheStream => {}
            Fault::SharesPrompts => number += usize::from(!rng.split().owns("number", 0)),
            _ if !rng.split().owns("number", number as u64) => return None,
            _ => {}
        }
        let word = match self.fault {
            Fault::AlwaysYes => "yes".to_owned(),
            Fault::ChanceTooLow => if rng.coin() { "yes" } else { "no" }.to_owned(),
            _ => code_word(number as u64),
        };
        let hint = if self.fault == Fault::ShowsTheAnswer { format!(" Not {word}?") } else { String::new() };
        let prompt = vec![Part::Text(format!("What is the code word of {number}?{hint}"))];
        Some(Sample { prompt, truth: WordTruth { forgotten: word.clone(), word } })
    }

    fn verifier(&self) -> &WordVerifier {
        &self.verifier
    }

    fn oracle(&self, truth: &WordTruth) -> String {
        if self.fault == Fault::OracleMumbles && truth.word.starts_with('a') {
            return truth.word.clone();
        }
        protocol::wrap(if self.fault == Fault::ForgetsInJson { &truth.forgotten } else { &truth.word })
    }

    fn chance(&self, _truth: &WordTruth) -> f32 {
        match self.fault {
            Fault::ChanceIsOne => 1.0,
            Fault::AlwaysYes => 0.5,
            Fault::ChanceTooLow => 0.4,
            _ => 0.0,
        }
    }
}

/// Eight letters that look random and depend on the number alone.
fn code_word(number: u64) -> String {
    let mut bits = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits ^= bits >> 29;
    bits = bits.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (0..8).map(|letter| char::from(b'a' + (bits >> (8 * letter)) as u8 % 26)).collect()
}

fn check(fault: Fault, laws: &[&str]) {
    let report =
        check_task::<CodeWord>(&fault, &1_000_000, &Settings::default()).expect("the task accepts the settings");
    assert_broken(&report, laws, &format!("{fault:?}"));
}

#[test]
fn an_honest_task_conforms() {
    check(Fault::None, &[]);
}

#[test]
fn faults_in_making_questions() {
    check(Fault::IgnoresTheStream, &["samples-vary"]);
    check(Fault::RemembersCalls, &["repeatable"]);
    check(Fault::WastesDraws, &["makes-questions"]);
    check(Fault::PanicsInMake, &["makes-questions"]);
    check(Fault::ShowsTheAnswer, &["answer-not-in-prompt"]);
    check(Fault::IgnoresTheSplit, &["splits-disjoint"]);
    check(Fault::SharesPrompts, &["splits-disjoint"]);
}

#[test]
fn faults_in_truths_and_oracles() {
    check(Fault::OracleMumbles, &["oracle-scores-one"]);
    check(Fault::ForgetsInJson, &["truth-survives-json"]);
}

#[test]
fn faults_in_verifiers() {
    check(Fault::ReadsSubstrings, &["no-answer-no-score"]);
    check(Fault::ReadsWholeCompletion, &["only-the-answer-counts"]);
    check(Fault::PanicsOnUnicode, &["hostile-text"]);
    check(Fault::PaysTooMuch, &["hostile-text"]);
    check(Fault::ExactWithoutScore, &["hostile-text"]);
}

#[test]
fn faults_in_chance() {
    check(Fault::ChanceIsOne, &["chance-in-range"]);
    check(Fault::AlwaysYes, &["constant-answers"]);
    check(Fault::ChanceTooLow, &["constant-answers"]);
}
