//! One evaluation: one line of `eval.jsonl`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// When in a run an evaluation was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvalPhase {
    /// Of blind guessing, or of a policy that has learned nothing yet.
    Chance,
    /// After the supervised warm start, before reinforcement learning; the given model where there was no warm start.
    WarmStart,
    /// During reinforcement learning.
    Step,
    /// After reinforcement learning.
    Final,
}

/// Held-out scores at one point of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvalRecord {
    /// When it was made.
    pub phase: EvalPhase,
    /// Reinforcement learning steps done.
    pub step: u64,
    /// Scores by task name.
    pub tasks: BTreeMap<String, TaskEval>,
}

/// Held-out scores of one task.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskEval {
    /// Questions asked.
    pub samples: u64,
    /// Mean score, in `[0, 1]`.
    pub score: f64,
    /// Standard error of the mean score.
    pub score_standard_error: f64,
    /// Share of exact answers.
    pub accuracy: f64,
    /// Standard error of that share.
    pub accuracy_standard_error: f64,
    /// Expected score of blind guessing on these questions.
    pub chance: f64,
    /// Share of completions from which an answer could be read.
    pub parse_rate: f64,
}

impl TaskEval {
    /// Sums up the answers of one task, each given as score, exactness, whether an answer was read, and chance.
    ///
    /// The standard error is the sample standard deviation over the root of the count; 0 for fewer than two answers.
    ///
    /// ```
    /// use ssl4rl::report::TaskEval;
    /// let eval = TaskEval::of([(1.0, true, true, 0.5), (0.0, false, true, 0.5)]);
    /// assert_eq!((eval.samples, eval.score, eval.score_standard_error), (2, 0.5, 0.5));
    /// ```
    pub fn of(answers: impl IntoIterator<Item = (f64, bool, bool, f64)>) -> Self {
        let answers: Vec<_> = answers.into_iter().collect();
        let scores: Vec<f64> = answers.iter().map(|answer| answer.0).collect();
        let exact: Vec<f64> = answers.iter().map(|answer| f64::from(u8::from(answer.1))).collect();
        let parsed: Vec<f64> = answers.iter().map(|answer| f64::from(u8::from(answer.2))).collect();
        let chances: Vec<f64> = answers.iter().map(|answer| answer.3).collect();
        Self {
            samples: answers.len() as u64,
            score: mean(&scores),
            score_standard_error: standard_error(&scores),
            accuracy: mean(&exact),
            accuracy_standard_error: standard_error(&exact),
            chance: mean(&chances),
            parse_rate: mean(&parsed),
        }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn standard_error(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let (count, mean) = (values.len() as f64, mean(values));
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / (count - 1.0) / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_by_hand() {
        // Scores 1, 1/2, 0, 1/2: mean 1/2, squares 1/4 + 1/4, over 3, over 4, root: sqrt(1/24).
        let answers =
            [(1.0, true, true, 0.25), (0.5, false, true, 0.25), (0.0, false, false, 0.5), (0.5, false, true, 0.0)];
        let eval = TaskEval::of(answers);
        assert_eq!((eval.samples, eval.score, eval.accuracy, eval.chance, eval.parse_rate), (4, 0.5, 0.25, 0.25, 0.75));
        assert!((eval.score_standard_error - (1.0_f64 / 24.0).sqrt()).abs() < 1e-15);
        // One of four: squares 9/16 + 3/16, over 3, over 4: root of 1/16.
        assert!((eval.accuracy_standard_error - 0.25).abs() < 1e-15);
        assert_eq!(TaskEval::of([]), TaskEval::default());
    }
}
