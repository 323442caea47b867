//! [`Choice`]: one of several options, by its letter or by its text.
//!
//! Score 1 for the right option, else 0. The truth's [`AnswerStyle`] says what the prompt asks for; the other form is
//! accepted too wherever it can be meant in one way only. Accepted are
//!
//! - the option's text, normalised as in [`wording::normalised`](super::wording::normalised)
//! - its letter: `B`, `b`, `B)`, `(b)`, `B.`, `option B`, and letter and text together, `B. text`
//! - a phrase of at most 400 bytes that names exactly one option's text in whole words, denies nothing and leaves nothing open with an
//!   `or`; `top left` and `top/left` name `top-left`
//! - a number that is equal to exactly one option's, such as `1.5`, `1.5x` or `1.5 times` for `1.50`
//!
//! Two options named in one answer are wrong, so are letter and text that disagree. Where one option's text holds
//! another's, the longer one is meant. In text style a bare letter counts only where no option is itself such a letter.
//!
//! Blind expectation: one over the number of options, where the right one's position is uniform.
//!
//! ```
//! use ssl4rl_tasks::{Verifier, verifiers::{AnswerStyle, Choice, ChoiceTruth}};
//! let truth = ChoiceTruth::new(["York", "New York", "Rome"], 1, AnswerStyle::Letter);
//! for answer in ["B", "b", "B)", "(b)", "B. New York", "new york", "It is New York."] {
//!     assert!(Choice.verify(&format!("<answer>{answer}</answer>"), &truth).exact, "{answer}");
//! }
//! for answer in ["A", "York", "A. New York", "York or New York", "A, B", "not New York", "B B"] {
//!     assert_eq!(Choice.verify(&format!("<answer>{answer}</answer>"), &truth).score, 0.0, "{answer}");
//! }
//! assert_eq!(truth.listing(), "A) York\nB) New York\nC) Rome");
//! ```

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::{parse, read_number};
use super::wording::{LONGEST_PHRASE, UNREADABLE_ANSWER, bare, compound_ranges, denies, hedges, normalised};
use crate::{Verdict, Verifier, protocol};

/// What a multiple-choice prompt asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerStyle {
    /// The option's text. A policy made from scratch learns this far sooner.
    #[default]
    Text,
    /// The option's letter.
    Letter,
}

/// The options as shown, and which one is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceTruth {
    /// Texts of the options, in the order shown; distinct once normalised.
    pub options: Vec<String>,
    /// Position of the right one.
    pub correct: usize,
    /// What the prompt asks for.
    pub style: AnswerStyle,
}

impl ChoiceTruth {
    /// A question with these options.
    pub fn new<Option: Into<String>>(
        options: impl IntoIterator<Item = Option>,
        correct: usize,
        style: AnswerStyle,
    ) -> Self {
        Self { options: options.into_iter().map(Into::into).collect(), correct, style }
    }

    /// The letter of the option at `position`; options past the 26th have none.
    pub fn letter(position: usize) -> Option<char> {
        u8::try_from(position).ok().filter(|&position| position < 26).map(|position| char::from(b'A' + position))
    }

    /// One option a line: `A) text` in letter style, `- text` in text style.
    pub fn listing(&self) -> String {
        let lines: Vec<String> = self
            .options
            .iter()
            .enumerate()
            .map(|(position, option)| match (self.style, Self::letter(position)) {
                (AnswerStyle::Letter, Some(letter)) => format!("{letter}) {option}"),
                _ => format!("- {option}"),
            })
            .collect();
        lines.join("\n")
    }

    /// The right answer in the form the style asks for; blank when `correct` names no option.
    pub fn right_answer(&self) -> String {
        self.answer_at(self.correct).unwrap_or_default()
    }

    /// The answer that picks the option at `position`, in the form the style asks for.
    pub fn answer_at(&self, position: usize) -> Option<String> {
        let option = self.options.get(position)?;
        match (self.style, Self::letter(position)) {
            (AnswerStyle::Letter, Some(letter)) => Some(letter.to_string()),
            _ => Some(option.clone()),
        }
    }

