//! The laws, each a function from the questions to a finding.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use super::blind::{POLICIES, Tally, completion, constants, unevenness};
use super::hostile;
use super::questions::{Fingerprint, Question, Scored, Stop, Subject};
use super::report::{Finding, Outcome, Report};
use crate::verifiers::wording::{normalised, whole_word_ranges};
use crate::{DynTask, Split, TaskRng};

/// Questions whose texts are tried one by one; the statistical laws use all.
const CLOSE_LOOKS: usize = 64;
/// Questions that get the megabyte completions.
const HUGE_LOOKS: usize = 2;
/// Fewest questions a rule must answer before its mean says anything.
const ENOUGH: usize = 200;
/// Fewest questions whose standard error says anything: of a handful some constant gets nearly all.
const HANDFUL: usize = 30;
/// Questions on which a constant answer must not do worse than chance to be tried on all.
const SCREENING: usize = 400;

/// What a law's function says: what was seen, and whether the law holds.
enum Ruling {
    Held(String),
    Broken(String),
    NotRun(&'static str),
}

/// A law by name.
type Law = (&'static str, fn(&Subject) -> Ruling);

/// Laws about single questions and verdicts.
const SINGLE: [Law; 8] = [
    ("repeatable", repeatable),
    ("samples-vary", samples_vary),
    ("oracle-scores-one", oracle_scores_one),
    ("truth-survives-json", truth_survives_json),
    ("only-the-answer-counts", only_the_answer_counts),
    ("no-answer-no-score", no_answer_no_score),
    ("hostile-text", hostile_text),
    ("chance-in-range", chance_in_range),
];

/// Laws about all questions together, which mean nothing where these do not vary.
const TOGETHER: [Law; 5] = [
    ("constant-answers", constant_answers),
    ("shallow-policies", shallow_policies),
    ("positions-balanced", positions_balanced),
    ("answer-not-in-prompt", answer_not_in_prompt),
    ("splits-disjoint", splits_disjoint),
];

const MAKES_QUESTIONS: &str = "makes-questions";

/// Names of all laws, in the order of a report.
pub fn law_names() -> impl Iterator<Item = &'static str> {
    std::iter::once(MAKES_QUESTIONS).chain(SINGLE.iter().chain(&TOGETHER).map(|(name, _)| *name))
}

/// Applies every law.
pub(super) fn examine(subject: &Subject) -> Report {
    let mut findings = vec![finding(MAKES_QUESTIONS, makes_questions(subject))];
    let stopped = subject.stopped.is_some();
    for (name, law) in SINGLE {
        let ruling = match &subject.stopped {
            Some(Stop::Truth(error)) if name == "truth-survives-json" => Ruling::Broken(error.clone()),
            Some(_) => Ruling::NotRun("there are no questions"),
            None => law(subject),
        };
        findings.push(finding(name, ruling));
    }
    let varies = findings.iter().any(|finding| finding.law == "samples-vary" && finding.outcome == Outcome::Held);
    for (name, law) in TOGETHER {
        let ruling = match (stopped, varies) {
            (true, _) => Ruling::NotRun("there are no questions"),
            (false, false) => Ruling::NotRun("the questions do not vary"),
            (false, true) => law(subject),
        };
        findings.push(finding(name, ruling));
    }
    Report { task: subject.task.name().to_owned(), samples: subject.train.len(), findings }
}

fn finding(law: &'static str, ruling: Ruling) -> Finding {
    let (outcome, evidence) = match ruling {
        Ruling::Held(evidence) => (Outcome::Held, evidence),
        Ruling::Broken(evidence) => (Outcome::Broken, evidence),
        Ruling::NotRun(reason) => (Outcome::NotRun, reason.to_owned()),
    };
    Finding { law, outcome, evidence }
}

/// Held with `seen`, or broken with the first fault.
fn unless(fault: Option<String>, seen: String) -> Ruling {
    fault.map_or(Ruling::Held(seen), Ruling::Broken)
}

fn close<'run>(subject: &'run Subject<'_>) -> impl Iterator<Item = (usize, &'run Question)> {
    subject.train.iter().enumerate().take(CLOSE_LOOKS)
}

