//! Answers that ignore the question, and the statistics that compare what they earn with stated chance.

use std::collections::{BTreeMap, BTreeSet};

use super::questions::Question;
use crate::protocol;
use crate::verifiers::ChoiceTruth;
use crate::verifiers::wording::{items, write_items};

/// Most frequent oracle answers that are tried as constants.
const FREQUENT_ANSWERS: usize = 40;

/// Texts tried whatever the task's answers look like.
const FIXED: [&str; 30] = [
    "A",
    "B",
    "C",
    "D",
    "E",
    "yes",
    "no",
    "true",
    "false",
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "10",
    "0.5",
    "100",
    "none",
    "empty",
    "[]",
    "all",
    "all nodes",
    "unknown",
    "first",
    "second",
    "last",
    "0, 1",
    "1, 2",
    "0, 1, 2, 3",
];

/// A rule that answers a question without understanding it; `None` where it has nothing to say.
pub(super) type Policy = fn(&Question) -> Option<String>;

/// Rules and their names.
pub(super) const POLICIES: [(&str, Policy); 12] = [
    ("the longest option", |question| by_key(question, |option| Some(option.chars().count()), Pick::Most)),
    ("the shortest option", |question| by_key(question, |option| Some(option.chars().count()), Pick::Least)),
    ("the largest option", |question| by_key(question, number, Pick::Most)),
    ("the smallest option", |question| by_key(question, number, Pick::Least)),
    ("the middle option by size", |question| by_key(question, number, Pick::Middle)),
    ("the first option by alphabet", |question| by_key(question, |option| Some(option.to_owned()), Pick::Least)),
    ("the last option by alphabet", |question| by_key(question, |option| Some(option.to_owned()), Pick::Most)),
    ("all options, as shown", |question| Some(write_items(&question.choice.as_ref()?.options))),
    ("all options, reversed", |question| Some(write_items(question.choice.as_ref()?.options.iter().rev()))),
    ("the whole prompt", |question| Some(question.prompt.clone())),
    ("every number of the prompt, once", |question| {
        let numbers: BTreeSet<&str> = numbers(&question.prompt).collect();
        (!numbers.is_empty()).then(|| write_items(numbers))
    }),
    ("the last number of the prompt", |question| numbers(&question.prompt).last().map(str::to_owned)),
];

/// Constant answers worth trying: what the oracle says often, the middle of its numbers, its frequent items together.
pub(super) fn constants(questions: &[Question]) -> Vec<String> {
    let answers: Vec<&str> = questions.iter().filter_map(|question| question.answer.as_deref()).collect();
    let mut candidates: Vec<String> = by_frequency(answers.iter().copied()).take(FREQUENT_ANSWERS).collect();
    candidates.extend(quantiles(&answers));
    if answers.iter().any(|answer| items(answer).len() > 1) {
        let frequent: Vec<String> = by_frequency(answers.iter().flat_map(|answer| items(answer))).collect();
        candidates.extend([1, 2, 3, 5, 8, 13, 21, 34].map(|count| write_items(frequent.iter().take(count))));
    }
    candidates.extend(FIXED.map(str::to_owned));
    let mut seen = BTreeSet::new();
    candidates.retain(|candidate| seen.insert(candidate.clone()));
    candidates
}

/// Mean and spread of score minus stated chance.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    count: f64,
    sum: f64,
    squares: f64,
    earned: f64,
}

impl Tally {
    pub(super) fn add(&mut self, score: f32, chance: f32) {
        let difference = f64::from(score) - f64::from(chance);
        self.count += 1.0;
        self.sum += difference;
        self.squares += difference * difference;
        self.earned += f64::from(score);
    }

    pub(super) fn count(&self) -> usize {
        self.count as usize
    }

    /// Mean score.
    pub(super) fn mean_score(&self) -> f64 {
        self.earned / self.count.max(1.0)
    }

    /// Mean stated chance.
    pub(super) fn mean_chance(&self) -> f64 {
        (self.earned - self.sum) / self.count.max(1.0)
    }

