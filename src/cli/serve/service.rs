//! [`Service`]: what the routes share.

use axum::http::StatusCode;
use serde::Serialize;

use super::super::{Printer, plugin};
use super::refusal::Refusal;
use crate::report::progress::Progress;
use crate::scoring::Scorer;

/// What every request may use.
pub(super) struct Service {
    /// The tasks.
    pub(super) scorer: Scorer,
    /// Where refusals are told to whoever runs the server.
    pub(super) log: Log,
}

impl Service {
    pub(super) fn new(scorer: Scorer, log: Log) -> Self {
        Self { scorer, log }
    }

    /// An error with its causes and hints, for the client.
    pub(super) fn explain(&self, error: impl std::error::Error + Send + Sync + 'static) -> String {
        plugin::explain(&error.into(), "serve", self.scorer.registry())
    }
}

/// Lines on stderr, unless `--quiet`.
#[derive(Clone)]
pub(super) struct Log(Option<Progress>);

impl Log {
    pub(super) fn new(printer: &Printer) -> Self {
        Self((!printer.is_quiet()).then(|| printer.progress().clone()))
    }

    /// Writes a line; what a client sent cannot break it or control the terminal.
    pub(super) fn tell(&self, text: &str) {
        if let Self(Some(progress)) = self {
            progress.message(&text.replace(char::is_control, " "));
        }
    }
}

/// A value as the text of a reply.
pub(super) fn json(value: &impl Serialize) -> Result<Vec<u8>, Refusal> {
    let text = serde_json::to_vec(value);
    text.map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, format!("the reply is no JSON: {error}")))
}
