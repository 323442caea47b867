//! Questions made and answers verified a second, by task, on one thread.

use std::time::Instant;

use serde::Serialize;

use crate::tasks::{Mixture, Split, TaskError};

/// Rates of one task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskRate {
    /// Name of the task.
    pub task: &'static str,
    /// Questions made.
    pub samples: u64,
    /// Questions made a second.
    pub samples_per_s: f64,
    /// Right answers verified a second.
    pub verdicts_per_s: f64,
}

/// Makes `samples` questions of every task of the mixture and verifies their right answers.
pub fn run(mixture: &Mixture, samples: u64) -> Result<Vec<TaskRate>, TaskError> {
    let rate = |started: Instant| samples as f64 / started.elapsed().as_secs_f64();
    let tasks = mixture.tasks().iter().enumerate();
    tasks
        .map(|(position, task)| {
            let started = Instant::now();
            let drawn = (0..samples)
                .map(|index| mixture.draw_from(position, Split::Train, index))
                .collect::<Result<Vec<_>, _>>()?;
            let samples_per_s = rate(started);
            let answers = drawn.iter().map(|sample| task.oracle(&sample.truth)).collect::<Result<Vec<_>, _>>()?;
            let started = Instant::now();
            for (sample, answer) in drawn.iter().zip(&answers) {
                std::hint::black_box(task.verify(answer, &sample.truth)?);
            }
            Ok(TaskRate { task: task.name(), samples, samples_per_s, verdicts_per_s: rate(started) })
        })
        .collect()
}
