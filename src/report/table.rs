//! The result of a run: per task chance, after the warm start, after reinforcement learning, and what each step gained.
//!
//! The table is a function of the evaluations and of whether there was a warm start, so that it prints the same digits from
//! `eval.jsonl` and `config.toml` years later.

use serde::Serialize;

use super::{EvalPhase, EvalRecord, TaskEval};
use crate::tasks::exam::metrics::Estimate;

/// One task's line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResultRow {
    /// Task name.
    pub task: String,
    /// Questions asked in the last evaluation.
    pub samples: u64,
    /// Expected score of blind guessing on those questions.
    pub chance: f64,
    /// Mean score before reinforcement learning, after the warm start where there was one.
    pub warm_start: Option<Estimate>,
    /// Mean score after reinforcement learning.
    pub grpo: Option<Estimate>,
    /// `warm_start` less `chance`; `None` where there was no warm start.
    pub gain_by_warm_start: Option<Estimate>,
    /// `grpo` less `warm_start`.
    pub gain_by_grpo: Option<Estimate>,
    /// Share of exact answers before reinforcement learning.
    pub warm_start_accuracy: Option<Estimate>,
    /// Share of exact answers after reinforcement learning.
    pub grpo_accuracy: Option<Estimate>,
}

/// The lines of all tasks, in the order of their names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResultTable {
    /// Whether a supervised warm start came before reinforcement learning.
    pub warm_started: bool,
    /// One a task.
    pub rows: Vec<ResultRow>,
    /// Step of the policy in the column `GRPO`.
    pub step: Option<u64>,
    /// The evaluation with the best mean score over the tasks.
    pub best: Option<BestScore>,
}

/// The best evaluation of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BestScore {
    /// Reinforcement learning steps done.
    pub step: u64,
    /// Mean score over the tasks.
    pub score: f64,
}

impl ResultTable {
    /// The table of a run's evaluations; of several of one phase the last counts.
    pub fn of(evaluations: &[EvalRecord], warm_started: bool) -> Self {
        let last = |phase| evaluations.iter().rev().find(|record| record.phase == phase);
        let (warm_start, grpo) = (last(EvalPhase::WarmStart), last(EvalPhase::Final));
        let newest = grpo.or(warm_start).or_else(|| evaluations.last());
        let tasks = newest.map(|record| record.tasks.iter()).into_iter().flatten();
        let score = |record: Option<&EvalRecord>, task: &str| record.and_then(|record| record.tasks.get(task)).copied();
        let rows = tasks
            .map(|(task, newest)| ResultRow::of(task, *newest, score(warm_start, task), score(grpo, task)))
            .map(|row| if warm_started { row } else { ResultRow { gain_by_warm_start: None, ..row } })
            .collect();
        let best = super::best(evaluations).map(|best| BestScore { step: best.step, score: best.score() });
        Self { warm_started, rows, step: grpo.map(|record| record.step), best }
    }

    /// Which policy the column `GRPO` is of, and which was better; nothing where no policy was evaluated after learning.
    pub fn policy_text(&self) -> Option<String> {
        let (step, best) = (self.step?, self.best?);
        let policy = format!("GRPO is the policy after step {step}");
        if best.step == step {
            return Some(format!("{policy}, the best of those evaluated"));
        }
        // What is chosen by a score is expected to score lower on fresh questions.
        Some(format!("{policy}; the best of those evaluated was after step {}, score {:.3}", best.step, best.score))
    }

    /// Aligned columns with a heading, for people.
    pub fn text(&self) -> String {
        let heading = if self.warm_started {
            vec!["task", "samples", "chance", "warm start", "GRPO", "gain by warm start", "gain by GRPO"]
        } else {
            vec!["task", "samples", "chance", "before", "GRPO", "gain by GRPO"]
        };
        let mut lines = vec![heading.into_iter().map(str::to_owned).collect()];
        lines.extend(self.rows.iter().map(|row| row.cells(self.warm_started)));
        aligned(&lines)
    }
}

/// Lines of equally many cells as columns.
pub(super) fn aligned(lines: &[Vec<String>]) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default())
        .collect();
    let aligned = lines.iter().map(|line| {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    });
    aligned.collect::<Vec<_>>().join("\n")
}

