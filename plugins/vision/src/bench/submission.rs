//! Answers to questions whose right ones the authors keep: a table for their evaluation server.
//!
//! ```text
//! index    prediction    reply        tabs between the columns, `"` around cells with line breaks
//! ```
//!
//! `prediction` is a letter, `Yes` or `No`, or words, and empty where no answer could be read.

use ssl4rl_tasks::exam::{EvalError, Submission};

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// What the benchmark's file calls the question.
    pub(super) id: String,
    /// What was answered, where that could be read.
    pub(super) said: Option<String>,
    /// The whole reply.
    pub(super) reply: String,
}

/// The table of `lines`.
pub(super) fn written(bench: &'static str, lines: &[Line]) -> Result<Submission, EvalError> {
    let failed = |error: csv::Error| EvalError::Unusable {
        benchmark: bench,
        dataset: "its hidden answers".into(),
        reason: error.to_string(),
    };
    let mut writer = csv::WriterBuilder::new().delimiter(b'\t').from_writer(Vec::new());
    writer.write_record(["index", "prediction", "reply"]).map_err(failed)?;
    for Line { id, said, reply } in lines {
        writer.write_record([id, said.as_deref().unwrap_or_default(), reply]).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(error.into_error().into()))?;
    Ok(Submission { file: format!("{bench}.tsv"), bytes, answers: lines.len() })
}
