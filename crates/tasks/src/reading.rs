//! How a completion is read before its verifier sees it: the same for training, evaluation and scoring again.

use serde_json::Value;

use super::protocol::{self, AnswerRule};
use super::{DynTask, TaskError, Verdict};

/// Which answer of a completion counts, if any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// Which answer block counts.
    pub answer_rule: AnswerRule,
    /// Whether an answer counts in a completion that was cut off before it ended.
    pub truncated_counts: bool,
}

impl Reading {
    /// The verdict of `task` on `completion`, which the token budget cut off where `truncated`.
    pub fn verdict(
        self,
        task: &dyn DynTask,
        completion: &str,
        truncated: bool,
        truth: &Value,
    ) -> Result<Verdict, TaskError> {
        if truncated && !self.truncated_counts {
            return Ok(Verdict::unreadable("cut off before it ended"));
        }
        task.verify(&protocol::canonical(completion, self.answer_rule), truth)
    }
}
