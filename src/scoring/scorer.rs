//! [`Scorer`]: tasks by name, each built once, and their verdicts.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;

use super::Label;
use crate::config::Config;
use crate::tasks::protocol::AnswerRule;
use crate::tasks::{DynTask, Reading, Registry, RegistryError, TaskError, Verdict};

/// Scores completions of any task of a registry, under the `[reward]` and `[task]` sections of settings.
pub struct Scorer {
    registry: Registry,
    settings: BTreeMap<String, Value>,
    reading: Reading,
    tasks: RwLock<BTreeMap<String, Arc<dyn DynTask>>>,
}

/// Why a completion has no verdict.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// There is no such task, or its settings are refused.
    #[error("{0}")]
    Registry(#[from] RegistryError),
    /// The truth is none of the task's.
    #[error("{0}")]
    Task(#[from] TaskError),
    /// The truth reads as one of the task's, and nothing can be right by it.
    #[error("{task}: this truth is none that the task makes: what should be its right answer scores {score}")]
    Impossible {
        /// The task.
        task: String,
        /// The score of its oracle.
        score: f32,
    },
}

impl Scorer {
    /// A scorer that has built no task yet.
    pub fn new(registry: &Registry, config: &Config) -> Self {
        Self {
            registry: registry.clone(),
            settings: config.task.clone(),
            reading: config.reward.reading(),
            tasks: RwLock::default(),
        }
    }

    /// The scorer with another rule for labels that name none.
    #[must_use]
    pub fn with_answer_rule(mut self, answer_rule: AnswerRule) -> Self {
        self.reading.answer_rule = answer_rule;
        self
    }

    /// The tasks it may build.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// How completions are read where their labels do not say.
    pub fn reading(&self) -> Reading {
        self.reading
    }

    /// The task of that name, built when it is first asked for.
    pub fn task(&self, name: &str) -> Result<Arc<dyn DynTask>, RegistryError> {
        if let Some(task) = self.tasks.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(Arc::clone(task));
        }
        let task: Arc<dyn DynTask> = self.registry.build(name, self.settings.get(name).cloned())?.into();
        let mut tasks = self.tasks.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(tasks.entry(name.to_owned()).or_insert(task)))
    }

    /// Builds every task of the registry that the settings speak of, so that a mistake in them is found now.
    pub fn build_configured(&self) -> Result<(), RegistryError> {
        let known = |name: &&String| self.registry.tasks().any(|(task, _)| task == name.as_str());
        self.settings.keys().filter(known).try_for_each(|name| self.task(name).map(|_| ()))
    }

    /// The verdict on a completion.
    pub fn verdict(&self, label: &Label, completion: &str) -> Result<Verdict, ScoreError> {
        let answer_rule = label.answer_rule.unwrap_or(self.reading.answer_rule);
        let task = self.task(&label.task)?;
        let reading = Reading { answer_rule, ..self.reading };
        let verdict = reading.verdict(&*task, completion, label.truncated, &label.truth)?;
        // Whoever is right shows that somebody can be.
        if !verdict.exact {
            check_truth(&*task, &label.truth)?;
        }
        Ok(verdict)
    }
}

/// Refuses a truth by which its own right answer is not right: no task makes one, and a score by it would be made up.
fn check_truth(task: &dyn DynTask, truth: &Value) -> Result<(), ScoreError> {
    let verdict = task.verify(&task.oracle(truth)?, truth)?;
    if verdict.exact {
        return Ok(());
    }
    Err(ScoreError::Impossible { task: task.name().into(), score: verdict.score })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_truth_by_which_nothing_is_right_gets_no_score() {
        let scorer = Scorer::new(&crate::builtin_registry().unwrap(), &Config::default());
        let verdict = |truth: Value, answer: &str| {
            let label = Label { task: "graph/edge-prediction".into(), truth, answer_rule: None, truncated: false };
            scorer.verdict(&label, &format!("<answer>{answer}</answer>"))
        };
        let truth = |options: &[&str], correct| json!({ "options": options, "correct": correct, "style": "text" });
        assert!(verdict(truth(&["w1", "w2"], 1), "w2").unwrap().exact);
        assert!(!verdict(truth(&["w1", "w2"], 1), "w1").unwrap().exact);
        for impossible in [truth(&["w1", "w2"], 7), truth(&[], 0), truth(&["w1", "w1"], 1)] {
            let refused = verdict(impossible.clone(), "w1").unwrap_err();
            assert!(matches!(refused, ScoreError::Impossible { .. }), "{impossible}: {refused}");
        }
    }
}
