//! What OpenRLHF posts to `--reward.remote_url`, and what it reads back.
//!
//! Fields as in OpenRLHF 0.11.2, `openrlhf/utils/agent.py` and `openrlhf/cli/serve_rm.py`. A query is the prompt and the completion,
//! decoded together; a label is that of an export. `src/export/python/openrlhf.py` does the same in the trainer's own process, and a test
//! holds the two together.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Label, ScoreError, Scorer, Text};
use crate::tasks::Verdict;

/// Characters at the end of a prompt by which it is found where decoding changed what stands before them.
const TAIL: usize = 64;

/// A request: the lists have one length.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an object with `query`, `prompts` and `labels`")]
pub struct Batch<'json> {
    #[serde(borrow)]
    query: Vec<&'json RawValue>,
    #[serde(borrow)]
    prompts: Vec<&'json RawValue>,
    #[serde(borrow)]
    labels: Vec<&'json RawValue>,
}

/// The reply.
#[derive(Debug, PartialEq, Serialize)]
pub struct Rewards {
    /// Scores of the verifiers, in [0, 1].
    pub rewards: Vec<f32>,
    /// The same, by which the trainer filters questions.
    pub scores: Vec<f32>,
    /// What it logs.
    pub extra_logs: ExtraLogs,
}

/// Beside the rewards, 1 or 0 for each query.
#[derive(Debug, PartialEq, Serialize)]
pub struct ExtraLogs {
    /// Whether the answer is right as a whole.
    pub exact: Vec<f32>,
    /// Whether an answer could be read.
    pub parsed: Vec<f32>,
}

/// Why a request has no rewards. Items count from 0.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The lists differ in length.
    #[error("`query`, `prompts` and `labels` must have one length, got {query}, {prompts} and {labels}")]
    Lengths {
        /// Number of queries.
        query: usize,
        /// Number of prompts.
        prompts: usize,
        /// Number of labels.
        labels: usize,
    },
    /// An item is no text.
    #[error("`{list}`, item {item}: expected a string: {source}")]
    NoText {
        /// Which list.
        list: &'static str,
        /// Which item.
        item: usize,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A label is none of an export.
    #[error("`labels`, item {item}: expected JSON like {{\"task\": …, \"truth\": …}} as a string: {source}")]
    Label {
        /// Which item.
        item: usize,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A query does not hold its prompt.
    #[error("`query`, item {item}: it does not hold the end of its prompt, {tail:?}")]
    Prompt {
        /// Which item.
        item: usize,
        /// The end of the prompt, without blanks.
        tail: String,
    },
    /// A completion has no verdict.
    #[error("`labels`, item {item}: {source}")]
    Score {
        /// Which item.
        item: usize,
        /// Why.
        source: Box<ScoreError>,
    },
}

impl Batch<'_> {
    /// The rewards, in the order of the queries. With several mistakes the first is told.
    pub fn rewards(&self, scorer: &Scorer) -> Result<Rewards, BatchError> {
        let [query, prompts, labels] = [&self.query, &self.prompts, &self.labels].map(Vec::len);
        if query != prompts || query != labels {
            return Err(BatchError::Lengths { query, prompts, labels });
        }
        let verdicts: Vec<_> = (0..query).into_par_iter().map(|item| self.verdict(item, scorer)).collect();
        let verdicts = verdicts.into_iter().collect::<Result<Vec<Verdict>, _>>()?;
        let of_each = |value: fn(&Verdict) -> f32| verdicts.iter().map(value).collect::<Vec<f32>>();
        let rewards = of_each(|verdict| verdict.score);
        let exact = of_each(|verdict| f32::from(verdict.exact));
        let parsed = of_each(|verdict| f32::from(verdict.parsed.is_some()));
        Ok(Rewards { scores: rewards.clone(), rewards, extra_logs: ExtraLogs { exact, parsed } })
    }

    fn verdict(&self, item: usize, scorer: &Scorer) -> Result<Verdict, BatchError> {
        let text = |list, json: &RawValue| {
            serde_json::from_str::<Text>(json.get()).map_err(|source| BatchError::NoText { list, item, source })
        };
        let query = text("query", self.query[item])?;
        let prompt = text("prompts", self.prompts[item])?;
        let label = text("labels", self.labels[item])?;
        let label: Label = serde_json::from_str(&label).map_err(|source| BatchError::Label { item, source })?;
        let completion = completion_of(&query, &prompt).map_err(|tail| BatchError::Prompt { item, tail })?;
        scorer.verdict(&label, completion).map_err(|source| BatchError::Score { item, source: source.into() })
    }
}

