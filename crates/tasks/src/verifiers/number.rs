//! [`Number`]: an integer or a decimal, with credit for being near.
//!
//! With answer a and truth t, [`NumberCredit`] chooses
//!
//! - `exact`: 1 if |a - t| is within the tolerance, else 0
//! - `relative`: `max(0, 1 - |a - t| / max(1, |t|))`
//! - `inverse`: `1 / (1 + |a - t|)`
//! - `log-ratio`: `max(0, 1 - |ln(a / t)| / ln 2)`, so that half or double earn 0; where a or t is 0, or the signs
//!   differ, only equality earns anything
//!
//! Score 1 needs |a - t| within the tolerance, which is 0 unless set. Accepted are a sign, digits with thousands commas,
//! a decimal point and a decimal exponent; not `inf`, `nan`, hexadecimal, or what overflows to infinity. A phrase
//! of at most 400 bytes may surround the number, if it holds no other number and denies nothing. A bare count up to twelve may be a
//! word; `none` is 0.
//!
//! Blind expectation: partial credit rewards answering the middle of the distribution, so a task that pays it
//! must state [`NumberTruth::best_constant`] of its truths as chance, not 0.
//!
//! ```
//! use ssl4rl_tasks::{Verifier, verifiers::{Number, NumberCredit, NumberTruth}};
//! let truth = NumberTruth::integer(8, NumberCredit::Relative);
//! assert_eq!(Number.verify("<answer>8 triangles</answer>", &truth).score, 1.0);
//! assert_eq!(Number.verify("<answer>6</answer>", &truth).score, 0.75);
//! assert_eq!(Number.verify("<answer>1e400</answer>", &truth).score, 0.0);
//! assert_eq!(Number.verify("<answer>7 or 8</answer>", &truth).score, 0.0);
//! ```

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::wording::{LONGEST_PHRASE, UNREADABLE_ANSWER, bare, denies, normalised};
use crate::{Verdict, Verifier, protocol};

/// What a near miss earns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NumberCredit {
    /// Nothing.
    #[default]
    Exact,
    /// `max(0, 1 - |a - t| / max(1, |t|))`
    Relative,
    /// `1 / (1 + |a - t|)`
    Inverse,
    /// `max(0, 1 - |ln(a / t)| / ln 2)`
    LogRatio,
}

/// The right number and how nearness pays.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NumberTruth {
    /// The right number, finite.
    pub value: f64,
    /// Largest absolute difference that still counts as equal; 0 for integers.
    pub tolerance: f64,
    /// What a near miss earns.
    pub credit: NumberCredit,
}

impl NumberTruth {
    /// A count: no tolerance.
    pub fn integer(value: u64, credit: NumberCredit) -> Self {
        Self { value: value as f64, tolerance: 0.0, credit }
    }

    /// Score of answering `given`, in `[0, 1]`.
    pub fn score(&self, given: f64) -> f64 {
        let difference = (given - self.value).abs();
        if difference <= self.tolerance {
            return 1.0;
        }
        let credit = match self.credit {
            NumberCredit::Relative => 1.0 - difference / self.value.abs().max(1.0),
            NumberCredit::Inverse => 1.0 / (1.0 + difference),
            // The base-2 logarithm is the natural one over ln 2, and exact where the answer is half or double.
            NumberCredit::LogRatio if given / self.value > 0.0 => 1.0 - (given / self.value).log2().abs(),
            NumberCredit::Exact | NumberCredit::LogRatio => 0.0,
        };
        // Also turns NaN, which only a truth that is not finite can cause, into 0.
        if credit > 0.0 { credit.min(1.0) } else { 0.0 }
    }

