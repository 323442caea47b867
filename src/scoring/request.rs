//! [`Request`]: a completion and what scores it, as JSON.

use serde::Deserialize;
use serde_json::Value;

use super::Text;
use crate::tasks::protocol::AnswerRule;

/// What scores the answers to one question; other fields of its JSON are left alone.
#[derive(Debug, Clone, Deserialize)]
#[serde(expecting = "an object with `task` and `truth`")]
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
    /// One with a right answer.
    pub const EXAMPLE: &str = r#"{"task": "graph/clustering-coefficient", "completion": "<answer>2/3</answer>", "truth": {"linked": 4, "pairs": 6}}"#;

    /// Reads one from JSON.
    pub fn read(json: &[u8]) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        #[serde(expecting = "an object with `task`, `completion` and `truth`")]
        struct Answer {
            completion: Text,
        }
        let Answer { completion } = serde_json::from_slice(json)?;
        Ok(Self { label: serde_json::from_slice(json)?, completion })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::scoring::Scorer;

    #[test]
    fn what_is_no_object_is_told_what_is_expected() {
        let error = Request::read(b"3").unwrap_err().to_string();
        assert!(error.contains("expected an object with `task`, `completion` and `truth`"), "{error}");
    }

    #[test]
    fn the_example_is_scored() {
        let request = Request::read(Request::EXAMPLE.as_bytes()).unwrap();
        let scorer = Scorer::new(&crate::builtin_registry().unwrap(), &Config::default());
        assert!(scorer.verdict(&request.label, &request.completion).unwrap().exact);
    }
}
