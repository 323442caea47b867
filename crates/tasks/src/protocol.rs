//! The answer protocol: `<think>…</think> <answer>…</answer>`.
//!
//! [`answer`] reads the last complete answer block, if it is no longer than [`LONGEST_ANSWER`]. [`AnswerRule::Paper`] reads as the
//! code of the SSL4RL paper does: the first block after the last `assistant` turn marker.
//!
//! ```
//! use ssl4rl_tasks::protocol::{AnswerRule, answer, canonical};
//! assert_eq!(answer("<think>a or b</think> <answer> b </answer>"), Some("b"));
//! assert_eq!(answer("<answer>a</answer> no: <answer>b</answer>"), Some("b"));
//! assert_eq!(answer("b"), None);
//! assert_eq!(canonical("<answer>a</answer><answer>b</answer>", AnswerRule::Paper), "<answer>a</answer>");
//! // The paper's block goes from the first opening tag to the first closing one: `a<answer>b`, which answers nothing.
//! assert_eq!(canonical("<answer>a<answer>b</answer>", AnswerRule::Paper), "");
//! ```

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Opens the answer.
pub const ANSWER_OPEN: &str = "<answer>";
/// Closes the answer.
pub const ANSWER_CLOSE: &str = "</answer>";
/// Opens the reasoning.
pub const THINK_OPEN: &str = "<think>";
/// Closes the reasoning.
pub const THINK_CLOSE: &str = "</think>";

/// Longest answer, in bytes, that is read at all: of a megabyte, even blanks would take longer to look through than a verdict may take.
pub const LONGEST_ANSWER: usize = 1 << 16;

/// Which answer block of a completion counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerRule {
    /// The last complete block.
    #[default]
    Last,
    /// The first block after the last line `assistant`, as in the paper's code.
    Paper,
}

/// The answer in `completion`: the trimmed content of its last complete answer block, up to the block's first closing tag.
pub fn answer(completion: &str) -> Option<&str> {
    let text = completion.as_bytes();
    let stands = |tag: &str, at: usize| text[at..].starts_with(tag.as_bytes());
    // Backwards from mark to mark, so that a megabyte of anything is passed once.
    let mut end = None;
    for at in memchr::memrchr_iter(b'<', text) {
        if stands(ANSWER_CLOSE, at) {
            end = Some(at);
        } else if let (true, Some(end)) = (stands(ANSWER_OPEN, at), end) {
            let inside = &completion[at + ANSWER_OPEN.len()..end];
            return (inside.len() <= LONGEST_ANSWER).then(|| inside.trim());
        }
    }
    None
}

/// Rewrites a completion so that [`answer`] reads what `rule` would read: nothing where that holds an opening tag, as no right answer
/// does.
pub fn canonical(completion: &str, rule: AnswerRule) -> Cow<'_, str> {
    match rule {
        AnswerRule::Last => Cow::Borrowed(completion),
        AnswerRule::Paper => Cow::Owned(first_answer(completion).map(wrap).unwrap_or_default()),
    }
}

/// `answer` in the form a completion must have.
pub fn wrap(answer: &str) -> String {
    format!("{ANSWER_OPEN}{answer}{ANSWER_CLOSE}")
}

/// Whether the completion is one optional think block, then one answer block, and nothing else.
pub fn well_formed(completion: &str) -> bool {
    let mut rest = completion.trim();
    if let Some(inside) = rest.strip_prefix(THINK_OPEN) {
        let Some((_, after)) = inside.split_once(THINK_CLOSE) else { return false };
        rest = after.trim_start();
    }
    rest.strip_prefix(ANSWER_OPEN)
        .and_then(|inside| inside.strip_suffix(ANSWER_CLOSE))
        .is_some_and(|inside| !inside.contains(ANSWER_OPEN) && !inside.contains(ANSWER_CLOSE))
}

fn first_answer(completion: &str) -> Option<&str> {
    const TURN: &str = "assistant\n";
    let reply = completion.rfind(TURN).map_or(completion, |at| &completion[at + TURN.len()..]);
    let (_, inside) = reply.split_once(ANSWER_OPEN)?;
    let (content, _) = inside.split_once(ANSWER_CLOSE)?;
    // Wrapped again, a block that holds an opening tag would be read from that tag on.
    (!content.contains(ANSWER_OPEN)).then(|| content.trim())
}
