//! Which rollouts a run's folder should hold, by what else it recorded.
//!
//! Steps are counted from 1 without a gap. That a step was done says its line in `metrics.jsonl`, which is written just before
//! its rollouts, or a checkpoint of it or of a later one.

use std::collections::BTreeMap;

use super::{MetricsRow, RunFolder, RunFolderError, RunState};

/// How many completions a step should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedRollouts {
    /// This many.
    Exactly(u64),
    /// Whole groups of this size, at least one: some questions were left out.
    Groups(u64),
    /// At least one: the step's line in `metrics.jsonl` is gone.
    AnyNumber,
}

impl ExpectedRollouts {
    fn of(row: &MetricsRow, prompts: u64, group_size: u64) -> Self {
        if row.get("skipped_prompts").is_none_or(|skipped| skipped > 0.0) {
            return Self::Groups(group_size);
        }
        let batches = row.get("dynamic_sampling/batches").unwrap_or(1.0) as u64;
        Self::Exactly(prompts * group_size * batches)
    }

    /// What is wrong with a step that has `count` completions, as the end of "it holds …".
    pub fn problem(self, count: u64) -> Option<String> {
        match self {
            Self::Exactly(expected) if count != expected => Some(format!("{count} of {expected} completions")),
            Self::Groups(size) if count == 0 || !count.is_multiple_of(size) => {
                Some(format!("{count} completions, expected whole groups of {size}"))
            }
            Self::AnyNumber if count == 0 => Some("no completions".to_owned()),
            _ => None,
        }
    }
}

impl RunFolder {
    /// The steps whose completions should be in the folder, and how many of them.
    ///
    /// The newest step of a run that is being written, or that died or failed, may lack its completions.
    pub fn expected_rollouts(&self) -> Result<BTreeMap<u64, ExpectedRollouts>, RunFolderError> {
        let whole = matches!(self.state()?, RunState::Complete | RunState::Interrupted);
        let (rows, rollout) = (self.metrics()?.records, &self.config().rollout);
        let saved = self.latest_checkpoint()?.map_or(0, |checkpoint| checkpoint.state.position.step);
        let logged = rows.last().map_or(0, |row| row.step);
        let done = if whole { logged } else { logged.saturating_sub(1) };
        let mut expected: BTreeMap<u64, ExpectedRollouts> =
            (1..=done.max(saved)).map(|step| (step, ExpectedRollouts::AnyNumber)).collect();
        for row in &rows {
            if let Some(step) = expected.get_mut(&row.step) {
                *step = ExpectedRollouts::of(row, rollout.prompts, rollout.group_size);
            }
        }
        Ok(expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &str) -> MetricsRow {
        serde_json::from_str(values).unwrap()
    }

    #[test]
    fn a_step_has_all_its_groups_unless_questions_were_left_out() {
        let plain = ExpectedRollouts::of(&row(r#"{"step":1,"skipped_prompts":0}"#), 4, 8);
        assert_eq!((plain.problem(32), plain.problem(31)), (None, Some("31 of 32 completions".into())));
        let row = row(r#"{"step":1,"skipped_prompts":0,"dynamic_sampling/batches":3.0}"#);
        assert_eq!(ExpectedRollouts::of(&row, 4, 8), ExpectedRollouts::Exactly(96));
    }

    #[test]
    fn left_out_questions_leave_whole_groups() {
        let expected = ExpectedRollouts::of(&row(r#"{"step":1,"skipped_prompts":2}"#), 4, 8);
        assert_eq!(
            (expected.problem(16), expected.problem(0).is_some(), expected.problem(12).is_some()),
            (None, true, true)
        );
    }
}