/// What follows the prompt, or the end of the prompt where the query does not hold it. Decoding may give a prompt's blanks back in
/// another way, and pictures as other marks. Questions of solved examples may end as the last one does, so that an end is looked for as
/// often as the prompt has it; a completion that repeats it is left whole.
fn completion_of<'query>(query: &'query str, prompt: &str) -> Result<&'query str, String> {
    let (shown, prompt) = (without_blanks(query), without_blanks(prompt));
    if shown.starts_with(&prompt) {
        return Ok(after(query, prompt.len()));
    }
    let tail_start = prompt.char_indices().rev().nth(TAIL - 1).map_or(0, |(start, _)| start);
    let tail = &prompt[tail_start..];
    let ends = shown.match_indices(tail).take(prompt.matches(tail).count());
    let (start, _) = ends.last().ok_or_else(|| tail.to_owned())?;
    Ok(after(query, start + tail.len()))
}

/// What follows the first `length` bytes of a text that are not of blanks.
fn after(text: &str, length: usize) -> &str {
    let mut passed = 0;
    for (start, character) in text.char_indices() {
        if passed >= length {
            return &text[start..];
        }
        if !is_blank(character) {
            passed += character.len_utf8();
        }
    }
    ""
}

fn without_blanks(text: &str) -> String {
    text.chars().filter(|&character| !is_blank(character)).collect()
}

/// What Python calls a space: beside those of Unicode, the separators of ASCII.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config::Config;

    #[test]
    fn a_completion_follows_its_prompt() {
        let cases = [
            ("<|user|>Which?<|assistant|>", "<|user|>Which?<|assistant|> 3 <|end|>", " 3 <|end|>"),
            // Blanks given back in another way, and such as the answer itself begins with.
            ("a b\n\nc", "a  b\nc\n d", "\n d"),
            ("a\u{1f}b", "ab\u{a0}c", "\u{a0}c"),
            // The form of an answer in the prompt is no answer.
            ("say <answer>…</answer>", "say <answer>…</answer><answer>3</answer>", "<answer>3</answer>"),
            ("", " all of it", " all of it"),
            ("the end", "the end", ""),
        ];
        for (prompt, query, expected) in cases {
            assert_eq!(completion_of(query, prompt), Ok(expected), "{prompt:?} {query:?}");
        }
    }

    #[test]
    fn a_prompt_that_decoding_changed_is_found_by_its_last_characters() {
        let tail = "ü".repeat(64);
        let query = format!("<|vision_start|><|image_pad|>Look at it. {tail} red");
        assert_eq!(completion_of(&query, &format!("<image>Look at it. {tail}")), Ok(" red"));
        // It stands there twice, once for a solved example, and a third time in the answer.
        let (prompt, shown) =
            (format!("<image>{tail} blue {tail}"), format!("<|image_pad|>{tail} blue {tail} red {tail}"));
        assert_eq!(completion_of(&shown, &prompt), Ok(format!(" red {tail}").as_str()));
        assert_eq!(completion_of("Look: red", "<image>Look:"), Err("<image>Look:".into()));
        assert_eq!(completion_of(" red", &format!("short of it {tail}")), Err(tail));
    }

    fn rewards(batch: &Value) -> Result<Rewards, String> {
        let scorer = Scorer::new(&crate::builtin_registry().unwrap(), &Config::default());
        let batch = batch.to_string();
        let batch: Batch<'_> = serde_json::from_str(&batch).unwrap();
        batch.rewards(&scorer).map_err(|error| error.to_string())
    }

    #[test]
    fn the_first_item_at_fault_is_named() {
        let label = json!({ "task": "graph/node-degre", "truth": {} }).to_string();
        let batch = |query: Value, labels: Value| json!({ "query": query, "prompts": ["a", "b"], "labels": labels });
        let refused = |query, labels| rewards(&batch(query, labels)).unwrap_err();
        assert!(refused(json!(["a3"]), json!([label, label])).contains("got 1, 2 and 2"));
        assert!(refused(json!(["a3", null]), json!(["{}", "{}"])).starts_with("`labels`, item 0: expected JSON like"));
        assert!(refused(json!([3, null]), json!(["{}", "{}"])).starts_with("`query`, item 0: expected a string"));
        assert!(refused(json!(["a3", "b3"]), json!([label, ""])).starts_with("`labels`, item 0: unknown task"));
        assert!(refused(json!(["3", "b3"]), json!([label, label])).starts_with("`query`, item 0: it does not hold"));
    }

    #[test]
    fn no_query_has_no_reward() {
        let rewards = rewards(&json!({ "query": [], "prompts": [], "labels": [] })).unwrap();
        assert_eq!(
            serde_json::to_string(&rewards).unwrap(),
            r#"{"rewards":[],"scores":[],"extra_logs":{"exact":[],"parsed":[]}}"#
        );
    }
}
