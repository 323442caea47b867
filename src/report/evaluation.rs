//! One evaluation: one line of `eval.jsonl`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::tasks::exam::Outcome;
use crate::tasks::exam::metrics::Estimate;

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
    /// Afterwards, on a downstream benchmark; the record has no tasks.
    Benchmark,
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
    /// Scores on a downstream benchmark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benchmark: Option<Outcome>,
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
    /// Questions not asked because their prompt does not fit the context; none of the numbers above counts them.
    #[serde(default)]
    pub skipped_prompts: u64,
}

impl EvalRecord {
    /// Scores on pretext tasks.
    pub fn of_tasks(phase: EvalPhase, step: u64, tasks: BTreeMap<String, TaskEval>) -> Self {
        Self { phase, step, tasks, benchmark: None }
    }

    /// Scores of the policy after `step` on a downstream benchmark.
    pub fn of_benchmark(step: u64, outcome: Outcome) -> Self {
        Self { phase: EvalPhase::Benchmark, step, tasks: BTreeMap::new(), benchmark: Some(outcome) }
    }

    /// Mean score over the tasks.
    pub fn score(&self) -> f64 {
        let scores: Vec<f64> = self.tasks.values().map(|eval| eval.score).collect();
        Estimate::mean(&scores).value
    }

    /// Score, accuracy, chance and parse rate of every task, under the names that TensorBoard shows.
    pub fn scalars(&self) -> Vec<(String, f64)> {
        let of_task = |(task, eval): (&String, &TaskEval)| {
            [
                (format!("eval/score/{task}"), eval.score),
                (format!("eval/accuracy/{task}"), eval.accuracy),
                (format!("eval/chance/{task}"), eval.chance),
                (format!("eval/parse_rate/{task}"), eval.parse_rate),
            ]
        };
        self.tasks.iter().flat_map(of_task).collect()
    }

    fn is_of_a_policy(&self) -> bool {
        !matches!(self.phase, EvalPhase::Chance | EvalPhase::Benchmark)
    }
}

/// The evaluation with the highest [score](EvalRecord::score), the earliest of equals.
pub fn best(evaluations: &[EvalRecord]) -> Option<&EvalRecord> {
    let policies = evaluations.iter().filter(|record| record.is_of_a_policy());
    policies.reduce(|best, record| if record.score() > best.score() { record } else { best })
}

/// Whether the last `patience` evaluations all failed to raise the best score before them by more than `min_delta`; never
/// with a patience of 0.
pub fn plateaued(evaluations: &[EvalRecord], patience: u64, min_delta: f64) -> bool {
    let (mut reached, mut stale) = (f64::NEG_INFINITY, 0);
    for record in evaluations.iter().filter(|record| record.is_of_a_policy()) {
        if record.score() > reached + min_delta {
            (reached, stale) = (record.score(), 0);
        } else {
            stale += 1;
        }
    }
    patience > 0 && stale >= patience
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
        let chances: Vec<f64> = answers.iter().map(|answer| answer.3).collect();
        let score = Estimate::mean(&scores);
        let accuracy = Estimate::share(answers.iter().map(|answer| answer.1));
        Self {
            samples: answers.len() as u64,
            score: score.value,
            score_standard_error: score.standard_error,
            accuracy: accuracy.value,
            accuracy_standard_error: accuracy.standard_error,
            chance: Estimate::mean(&chances).value,
            parse_rate: Estimate::share(answers.iter().map(|answer| answer.2)).value,
            skipped_prompts: 0,
        }
    }
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

    fn history(scores: &[f64]) -> Vec<EvalRecord> {
        let record = |(step, &score): (usize, &f64)| {
            let eval = |score| TaskEval { score, ..TaskEval::default() };
            // The mean over the tasks counts.
            let tasks =
                BTreeMap::from([("a/a".to_owned(), eval(score + 0.25)), ("a/b".to_owned(), eval(score - 0.25))]);
            let phase = if step == 0 { EvalPhase::WarmStart } else { EvalPhase::Step };
            EvalRecord::of_tasks(phase, step as u64, tasks)
        };
        scores.iter().enumerate().map(record).collect()
    }

    #[test]
    fn the_best_is_the_earliest_of_equals() {
        assert_eq!(best(&history(&[0.5, 0.75, 0.75, 0.5])).map(|record| record.step), Some(1));
        assert_eq!(best(&history(&[0.5, 0.25])).map(|record| record.step), Some(0));
        assert_eq!(best(&[]), None);
        for phase in [EvalPhase::Chance, EvalPhase::Benchmark] {
            assert_eq!(best(&[EvalRecord { phase, ..history(&[1.0]).remove(0) }]), None);
        }
    }

    #[test]
    fn a_plateau_is_patience_evaluations_without_enough_improvement() {
        let scores = [0.25, 0.5, 0.5, 0.5625];
        assert!(!plateaued(&history(&scores[..2]), 2, 0.0));
        assert!(plateaued(&history(&scores[..3]), 1, 0.0));
        assert!(!plateaued(&history(&scores), 2, 0.0));
        // A rise of 1/16 is not more than 1/16.
        assert!(plateaued(&history(&scores), 2, 0.0625));
        assert!(!plateaued(&history(&[0.5; 9]), 0, 0.0));
    }
}