/// A text short enough to be shown.
fn short(text: &str) -> String {
    const SHOWN: usize = 60;
    let escaped: String = text.chars().take(SHOWN).collect::<String>().escape_debug().collect();
    if text.chars().nth(SHOWN).is_some() { format!("`{escaped}…`") } else { format!("`{escaped}`") }
}

fn makes_questions(subject: &Subject) -> Ruling {
    match &subject.stopped {
        Some(Stop::Other(reason)) => return Ruling::Broken(reason.clone()),
        Some(Stop::Truth(_)) => return Ruling::NotRun("the truth does not become JSON"),
        None => {}
    }
    let draws: usize = subject.train.iter().map(|question| question.draws).sum();
    let mean = draws as f64 / subject.train.len().max(1) as f64;
    let seen = format!("{mean:.2} draws a question");
    if mean > subject.settings.max_draws {
        return Ruling::Broken(format!("{seen}, at most {} are allowed", subject.settings.max_draws));
    }
    Ruling::Held(seen)
}

fn repeatable(subject: &Subject) -> Ruling {
    let here = (subject.fresh)().and_then(|task| first_difference(subject, &*task));
    let elsewhere = thread::scope(|scope| {
        let work = || (subject.fresh)().and_then(|task| first_difference(subject, &*task));
        scope.spawn(work).join().unwrap_or_else(|_| Some("the task panicked in another thread".into()))
    });
    let again = first_difference(subject, subject.task);
    unless(here.or(elsewhere).or(again), format!("{CLOSE_LOOKS} questions made again three times"))
}

/// The first question, from the last to the first, that `task` makes otherwise.
fn first_difference(subject: &Subject, task: &dyn DynTask) -> Option<String> {
    let mut pairs: Vec<(usize, &Question)> = close(subject).collect();
    pairs.reverse();
    pairs.into_iter().find_map(|(index, question)| {
        let again = task.sample(subject.input, &mut subject.stream(Split::Train, index), index as u64);
        (again.ok().as_ref() != Some(&question.sample)).then(|| format!("question {index} differs when made again"))
    })
}

fn samples_vary(subject: &Subject) -> Ruling {
    let prompts: BTreeSet<Fingerprint> = subject.train.iter().map(Question::fingerprint).collect();
    let answers: BTreeSet<&String> = subject.train.iter().map(|question| &question.oracle).collect();
    let share = prompts.len() as f64 / subject.train.len().max(1) as f64;
    let seen = format!("{} distinct prompts, {} distinct answers", prompts.len(), answers.len());
    // One answer for all is what `constant-answers` judges; here the questions themselves must differ.
    if share < subject.settings.min_distinct { Ruling::Broken(seen) } else { Ruling::Held(seen) }
}

fn oracle_scores_one(subject: &Subject) -> Ruling {
    let fault = subject.train.iter().enumerate().find_map(|(index, question)| {
        let verdict = &question.verdict;
        let right = verdict.score.to_bits() == 1.0_f32.to_bits() && verdict.exact;
        (!right)
            .then(|| format!("question {index}: {} scores {}, {}", short(&question.oracle), verdict.score, verdict.why))
    });
    unless(fault, format!("{} oracle completions", subject.train.len()))
}

fn truth_survives_json(subject: &Subject) -> Ruling {
    let fault = subject.train.iter().enumerate().find_map(|(index, question)| {
        let truth = &question.sample.truth;
        let back: serde_json::Value = serde_json::from_str(&truth.to_string()).unwrap_or_default();
        if back != *truth {
            return Some(format!("question {index}: the JSON text reads back as another value"));
        }
        match (subject.task.oracle(&back), subject.task.verify(&question.oracle, &back)) {
            (Ok(oracle), Ok(verdict)) if oracle == question.oracle && verdict == question.verdict => None,
            (Err(error), _) | (_, Err(error)) => Some(format!("question {index}: {error}")),
            (Ok(oracle), Ok(_)) => Some(format!(
                "question {index}: after JSON the oracle says {}, before {}",
                short(&oracle),
                short(&question.oracle)
            )),
        }
    });
    unless(fault, format!("{} truths written and read", subject.train.len()))
}