    /// Expected score of a blind guess: one over the number of options.
    pub fn blind_score(&self) -> f32 {
        1.0 / self.options.len().max(1) as f32
    }

    /// Which option `answer` names.
    pub(super) fn read(&self, answer: &str) -> Reading {
        let answer = bare(answer);
        match self.style {
            AnswerStyle::Letter => self.by_letter(answer).or_else(|| self.by_text(answer)),
            AnswerStyle::Text => self
                .by_text(answer)
                .or_else(|| if self.letters_are_unambiguous() { self.by_letter(answer) } else { None }),
        }
        .unwrap_or_else(|| self.by_content(answer))
    }

    fn letters_are_unambiguous(&self) -> bool {
        self.options.iter().all(|option| self.letter_position(bare(option)).is_none())
    }

    fn letter_position(&self, text: &str) -> Option<usize> {
        let [byte] = text.as_bytes() else { return None };
        let position = usize::from(byte.to_ascii_uppercase().checked_sub(b'A')?);
        (position < self.options.len().min(26)).then_some(position)
    }

    fn by_text(&self, answer: &str) -> Option<Reading> {
        if let Some(position) = self.options.iter().position(|option| bare(option) == answer) {
            return Some(Reading::One(position));
        }
        let given = normalised(answer);
        let mut matching = (0..self.options.len()).filter(|&position| normalised(&self.options[position]) == given);
        let first = matching.next()?;
        Some(if matching.next().is_some() { Reading::Several } else { Reading::One(first) })
    }

    /// `B`, `B)`, `(b)`, `B: text`; letter and text must agree.
    fn by_letter(&self, answer: &str) -> Option<Reading> {
        let answer = without_lead(answer);
        let (letter, rest) = split_letter(answer)?;
        let position = self.letter_position(letter)?;
        let rest = bare(rest);
        if rest.is_empty() {
            return Some(Reading::One(position));
        }
        match self.by_text(rest).unwrap_or_else(|| self.by_content(rest)) {
            Reading::One(named) if named == position => Some(Reading::One(position)),
            Reading::Nothing => Some(Reading::Nothing),
            Reading::One(_) | Reading::Several => Some(Reading::Several),
        }
    }

    /// The option that an answer names somehow but for its text alone or its letter.
    fn by_content(&self, answer: &str) -> Reading {
        match self.by_mention(answer) {
            Reading::Nothing => self.by_value(answer),
            named => named,
        }
    }

    /// The one option whose text stands in a short phrase; longer texts hide the shorter ones they hold.
    fn by_mention(&self, answer: &str) -> Reading {
        if answer.len() > LONGEST_PHRASE {
            return Reading::Nothing;
        }
        let phrase = normalised(answer);
        let texts: Vec<String> = self.options.iter().map(|option| normalised(option)).collect();
        let mut longest_first: Vec<usize> = (0..texts.len()).collect();
        longest_first.sort_by_key(|&position| std::cmp::Reverse(texts[position].len()));
        let mut taken: Vec<Range<usize>> = Vec::new();
        let mut named = Reading::Nothing;
        for position in longest_first {
            let hidden =
                |range: &Range<usize>| taken.iter().any(|outer| outer.start <= range.start && range.end <= outer.end);
            let fresh: Vec<Range<usize>> =
                compound_ranges(&phrase, &texts[position]).into_iter().filter(|range| !hidden(range)).collect();
            if fresh.is_empty() {
                continue;
            }
            taken.extend(fresh);
            named = if named == Reading::Nothing { Reading::One(position) } else { Reading::Several };
        }
        let rest = outside(&phrase, &mut taken);
        let open = matches!(named, Reading::One(_)) && hedges(&rest);
        if open || denies(&rest) { Reading::Nothing } else { named }
    }

