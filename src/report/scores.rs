//! The held-out scores of one policy, task by task: what `ssl4rl eval --model` prints.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::TaskEval;
use super::table::aligned;
use crate::tasks::exam::metrics::Estimate;

/// A policy and its scores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PolicyScores<'folder> {
    /// The policy's folder.
    pub model: &'folder Path,
    /// Scores by task name.
    pub tasks: BTreeMap<String, TaskEval>,
}

impl PolicyScores<'_> {
    /// Aligned columns with a heading, for people; means with standard errors.
    pub fn text(&self) -> String {
        let heading = ["task", "samples", "chance", "score", "exact", "answers read"];
        let mut lines = vec![heading.map(str::to_owned).to_vec()];
        lines.extend(self.tasks.iter().map(|(task, eval)| {
            let estimate = |value, standard_error| Estimate { value, standard_error }.text();
            vec![
                task.clone(),
                eval.samples.to_string(),
                format!("{:.3}", eval.chance),
                estimate(eval.score, eval.score_standard_error),
                estimate(eval.accuracy, eval.accuracy_standard_error),
                format!("{:.3}", eval.parse_rate),
            ]
        }));
        aligned(&lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_has_one_line() {
        let eval = TaskEval {
            samples: 512,
            score: 0.75,
            score_standard_error: 0.02,
            accuracy: 0.5,
            accuracy_standard_error: 0.03,
            chance: 0.25,
            parse_rate: 1.0,
            skipped_prompts: 0,
        };
        let scores =
            PolicyScores { model: Path::new("mine"), tasks: BTreeMap::from([("graph/motif".to_owned(), eval)]) };
        let expected = "\
task         samples  chance  score          exact          answers read
graph/motif  512      0.250   0.750 ± 0.020  0.500 ± 0.030  1.000";
        assert_eq!(scores.text(), expected);
    }
}