fn only_the_answer_counts(subject: &Subject) -> Ruling {
    let fault = close(subject).find_map(|(index, question)| {
        let answer = question.answer.as_deref()?;
        let Scored::Verdict(plain) = subject.score(&question.oracle, question) else { return None };
        let dressed = [
            format!("<think>Let me see.</think>\n{}", question.oracle),
            format!("<answer>%</answer> No, wait. {}", question.oracle),
            format!("<answer>\n  {answer}\t\n</answer>\n\n"),
        ];
        dressed.into_iter().find_map(|text| match subject.score(&text, question) {
            Scored::Verdict(verdict) if verdict.score < plain.score => Some(format!(
                "question {index}: {} scores {}, the bare answer {}",
                short(&text),
                verdict.score,
                plain.score
            )),
            _ => None,
        })
    });
    unless(fault, format!("{CLOSE_LOOKS} answers with reasoning, earlier answers and white space"))
}

fn no_answer_no_score(subject: &Subject) -> Ruling {
    let fault = close(subject).find_map(|(index, question)| {
        let answer = question.answer.as_deref()?;
        hostile::without_answer(answer).into_iter().find_map(|text| match subject.score(&text, question) {
            Scored::Verdict(verdict) if verdict.score > 0.0 || verdict.exact => {
                Some(format!("question {index}: {} scores {}", short(&text), verdict.score))
            }
            _ => None,
        })
    });
    unless(fault, format!("{} texts for each of {CLOSE_LOOKS} questions", hostile::without_answer("").len()))
}

fn hostile_text(subject: &Subject) -> Ruling {
    let mut texts = 0;
    let fault = close(subject).find_map(|(index, question)| {
        let answer = question.answer.as_deref().unwrap_or_default();
        let mut completions = hostile::without_answer(answer);
        completions.extend(hostile::breaking(answer));
        if index < HUGE_LOOKS {
            completions.extend(hostile::huge(answer));
        }
        texts += completions.len();
        completions
            .into_iter()
            .find_map(|text| ill_scored(subject, question, &text).map(|fault| format!("question {index}: {fault}")))
    });
    unless(fault, format!("{texts} texts"))
}

/// What is wrong with the verdict on `text`.
fn ill_scored(subject: &Subject, question: &Question, text: &str) -> Option<String> {
    match subject.score(text, question) {
        Scored::Panicked => Some(format!("{} panics", short(text))),
        Scored::Verdict(verdict) if !(0.0..=1.0).contains(&verdict.score) => {
            Some(format!("{} scores {}", short(text), verdict.score))
        }
        Scored::Verdict(verdict) if verdict.exact != (verdict.score >= 1.0) => {
            Some(format!("{} scores {} with exact = {}", short(text), verdict.score, verdict.exact))
        }
        // Unreadable truths are what `truth-survives-json` reports.
        Scored::Verdict(_) | Scored::Unreadable => None,
    }
}

fn chance_in_range(subject: &Subject) -> Ruling {
    let fault = subject.train.iter().enumerate().find_map(|(index, question)| {
        let chance = question.sample.chance;
        (!(0.0..1.0).contains(&chance)).then(|| format!("question {index} states chance {chance}"))
    });
    let mean = subject.train.iter().map(|question| f64::from(question.sample.chance)).sum::<f64>()
        / subject.train.len().max(1) as f64;
    unless(fault, format!("mean {mean:.4}"))
}

fn constant_answers(subject: &Subject) -> Ruling {
    if subject.train.len() < HANDFUL {
        return Ruling::NotRun("too few questions: it takes 30");
    }
    let candidates = constants(&subject.train);
    let tried = candidates.len();
    let tallies = candidates.into_iter().map(|candidate| {
        let tally = tally_constant(subject, &completion(&candidate));
        (short(&candidate), tally)
    });
    judge(subject, tallies.collect(), tried)
}

/// What one completion earns over all questions, or over the first of them where these already show it to be poor.
fn tally_constant(subject: &Subject, text: &str) -> Tally {
    let mut tally = Tally::default();
    for (index, question) in subject.train.iter().enumerate() {
        if index == SCREENING && tally.standard_errors() < 0.0 {
            break;
        }
        if let Scored::Verdict(verdict) = subject.score(text, question) {
            tally.add(verdict.score, question.sample.chance);
        }
    }
    tally
}