    /// The one option that is the number given, whatever its zeros; a factor may have its cross, an angle its sign.
    fn by_value(&self, answer: &str) -> Reading {
        /// From here on two whole numbers may be one decimal.
        const INEXACT: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;
        let number = answer.trim_start_matches('×').trim_end_matches(['x', 'X', '×', '°']).trim();
        let Some(given) = read_number(number).filter(|given| given.abs() < INEXACT && !hedges(&normalised(number)))
        else {
            return Reading::Nothing;
        };
        let is_given = |option: &String| parse(bare(option)).is_some_and(|value| (value - given).abs() <= 0.0);
        let mut equal = (0..self.options.len()).filter(|&position| is_given(&self.options[position]));
        match (equal.next(), equal.next()) {
            (Some(position), None) => Reading::One(position),
            (Some(_), Some(_)) => Reading::Several,
            (None, _) => Reading::Nothing,
        }
    }
}

/// What an answer names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Nothing,
    One(usize),
    Several,
}

/// Scores the choice of one option.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choice;

impl Verifier for Choice {
    const SCORING: &'static str = "1 for the right option, by its text or its letter";
    type Truth = ChoiceTruth;

    fn verify(&self, completion: &str, truth: &ChoiceTruth) -> Verdict {
        let Some(answer) = protocol::answer(completion) else { return Verdict::unreadable(UNREADABLE_ANSWER) };
        match truth.read(answer) {
            Reading::One(position) if position == truth.correct => Verdict::right(&truth.options[position]),
            Reading::One(position) => Verdict::wrong(&truth.options[position], "another option"),
            Reading::Several => Verdict::wrong(answer, "more than one option"),
            Reading::Nothing => Verdict::unreadable("names no option"),
        }
    }

    fn choice<'truth>(&self, truth: &'truth ChoiceTruth) -> Option<&'truth ChoiceTruth> {
        Some(truth)
    }
}

/// Drops `option`, `answer` or `choice` before a letter.
fn without_lead(answer: &str) -> &str {
    let lead = ["option ", "answer ", "choice ", "answer: ", "the answer is "]
        .into_iter()
        .find(|lead| answer.get(..lead.len()).is_some_and(|start| start.eq_ignore_ascii_case(lead)));
    lead.map_or(answer, |lead| answer[lead.len()..].trim_start())
}

/// The letter an answer opens with, and what follows it.
fn split_letter(answer: &str) -> Option<(&str, &str)> {
    if let Some(inside) = answer.strip_prefix('(') {
        return inside.split_once(')').filter(|(letter, _)| letter.len() == 1);
    }
    let letter = answer.get(..1)?;
    let rest = &answer[1..];
    if rest.is_empty() { Some((letter, rest)) } else { Some((letter, rest.strip_prefix([')', '.', ':'])?)) }
}

