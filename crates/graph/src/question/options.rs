//! Multiple choice: shuffles the options, lists them in the prompt, and says how to answer.

use ssl4rl_tasks::verifiers::wording::normalised;
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{TaskRng, Verifier, protocol};

/// The options in random order; `None` where two read the same, so that no right answer could be told from a wrong one, or where
/// one cannot be read back, as if it held a tag.
pub fn shuffled(right: String, wrong: Vec<String>, style: AnswerStyle, rng: &mut TaskRng) -> Option<ChoiceTruth> {
    let mut options = wrong;
    options.push(right);
    let readings: Vec<String> = options.iter().map(|option| normalised(option)).collect();
    let repeated = readings.iter().enumerate().any(|(position, text)| readings[..position].contains(text));
    if repeated || readings.iter().any(String::is_empty) {
        return None;
    }
    let order = rng.permutation(options.len());
    let correct = order.iter().position(|&from| from == options.len() - 1)?;
    let placed: Vec<String> = order.iter().map(|&from| std::mem::take(&mut options[from])).collect();
    let mut truth = ChoiceTruth::new(placed, correct, style);
    for at in 0..truth.options.len() {
        truth.correct = at;
        if !Choice.verify(&protocol::wrap(&truth.right_answer()), &truth).exact {
            return None;
        }
    }
    truth.correct = correct;
    Some(truth)
}

/// Yes or no; the order is fixed, because the question itself is balanced.
pub fn yes_no(yes: bool, style: AnswerStyle) -> ChoiceTruth {
    ChoiceTruth::new(["yes", "no"], usize::from(!yes), style)
}

/// Appends the options and the line that says how to answer.
pub fn append(truth: &ChoiceTruth, text: &mut String) {
    let single_words = truth.options.iter().all(|option| !option.contains([' ', ',', '\n']));
    if truth.style == AnswerStyle::Text && single_words {
        text.push_str("Options: ");
        text.push_str(&truth.options.join(" "));
    } else {
        text.push_str("Options:\n");
        text.push_str(&truth.listing());
    }
    text.push('\n');
    text.push_str(match truth.style {
        AnswerStyle::Text => "Reply <answer>option</answer>.",
        AnswerStyle::Letter => "Reply <answer>letter</answer>.",
    });
}
