//! [`Refusal`]: what a client is told where there is no verdict.

use axum::http::StatusCode;
use serde_json::{Value, json};

/// A status of HTTP, and an object with `error` and whatever helps.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The status.
    pub(super) status: StatusCode,
    /// What is said.
    pub(super) error: String,
    /// Fields that stand beside it.
    help: Vec<(&'static str, Value)>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into(), help: Vec::new() }
    }

    /// A request that is well-formed and has no answer.
    pub(super) fn unanswerable(error: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, error)
    }

    /// A body that cannot be read: 400 where it is no JSON, 422 where it is other JSON than what is expected. `example` is JSON that
    /// can be.
    pub(super) fn malformed(error: &serde_json::Error, expected: &str, example: &str) -> Self {
        let status = if error.is_data() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
        let example: Value = serde_json::from_str(example).unwrap_or_default();
        Self::new(status, error.to_string()).with("expected", expected).with("example", example)
    }

    /// The refusal with a field beside `error`.
    pub(super) fn with(mut self, field: &'static str, value: impl Into<Value>) -> Self {
        self.help.push((field, value.into()));
        self
    }

    /// The object.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({ "error": self.error });
        for (field, value) in &self.help {
            body[*field] = value.clone();
        }
        body
    }
}
