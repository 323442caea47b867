//! Completions near a right one: cut, doubled, swapped, spliced, with marks and numbers that readers stumble over.

use crate::TaskRng;
use crate::protocol::LONGEST_ANSWER;
use crate::verifiers::wording::LONGEST_PHRASE;

/// Most changes made to one text.
const CHANGES: usize = 4;
/// One completion in this many is about a megabyte long.
const HUGE_ONE_IN: usize = 20_000;
/// Length of a huge completion, in bytes.
const HUGE: usize = 1 << 20;
/// One completion in this many is about as long as the longest answer that some reader takes in whole.
const LONG_ONE_IN: usize = 2_000;
/// Lengths of these, in bytes: readers refuse longer answers, so that these take them longest.
const LONG: [usize; 4] = [LONGEST_PHRASE, 1 << 12, 1 << 14, LONGEST_ANSWER];

/// Pieces that mean something to some reader.
const PIECES: [&str; 56] = [
    "<answer>",
    "</answer>",
    "<think>",
    "</think>",
    "yes",
    "no",
    "none",
    "all",
    "node ",
    "0",
    "1",
    "2",
    "7",
    "10",
    "-1",
    "+3",
    "1e9",
    "1e400",
    "0.5",
    ".5",
    "½",
    "1/2",
    "0/0",
    "NaN",
    "inf",
    "9223372036854775808",
    ",",
    ", ",
    ";",
    "|",
    ":",
    "=",
    "->",
    "→",
    "-",
    "--",
    "(",
    ")",
    "(0, 1)",
    "[",
    "]",
    "{",
    "}",
    "{}",
    "[]",
    "\n",
    "\t",
    " ",
    "\0",
    "é",
    "🦀",
    "İ",
    "\u{301}",
    "\u{202e}",
    "\"",
    "\\",
];

/// A completion made from a right one and another text, by a few random changes.
pub(super) fn mutated(right: &str, other: &str, rng: &mut TaskRng) -> String {
    let mut text: Vec<char> = right.chars().collect();
    for _ in 0..=rng.below(CHANGES) {
        change(&mut text, other, rng);
    }
    let text: String = text.into_iter().collect();
    if rng.below(HUGE_ONE_IN) == 0 {
        enlarged(&text, HUGE, rng)
    } else if rng.below(LONG_ONE_IN) == 0 {
        let length = LONG[rng.below(LONG.len())];
        enlarged(&text, length, rng)
    } else {
        text
    }
}

/// A completion of random pieces within answer tags.
pub(super) fn random(rng: &mut TaskRng) -> String {
    let inside: String = (0..rng.below(24)).filter_map(|_| rng.choose(&PIECES).copied()).collect();
    format!("<answer>{inside}</answer>")
}

fn change(text: &mut Vec<char>, other: &str, rng: &mut TaskRng) {
    let start = rng.below(text.len() + 1);
    let end = (start + rng.below(12)).min(text.len());
    match rng.below(8) {
        0 => drop(text.drain(start..end)),
        1 => {
            let copy = text[start..end].to_vec();
            text.splice(end..end, copy);
        }
        2 => text[start..end].reverse(),
        3 => {
            let end = start.max(end);
            let foreign: Vec<char> = other.chars().skip(rng.below(other.len().max(1))).take(12).collect();
            text.splice(start..end, foreign);
        }
        4 => text[start..end].iter_mut().for_each(|letter| {
            if letter.is_ascii_digit() {
                *letter = char::from(b'0' + rng.below(10) as u8);
            }
        }),
        5 => text[start..end].iter_mut().for_each(|letter| *letter = letter.to_uppercase().next().unwrap_or(*letter)),
        _ => {
            if let Some(piece) = rng.choose(&PIECES) {
                text.splice(start..start, piece.chars());
            }
        }
    }
}

/// An answer of about `length` bytes: the text and a piece repeated, the text once and then the piece, or the piece alone.
fn enlarged(text: &str, length: usize, rng: &mut TaskRng) -> String {
    let piece = rng.choose(&PIECES).copied().unwrap_or(" ");
    let inside = text.replace("<answer>", "").replace("</answer>", "");
    let (start, unit) = match rng.below(3) {
        0 => (String::new(), format!("{inside}{piece}")),
        1 => (inside, piece.to_owned()),
        _ => (String::new(), piece.to_owned()),
    };
    let times = length.saturating_sub(start.len()) / unit.len().max(1);
    format!("<answer>{start}{}</answer>", unit.repeat(times))
}