/// The phrase without the ranges.
fn outside(phrase: &str, ranges: &mut [Range<usize>]) -> String {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut rest = String::new();
    let mut end = 0;
    for range in ranges {
        if range.start > end {
            rest.push_str(&phrase[end..range.start]);
        }
        rest.push(' ');
        end = end.max(range.end);
    }
    rest.push_str(&phrase[end..]);
    rest
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the scores are exact by hand calculation")]
mod tests {
    use super::*;

    fn read(options: &[&str], style: AnswerStyle, answer: &str) -> Reading {
        ChoiceTruth::new(options.iter().copied(), 0, style).read(answer)
    }

    #[test]
    fn options_that_are_letters_are_read_as_the_style_says() {
        let options = ["b", "a", "c"];
        assert_eq!(read(&options, AnswerStyle::Text, "a"), Reading::One(1));
        assert_eq!(read(&options, AnswerStyle::Letter, "a"), Reading::One(0));
        assert_eq!(read(&options, AnswerStyle::Letter, "A) b"), Reading::One(0));
        assert_eq!(read(&options, AnswerStyle::Letter, "A) a"), Reading::Several);
    }

    #[test]
    fn numbers_are_whole() {
        let options = ["1", "12", "2"];
        assert_eq!(read(&options, AnswerStyle::Text, "node 12"), Reading::One(1));
        assert_eq!(read(&options, AnswerStyle::Text, "12 1"), Reading::Several);
        assert_eq!(read(&options, AnswerStyle::Text, "1.2"), Reading::Nothing);
        assert_eq!(read(&options, AnswerStyle::Text, "-1"), Reading::Nothing);
    }

    #[test]
    fn compounds_are_named_in_every_form() {
        let options = ["top-left", "top-right", "left", "above-left"];
        for answer in
            ["top left", "Top Left", "top\u{2011}left", "top/left", "the top-left part", "TOP_LEFT.", "A. top left"]
        {
            assert_eq!(read(&options, AnswerStyle::Text, answer), Reading::One(0), "{answer}");
        }
        assert_eq!(read(&options, AnswerStyle::Text, "left"), Reading::One(2));
        assert_eq!(read(&options, AnswerStyle::Text, "above left"), Reading::One(3));
        assert_eq!(read(&options, AnswerStyle::Text, "top left or top right"), Reading::Several);
        for answer in ["not top left", "non-top-left", "top", "top, left-hand", "either top left", "top-left or below"]
        {
            assert_eq!(read(&options, AnswerStyle::Text, answer), Reading::Nothing, "{answer}");
        }
    }

    #[test]
    fn numbers_are_equal_by_value() {
        let options = ["1.00", "1.50", "2.25"];
        for answer in ["1.5", "1.5x", "1.50x", "1.5×", "×1.5", "1.5 times", "1.500", "**1.5**"] {
            assert_eq!(read(&options, AnswerStyle::Text, answer), Reading::One(1), "{answer}");
        }
        assert_eq!(read(&options, AnswerStyle::Text, "1"), Reading::One(0));
        assert_eq!(read(&options, AnswerStyle::Letter, "B) 1.5"), Reading::One(1));
        assert_eq!(read(&options, AnswerStyle::Letter, "A) 1.5"), Reading::Several);
        for answer in ["1.51", "not 1.5", "-1.5", "1.5 or 2", "1.5 or 2.250", "1.5 or more", "15", "1.5%", "1,5"] {
            assert_ne!(read(&options, AnswerStyle::Text, answer), Reading::One(1), "{answer}");
        }
        for answer in ["90.0", "90°", "90.0°", "90.0 degrees", "+90"] {
            assert_eq!(read(&["0", "90", "180"], AnswerStyle::Text, answer), Reading::One(1), "{answer}");
        }
        assert_eq!(read(&["0", "90", "180"], AnswerStyle::Text, "90 or 95"), Reading::Nothing);
        assert_eq!(read(&["1", "1.0"], AnswerStyle::Text, "1.00"), Reading::Several);
        assert_eq!(read(&["9007199254740992"], AnswerStyle::Text, "9007199254740993"), Reading::Nothing);
    }

    #[test]
    fn an_option_that_denies_is_no_denial() {
        let options = ["connected", "not connected"];
        assert_eq!(read(&options, AnswerStyle::Text, "they are not connected"), Reading::One(1));
        assert_eq!(read(&options, AnswerStyle::Text, "they are connected"), Reading::One(0));
        assert_eq!(read(&options, AnswerStyle::Text, "it is not that they are not connected"), Reading::Nothing);
    }

    #[test]
    fn case_decides_only_where_it_must() {
        let options = ["US", "us"];
        assert_eq!(read(&options, AnswerStyle::Text, "us"), Reading::One(1));
        assert_eq!(read(&options, AnswerStyle::Text, "Us"), Reading::Several);
    }

    #[test]
    fn long_rambling_names_nothing() {
        let answer = format!("{} 12", "so ".repeat(200));
        assert_eq!(read(&["1", "12"], AnswerStyle::Text, &answer), Reading::Nothing);
    }

    #[test]
    fn a_truth_that_names_no_option_is_never_right() {
        let truth = ChoiceTruth::new(["a", "b"], 7, AnswerStyle::Text);
        assert_eq!(Choice.verify("<answer>a</answer>", &truth).score, 0.0);
        assert_eq!(truth.right_answer(), "");
    }
}
