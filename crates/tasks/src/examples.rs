//! Solved examples before a question: the setting `examples = k` that every task has.
//!
//! Each example is a question of the same task with its right answer. A tenth of the training targets are kept for them
//! ([`Split::Examples`]); questions of training that show examples have the other nine tenths as targets, so that no example
//! asks what the question asks, and held-out targets never stand in an example.

use std::any::Any;

use serde_json::Value;

use super::{Audit, DynSample, DynTask, Knob, Part, Split, TaskError, TaskRng, Verdict};

/// Key of a task's settings.
pub(super) const KEY: &str = "examples";
/// Most examples before one question.
const MOST: u64 = 32;
/// Draws of an example before it is given up for being the question itself, word for word.
const DRAWS: u64 = 16;

/// The setting, as the listings of knobs show it.
pub(super) fn knob() -> Knob {
    Knob {
        path: KEY.into(),
        default: 0.into(),
        about: format!("Solved questions of the same task before each question, 0 to {MOST}."),
    }
}

/// A task whose questions show solved examples.
pub(super) struct WithExamples {
    task: Box<dyn DynTask>,
    count: u64,
    config: Value,
}

impl WithExamples {
    /// Takes the number of examples out of a task's settings; 0 where they say nothing of it.
    pub(super) fn take(task: &'static str, config: &mut Value) -> Result<u64, TaskError> {
        let Some(given) = config.as_object_mut().and_then(|settings| settings.shift_remove(KEY)) else { return Ok(0) };
        given.as_u64().filter(|count| *count <= MOST).ok_or_else(|| TaskError::InvalidConfig {
            task,
            field: KEY,
            expected: format!("from 0 to {MOST}"),
            got: given.to_string(),
        })
    }

    /// The task, with `count` examples before every question.
    pub(super) fn wrap(task: Box<dyn DynTask>, count: u64) -> Box<dyn DynTask> {
        if count == 0 {
            return task;
        }
        let mut config = task.config().clone();
        if let Some(settings) = config.as_object_mut() {
            settings.insert(KEY.into(), count.into());
        }
        Box::new(Self { task, count, config })
    }

    /// The stream of the question behind the examples: of the split, without the targets that examples have.
    fn beside(rng: &TaskRng) -> TaskRng {
        match rng.split() {
            Split::Train | Split::WarmStart => rng.clone().relabelled(Split::BesideExamples),
            Split::HeldOut | Split::Examples | Split::BesideExamples => rng.clone(),
        }
    }

    /// Puts the examples before the question.
    fn lead_in(&self, input: &dyn Any, rng: &mut TaskRng, sample: &mut DynSample) -> Result<(), TaskError> {
        let seed = rng.bits();
        let mut prompt = Vec::new();
        let mut index = 0;
        for number in 1..=self.count {
            let example = loop {
                let mut stream = TaskRng::new(seed, self.task.name(), Split::Examples, index);
                let example = self.task.sample(input, &mut stream, index)?;
                index += 1;
                if example.prompt != sample.prompt || index >= number * DRAWS {
                    break example;
                }
            };
            let oracle = self.task.oracle(&example.truth)?;
            prompt.push(Part::Text(format!("Example {number}:\n")));
            prompt.extend(example.prompt);
            prompt.push(Part::Text(format!("\n{oracle}\n\n")));
        }
        prompt.push(Part::Text("Question:\n".into()));
        prompt.append(&mut sample.prompt);
        sample.prompt = prompt;
        Ok(())
    }
}

impl DynTask for WithExamples {
    fn name(&self) -> &'static str {
        self.task.name()
    }

    fn config(&self) -> &Value {
        &self.config
    }

    fn sample(&self, input: &dyn Any, rng: &mut TaskRng, index: u64) -> Result<DynSample, TaskError> {
        let mut stream = Self::beside(rng);
        let mut sample = self.task.sample(input, &mut stream, index)?;
        self.lead_in(input, &mut stream, &mut sample)?;
        *rng = stream.relabelled(rng.split());
        Ok(sample)
    }

    fn audit(&self, input: &dyn Any, rng: &mut TaskRng, index: u64) -> Result<Audit, TaskError> {
        let mut stream = Self::beside(rng);
        let mut audit = self.task.audit(input, &mut stream, index)?;
        self.lead_in(input, &mut stream, &mut audit.sample)?;
        *rng = stream.relabelled(rng.split());
        Ok(audit)
    }

    fn check_input(&self, input: &dyn Any) -> Result<(), TaskError> {
        self.task.check_input(input)
    }

    fn verify(&self, completion: &str, truth: &Value) -> Result<Verdict, TaskError> {
        self.task.verify(completion, truth)
    }

    fn oracle(&self, truth: &Value) -> Result<String, TaskError> {
        self.task.oracle(truth)
    }

    fn scoring(&self) -> &'static str {
        self.task.scoring()
    }

    fn verifier_name(&self) -> &'static str {
        self.task.verifier_name()
    }

    /// Answers of few kinds stand in the examples by accident.
    fn answer_shown(&self) -> bool {
        true
    }
}