fn shallow_policies(subject: &Subject) -> Ruling {
    let mut tallies = Vec::new();
    for (name, policy) in POLICIES {
        let mut tally = Tally::default();
        for question in &subject.train {
            let Some(answer) = policy(question) else { continue };
            if let Scored::Verdict(verdict) = subject.score(&completion(&answer), question) {
                tally.add(verdict.score, question.sample.chance);
            }
        }
        if tally.count() >= ENOUGH {
            tallies.push((name.to_owned(), tally));
        }
    }
    let tried = tallies.len();
    judge(subject, tallies, tried)
}

/// Broken where the best of the blind answers beats chance.
fn judge(subject: &Subject, tallies: Vec<(String, Tally)>, tried: usize) -> Ruling {
    let best = tallies.into_iter().max_by(|left, right| left.1.standard_errors().total_cmp(&right.1.standard_errors()));
    let Some((name, tally)) = best else { return Ruling::NotRun("nothing to try") };
    let sure = tally.standard_errors();
    let seen = format!(
        "best of {tried}: {name} earns {:.4}, chance is {:.4} ({sure:+.1} standard errors)",
        tally.mean_score(),
        tally.mean_chance()
    );
    if sure > subject.settings.standard_errors { Ruling::Broken(seen) } else { Ruling::Held(seen) }
}

fn positions_balanced(subject: &Subject) -> Ruling {
    let choices: Vec<_> = subject.train.iter().filter_map(|question| question.choice.as_ref()).collect();
    let Some(first) = choices.first() else { return Ruling::NotRun("answers are open") };
    if choices.iter().all(|choice| choice.options == first.options) {
        return Ruling::NotRun("the options never change; constant answers cover their positions");
    }
    let mut counts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for choice in &choices {
        let by_position = counts.entry(choice.options.len()).or_insert_with(|| vec![0; choice.options.len()]);
        if let Some(count) = by_position.get_mut(choice.correct) {
            *count += 1;
        }
    }
    let worst = counts.values().max_by(|left, right| unevenness(left).total_cmp(&unevenness(right)));
    let Some(worst) = worst else { return Ruling::NotRun("answers are open") };
    let uneven = unevenness(worst);
    let seen = format!("right option by position {worst:?} ({uneven:+.1} standard errors from even)");
    if uneven > subject.settings.standard_errors { Ruling::Broken(seen) } else { Ruling::Held(seen) }
}

fn answer_not_in_prompt(subject: &Subject) -> Ruling {
    if subject.task.answer_shown() {
        return Ruling::NotRun("the task says that prompts may hold the answer");
    }
    let fault = subject.train.iter().enumerate().find_map(|(index, question)| {
        let answer = normalised(question.answer.as_deref()?);
        let prompt = normalised(&question.prompt);
        let held = whole_word_ranges(&prompt, &answer).next().is_some();
        held.then(|| format!("prompt {index} holds its answer {}", short(&answer)))
    });
    unless(fault, format!("{} prompts", subject.train.len()))
}

fn splits_disjoint(subject: &Subject) -> Ruling {
    let train: BTreeSet<Fingerprint> = subject.train.iter().map(Question::fingerprint).collect();
    let shared = subject.held_out.iter().filter(|question| train.contains(&question.fingerprint())).count();
    if shared > 0 {
        return Ruling::Broken(format!("{shared} of {} held-out prompts are training prompts", subject.held_out.len()));
    }
    if ignores_split(subject) {
        return Ruling::Broken("the task never asks for its split, so nothing keeps held-out targets out".into());
    }
    Ruling::Held(format!("{} held-out prompts, none among {} training prompts", subject.held_out.len(), train.len()))
}

/// Whether the same streams under the name of the other split make the same questions.
fn ignores_split(subject: &Subject) -> bool {
    close(subject).all(|(index, question)| {
        let mut rng: TaskRng = subject.stream(Split::Train, index).relabelled(Split::HeldOut);
        let input: &dyn Any = subject.input;
        subject.task.sample(input, &mut rng, index as u64).is_ok_and(|sample| sample == question.sample)
    })
}