    /// The answer that, given always, earns most on average over `truths`, and what it earns; `None` without truths. Tried are
    /// the values themselves and the ends of what their tolerances accept: where most of these overlap, one of them ends.
    ///
    /// Quadratic in the number of distinct values.
    pub fn best_constant(truths: &[Self]) -> Option<(f64, f64)> {
        // As little inside as rounding asks for.
        let within = |truth: &Self| truth.tolerance * (1.0 - 1e-9);
        let mut values: Vec<f64> = truths
            .iter()
            .flat_map(|truth| [truth.value, truth.value - within(truth), truth.value + within(truth)])
            .collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let mean = |given: f64| truths.iter().map(|truth| truth.score(given)).sum::<f64>() / truths.len() as f64;
        values.into_iter().map(|value| (value, mean(value))).max_by(|left, right| left.1.total_cmp(&right.1))
    }

    /// The right number as an answer.
    pub fn right_answer(&self) -> String {
        self.value.to_string()
    }
}

/// Scores a number.
#[derive(Debug, Clone, Copy, Default)]
pub struct Number;

impl Verifier for Number {
    const SCORING: &'static str = "1 for the right number; a near one earns what the credit says";
    type Truth = NumberTruth;

    fn verify(&self, completion: &str, truth: &NumberTruth) -> Verdict {
        let Some(answer) = protocol::answer(completion) else { return Verdict::unreadable(UNREADABLE_ANSWER) };
        let Some(given) = read_number(answer).or_else(|| count_in_words(answer)) else {
            return Verdict::unreadable("not one number");
        };
        let score = truth.score(given);
        if score >= 1.0 && (given - truth.value).abs() <= truth.tolerance {
            Verdict::right(given.to_string())
        } else if score > 0.0 {
            Verdict::partial(score as f32, given.to_string(), "near")
        } else {
            Verdict::wrong(given.to_string(), "another number")
        }
    }
}

/// The one number in an answer, read as [`Number`] reads it.
pub fn read_number(answer: &str) -> Option<f64> {
    let answer = bare(answer);
    if let Some(value) = parse(answer) {
        return Some(value);
    }
    if answer.len() > LONGEST_PHRASE {
        return None;
    }
    let phrase = normalised(answer);
    let mut numeric = phrase.split_whitespace().filter(|word| word.contains(char::is_numeric));
    let only = numeric.next()?;
    if numeric.next().is_some() || denies(&phrase) {
        return None;
    }
    parse(bare(only).trim_matches(['(', ')', ':', '!', '°']))
}

/// The count that an answer is as a word.
fn count_in_words(answer: &str) -> Option<f64> {
    const COUNTS: [&str; 13] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let word = bare(answer);
    if word.eq_ignore_ascii_case("none") {
        return Some(0.0);
    }
    COUNTS.iter().position(|count| word.eq_ignore_ascii_case(count)).map(|count| count as f64)
}

/// A finite decimal number with optional sign, thousands commas and exponent.
pub(super) fn parse(text: &str) -> Option<f64> {
    let allowed = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b',' | b'e' | b'E');
    if !text.bytes().all(allowed) || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: f64 = if text.contains(',') { without_commas(text)?.parse().ok()? } else { text.parse().ok()? };
    value.is_finite().then_some(value)
}

