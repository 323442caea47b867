//! [`Request`]: a completion and what scores it, as JSON.

use serde::Deserialize;
use serde_json::Value;

use super::Text;
use crate::tasks::protocol::AnswerRule;

/// What scores the answers to one question; other fields of its JSON are left alone.
#[derive(Debug, Clone, Deserialize)]
pub struct Label {
    /// Task name.
    pub task: String,
    /// What the verifier compares with.
    pub truth: Value,
    /// Which answer block counts, where the settings are not to say it.
    pub answer_rule: Option<AnswerRule>,
    /// Whether the token budget cut the completion off.
    #[serde(default)]
    pub truncated: bool,
}

/// A completion to score: an object with the fields of its [`Label`] and `completion`.
#[derive(Debug, Clone)]
pub struct Request {
    /// What scores it.
    pub label: Label,
    /// What the model wrote.
    pub completion: Text,
}

impl Request {
    /// What one looks like.
    pub const EXAMPLE: &str = r#"{"task": "graph/node-degree", "completion": "<answer>3</answer>", "truth": {…}}"#;

    /// Reads one from JSON.
    pub fn read(json: &[u8]) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Answer {
            completion: Text,
        }
        let Answer { completion } = serde_json::from_slice(json)?;
        Ok(Self { label: serde_json::from_slice(json)?, completion })
    }
}