    /// By how many standard errors the mean score is above the mean chance.
    pub(super) fn standard_errors(&self) -> f64 {
        // Chance is stated in single precision; a difference below this is none.
        const ROUNDING: f64 = 1e-6;
        let mean = self.sum / self.count.max(1.0);
        if mean.abs() < ROUNDING {
            return 0.0;
        }
        let variance = (self.squares / self.count.max(1.0) - mean * mean).max(0.0);
        let error = (variance / self.count.max(1.0)).sqrt();
        if error > 0.0 { mean / error } else { mean * f64::INFINITY }
    }
}

/// How far counts are from uniform, in standard normal units (chi-square by the Wilson-Hilferty transform).
pub(super) fn unevenness(counts: &[usize]) -> f64 {
    let total: usize = counts.iter().sum();
    if counts.len() < 2 || total == 0 {
        return 0.0;
    }
    let expected = total as f64 / counts.len() as f64;
    let square: f64 = counts.iter().map(|&count| (count as f64 - expected).powi(2) / expected).sum();
    let freedom = (counts.len() - 1) as f64;
    let spread = 2.0 / (9.0 * freedom);
    ((square / freedom).cbrt() - (1.0 - spread)) / spread.sqrt()
}

#[derive(Clone, Copy)]
enum Pick {
    Least,
    Middle,
    Most,
}

/// The option that stands alone at one end, or in the middle, of the order by `key`.
fn by_key<Key: PartialOrd>(question: &Question, key: fn(&str) -> Option<Key>, pick: Pick) -> Option<String> {
    let choice: &ChoiceTruth = question.choice.as_ref()?;
    let mut keyed = Vec::with_capacity(choice.options.len());
    for (position, option) in choice.options.iter().enumerate() {
        keyed.push((key(option)?, position));
    }
    keyed.sort_by(|left, right| left.0.partial_cmp(&right.0).unwrap_or(std::cmp::Ordering::Equal));
    let at = match pick {
        Pick::Least => 0,
        Pick::Middle => keyed.len().checked_sub(1).filter(|last| last.is_multiple_of(2) && *last > 0)? / 2,
        Pick::Most => keyed.len().checked_sub(1)?,
    };
    let alone =
        |other: Option<usize>| other.and_then(|other| keyed.get(other)).is_none_or(|other| other.0 != keyed[at].0);
    (alone(at.checked_sub(1)) && alone(Some(at + 1))).then(|| choice.answer_at(keyed[at].1)).flatten()
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|symbol: char| !symbol.is_ascii_digit()).filter(|digits| !digits.is_empty())
}

/// Distinct texts, most frequent first, ties by alphabet.
fn by_frequency<'text>(texts: impl Iterator<Item = &'text str>) -> impl Iterator<Item = String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for text in texts {
        *counts.entry(text).or_default() += 1;
    }
    let mut sorted: Vec<(&str, usize)> = counts.into_iter().collect();
    sorted.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    sorted.into_iter().map(|(text, _)| text.to_owned())
}

/// Quantiles of the answers that are numbers.
fn quantiles(answers: &[&str]) -> Vec<String> {
    let mut values: Vec<(f64, &str)> =
        answers.iter().filter_map(|answer| number(answer).map(|value| (value, *answer))).collect();
    values.sort_by(|left, right| left.0.total_cmp(&right.0));
    let pick = |percent: usize| values.get(values.len() * percent / 100).map(|(_, text)| (*text).to_owned());
    [5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95].into_iter().filter_map(pick).collect()
}

/// A completion that answers `answer`.
pub(super) fn completion(answer: &str) -> String {
    protocol::wrap(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unevenness_by_table() {
        // Chi-square 16.266 with 3 degrees of freedom has upper tail 0.001: 3.09 standard normal units.
        // Counts 250 + 32 and 250 - 32 twice each have chi-square 4 * 32^2 / 250 = 16.384.
        assert!((unevenness(&[282, 282, 218, 218]) - 3.09).abs() < 0.05);
        assert!(unevenness(&[500, 500, 500, 500]) < 0.0);
        assert!(unevenness(&[1000, 0]) > 10.0);
    }

    #[test]
    fn a_certain_gain_is_infinitely_sure() {
        let mut tally = Tally::default();
        (0..10).for_each(|_| tally.add(0.5, 0.25));
        assert!(tally.standard_errors().is_infinite());
        let mut none = Tally::default();
        (0..10).for_each(|_| none.add(0.1, 0.1));
        assert!(none.standard_errors().abs() < 1e-9);
    }
}