/// `1,234,567.8` without its commas; `None` where they do not group by thousands.
fn without_commas(text: &str) -> Option<String> {
    let whole = text.split(['.', 'e', 'E']).next().unwrap_or_default().trim_start_matches(['+', '-']);
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let grouped = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    let commas_elsewhere = text.matches(',').count() != whole.matches(',').count();
    (grouped && !commas_elsewhere).then(|| text.replace(',', ""))
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the scores are exact by hand calculation")]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_strictly() {
        let cases = [
            ("7", Some(7.0)),
            ("+7.", Some(7.0)),
            ("-0", Some(0.0)),
            (".5", Some(0.5)),
            ("1,234", Some(1234.0)),
            ("1,234,567.5", Some(1_234_567.5)),
            ("1e3", Some(1000.0)),
            ("**12**", Some(12.0)),
            ("$12$", Some(12.0)),
            ("about 12 edges", Some(12.0)),
            ("x=12", None),
            ("12,34", None),
            ("1,2", None),
            ("12 13", None),
            ("not 12", None),
            ("0x10", None),
            ("inf", None),
            ("-NaN", None),
            ("1e400", None),
            ("e", None),
            ("-", None),
            ("", None),
            ("٣", None),
            ("1/2", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read_number(text), expected, "{text}");
        }
        assert_eq!(read_number(&"9".repeat(1_000_000)), None);
    }

    #[test]
    fn counts_may_be_words() {
        let right = |value, answer: &str| {
            Number.verify(&crate::protocol::wrap(answer), &NumberTruth::integer(value, NumberCredit::Exact)).exact
        };
        assert!(right(0, "zero") && right(0, "None.") && right(1, "**One**") && right(12, "twelve"));
        assert!(!right(1, "two") && !right(1, "one or two") && !right(1, "not one") && !right(0, "no"));
        assert_eq!((read_number("one"), read_number("12.5° to the left")), (None, Some(12.5)));
    }

    #[test]
    fn credit_by_hand() {
        let relative = NumberTruth::integer(4, NumberCredit::Relative);
        assert!((relative.score(3.0) - 0.75).abs() < 1e-12);
        assert_eq!(relative.score(8.0), 0.0);
        assert_eq!(relative.score(-4.0), 0.0);
        let zero = NumberTruth::integer(0, NumberCredit::Relative);
        assert_eq!((zero.score(0.0), zero.score(-0.0), zero.score(0.5), zero.score(1.0)), (1.0, 1.0, 0.5, 0.0));
        let ratio = NumberTruth::integer(4, NumberCredit::LogRatio);
        assert!((ratio.score(2.0_f64.sqrt() * 4.0) - 0.5).abs() < 1e-12);
        assert_eq!((ratio.score(8.0), ratio.score(2.0), ratio.score(0.0)), (0.0, 0.0, 0.0));
        let zero = NumberTruth::integer(0, NumberCredit::LogRatio);
        assert_eq!((zero.score(0.0), zero.score(1.0)), (1.0, 0.0));
    }

    #[test]
    fn what_is_within_the_tolerance_is_right_and_nothing_else() {
        let right = |truth: NumberTruth, answer: &str| Number.verify(&crate::protocol::wrap(answer), &truth).exact;
        for credit in [NumberCredit::Exact, NumberCredit::Relative, NumberCredit::Inverse, NumberCredit::LogRatio] {
            let count = NumberTruth::integer(8, credit);
            assert_eq!(
                ["8", "8.0", "7.99", "8.01", "7.6", "8.4"].map(|answer| right(count, answer)),
                [true, true, false, false, false, false]
            );
            let share = NumberTruth { value: 1.0 / 3.0, tolerance: 0.005, credit };
            assert_eq!(
                ["0.33", "0.3333", "0.32", "0.34", "0.3"].map(|answer| right(share, answer)),
                [true, true, false, false, false]
            );
        }
    }

    #[test]
    fn a_near_miss_of_a_huge_number_is_not_exact() {
        let truth = NumberTruth::integer(1_000_000_000_000, NumberCredit::Relative);
        let verdict = Number.verify("<answer>999999999999</answer>", &truth);
        assert!(!verdict.exact && verdict.score < 1.0 && verdict.score > 0.99, "{verdict:?}");
    }

    #[test]
    fn the_best_constant_is_the_median_under_relative_credit() {
        let truths = [1, 2, 3].map(|value| NumberTruth::integer(value, NumberCredit::Relative));
        let (answer, score) = NumberTruth::best_constant(&truths).unwrap();
        // 2 earns 0 + 1 + 2/3; 1 earns 1 + 1/2 + 1/3 = 1.83; 3 earns 0 + 1/2 + 1.
        assert_eq!(answer, 1.0);
        assert!((score - 11.0 / 18.0).abs() < 1e-12);
    }
}
