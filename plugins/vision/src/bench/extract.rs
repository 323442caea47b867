//! Which option a reply chooses, by the rules of the two toolkits that published scores come from.
//!
//! Both are deterministic here: where `VLMEvalKit` would ask a judge model, a reply that its exact matching cannot read is
//! wrong. Replies in `<answer>` tags are read from within the last of them first; neither toolkit knows the tags.
//!
//! ```
//! use ssl4rl_vision::bench::extract;
//! let options = ["a cat".to_owned(), "a dog".to_owned()];
//! assert_eq!(extract::by_vlmevalkit("The answer is B.", b"AB", &options), Some('B'));
//! assert_eq!(extract::by_vlmevalkit("It shows a cat", b"AB", &options), Some('A'));
//! assert_eq!(extract::at_start("(C) is right"), Some('C'));
//! ```

use std::sync::LazyLock;

use regex::Regex;

/// Characters that `VLMEvalKit` takes for blanks.
const BLANKS: &[char] = &['.', '(', ')', '[', ']', ',', ':', ';', '!', '*', '#', '{', '}'];

/// Replies of services that refuse to answer begin so; they choose nothing.
const REFUSALS: [&str; 4] = [
    "Sorry, I can't help with images of people yet.",
    "I can't process this file.",
    "I'm sorry, but without the image provided",
    "Cannot determine the answer",
];

/// The option that `VLMEvalKit`'s exact matching finds: by its letter, else by its text.
pub fn by_vlmevalkit(reply: &str, letters: &[u8], options: &[String]) -> Option<char> {
    if REFUSALS.iter().any(|refusal| reply.contains(refusal)) {
        return None;
    }
    letter_among_words(reply, letters).or_else(|| declared(reply)).or_else(|| by_text(reply, options))
}

/// The only letter that stands as a word of its own, if one of the last five words is its first place.
fn letter_among_words(reply: &str, letters: &[u8]) -> Option<char> {
    let spaced = reply.replace(BLANKS, " ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let place = |letter: u8| words.iter().position(|word| word.as_bytes() == [letter]);
    let mut found = letters.iter().filter_map(|&letter| Some((letter, place(letter)?)));
    match (found.next(), found.next()) {
        (Some((letter, place)), None) if place + 5 > words.len() => Some(char::from(letter)),
        _ => None,
    }
}

/// The letter in `answer is **B**`.
fn declared(reply: &str) -> Option<char> {
    static DECLARED: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)(?:correct\s+)?answer\s+is\s+\**([ABCD])\**").ok());
    let letter = DECLARED.as_ref()?.captures(reply)?.get(1)?.as_str().chars().next()?;
    Some(letter.to_ascii_uppercase())
}

/// The only option whose text stands in a reply not much longer than all options.
fn by_text(reply: &str, options: &[String]) -> Option<char> {
    let reply = reply.to_lowercase();
    let longest: usize = options.iter().map(|option| option.chars().count()).sum();
    if options.is_empty() || reply.chars().count() > 2 * longest {
        return None;
    }
    let mut found = options.iter().enumerate().filter(|(_, option)| reply.contains(&option.to_lowercase()));
    match (found.next(), found.next()) {
        (Some((place, _)), None) => super::item::LETTERS.get(place).map(|&letter| char::from(letter)),
        _ => None,
    }
}

/// The letter that a reply begins with, brackets and blanks before it allowed: lmms-eval's rule for BLINK.
pub fn at_start(reply: &str) -> Option<char> {
    let first = reply.trim_start_matches(|letter: char| letter == '(' || letter.is_whitespace()).chars().next()?;
    first.is_ascii_alphabetic().then(|| first.to_ascii_uppercase())
}

/// What may stand before the letter in a reply that lmms-eval reads for `MME-RealWorld`.
const OPENINGS: [&str; 6] = [
    "The best answer is",
    "The correct answer is",
    "The answer is",
    "The answer",
    "The best option is",
    "The correct option is",
];

/// The first capital among `letters`, wherever it stands behind the usual openings: lmms-eval's rule for `MME-RealWorld`.
pub fn first_capital(reply: &str, letters: &[u8]) -> Option<char> {
    let rest = OPENINGS.iter().fold(reply.to_owned(), |rest, opening| rest.replace(opening, ""));
    rest.chars().find(|&letter| u8::try_from(letter).is_ok_and(|byte| letters.contains(&byte)))
}

/// The first character: lmms-eval's rule for SEED-Bench.
pub fn first_character(reply: &str) -> Option<char> {
    reply.trim().chars().next().map(|letter| letter.to_ascii_uppercase())
}

/// Forms in which a letter is written, and how much each is believed; of equally believed ones the last in the reply counts.
/// lmms-eval's rule for `RealWorldQA`, `MMStar` and V*.
const FORMS: [(u8, &str); 8] = [
    (10, r"^\s*\(?([A-Z])(?:[).:\s]|$)"),
    (9, r"(?:^|[\s(])([A-Z])[).]?\s*$"),
    (7, r"(?i:answer|option|choice)(?i:\s+is)?\s*:?\s*\**\(?([A-Z])\b"),
    (6, r"\(([A-Z])\)"),
    (5, r"\b([A-Z])\."),
    (4, r"\b([A-Z]):"),
    (3, r"\b([A-Z])\)"),
    (2, r"(?:^|\s)([A-Z])(?:\s|$)"),
];

/// The letter among `letters` in the most believed form, reasoning in `<think>` left out.
pub fn by_form(reply: &str, letters: &[u8]) -> Option<char> {
    static COMPILED: LazyLock<Vec<(u8, Regex)>> =
        LazyLock::new(|| FORMS.iter().filter_map(|(weight, form)| Some((*weight, Regex::new(form).ok()?))).collect());
    let reply = reply.rsplit("</think>").next().unwrap_or(reply);
    let candidates = COMPILED.iter().flat_map(|(weight, form)| {
        form.captures_iter(reply).filter_map(move |found| {
            let letter = found.get(1)?;
            let byte = *letter.as_str().as_bytes().first()?;
            letters.contains(&byte).then_some(((*weight, letter.start()), char::from(byte)))
        })
    });
    candidates.max_by_key(|(believed, _)| *believed).map(|(_, letter)| letter)
}

/// Yes or no, of a reply that says one of them and not the other: `VLMEvalKit`'s rule for MME.
pub fn yes_or_no(reply: &str) -> Option<bool> {
    let words = reply.to_lowercase().replace(|letter: char| letter.is_ascii_punctuation(), "");
    let said = |wanted: &str| words.split_whitespace().any(|word| word == wanted);
    (said("yes") != said("no")).then(|| said("yes"))
}

/// Yes or no in the first four characters: lmms-eval's rule for MME.
pub fn yes_or_no_at_start(reply: &str) -> Option<bool> {
    let start: String = reply.trim().to_lowercase().chars().take(4).collect();
    match (start.contains("yes"), start.contains("no")) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    }
}