impl ResultRow {
    fn of(task: &str, newest: TaskEval, warm_start: Option<TaskEval>, grpo: Option<TaskEval>) -> Self {
        let score = |eval: TaskEval| Estimate { value: eval.score, standard_error: eval.score_standard_error };
        let accuracy = |eval: TaskEval| Estimate { value: eval.accuracy, standard_error: eval.accuracy_standard_error };
        let chance = Estimate { value: newest.chance, standard_error: 0.0 };
        let (before, after) = (warm_start.map(score), grpo.map(score));
        Self {
            task: task.to_owned(),
            samples: newest.samples,
            chance: newest.chance,
            warm_start: before,
            grpo: after,
            gain_by_warm_start: before.map(|before| before.minus(chance)),
            gain_by_grpo: before.zip(after).map(|(before, after)| after.minus(before)),
            warm_start_accuracy: warm_start.map(accuracy),
            grpo_accuracy: grpo.map(accuracy),
        }
    }

    fn cells(&self, warm_started: bool) -> Vec<String> {
        let text = |estimate: Option<Estimate>| estimate.map_or_else(|| "-".into(), Estimate::text);
        let signed = |estimate: Option<Estimate>| estimate.map_or_else(|| "-".into(), Estimate::signed_text);
        let mut cells = vec![
            self.task.clone(),
            self.samples.to_string(),
            format!("{:.3}", self.chance),
            text(self.warm_start),
            text(self.grpo),
        ];
        if warm_started {
            cells.push(signed(self.gain_by_warm_start));
        }
        cells.push(signed(self.gain_by_grpo));
        cells
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn record(phase: EvalPhase, step: u64, score: f64, standard_error: f64) -> EvalRecord {
        let eval = TaskEval {
            samples: 400,
            score,
            score_standard_error: standard_error,
            accuracy: score,
            accuracy_standard_error: standard_error,
            chance: 0.25,
            parse_rate: 1.0,
            skipped_prompts: 0,
        };
        EvalRecord::of_tasks(phase, step, BTreeMap::from([("graph/motif".to_owned(), eval)]))
    }

    #[test]
    fn gains_are_told_apart() {
        let evaluations = [
            record(EvalPhase::Chance, 0, 0.0, 0.0),
            record(EvalPhase::WarmStart, 0, 0.4, 0.03),
            record(EvalPhase::Step, 10, 0.6, 0.03),
            record(EvalPhase::Final, 20, 0.9, 0.04),
        ];
        let expected = "\
task         samples  chance  warm start     GRPO           gain by warm start  gain by GRPO
graph/motif  400      0.250   0.400 ± 0.030  0.900 ± 0.040  +0.150 ± 0.030      +0.500 ± 0.050";
        let table = ResultTable::of(&evaluations, true);
        assert_eq!(table.text(), expected);
        assert_eq!(table.policy_text().unwrap(), "GRPO is the policy after step 20, the best of those evaluated");
    }

    #[test]
    fn a_model_that_began_as_it_was_gained_by_one_step_alone() {
        let evaluations = [record(EvalPhase::WarmStart, 0, 0.4, 0.03), record(EvalPhase::Final, 20, 0.9, 0.04)];
        let expected = "\
task         samples  chance  before         GRPO           gain by GRPO
graph/motif  400      0.250   0.400 ± 0.030  0.900 ± 0.040  +0.500 ± 0.050";
        let table = ResultTable::of(&evaluations, false);
        assert_eq!(table.text(), expected);
        assert_eq!(table.rows[0].gain_by_warm_start, None);
    }

    #[test]
    fn a_run_without_an_end_shows_what_it_has() {
        let table = ResultTable::of(&[record(EvalPhase::WarmStart, 0, 0.4, 0.03)], true);
        assert_eq!(table.rows[0].grpo, None);
        assert!(table.text().ends_with("0.400 ± 0.030  -     +0.150 ± 0.030      -"), "{}", table.text());
        assert_eq!(table.policy_text(), None);
        assert_eq!(ResultTable::of(&[], true).rows, []);
    }

    #[test]
    fn a_better_policy_on_the_way_is_told() {
        let evaluations = [record(EvalPhase::Step, 10, 0.6, 0.03), record(EvalPhase::Final, 20, 0.5, 0.04)];
        let expected = "GRPO is the policy after step 20; the best of those evaluated was after step 10, score 0.600";
        assert_eq!(ResultTable::of(&evaluations, true).policy_text().unwrap(), expected);
    }
}
