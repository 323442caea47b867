//! Any number of random and mutated completions for one task's verifier: none may panic, score outside `[0, 1]`, disagree
//! with itself about what is exact, or take longer than a verdict may.
//!
//! ```
//! use ssl4rl_graph::generate;
//! use ssl4rl_tasks::conformance::fuzz;
//! let registry = ssl4rl_graph::tasks::registry().unwrap();
//! let task = registry.build("graph/subgraph-counting", None).unwrap();
//! let graph = generate::from_spec("synthetic", 1).unwrap().unwrap();
//! let report = fuzz(&*task, &graph, 500, 7).unwrap();
//! assert_eq!(report.completions, 500);
//! assert!(report.fault.is_none(), "{report:?}");
//! ```

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

use super::mutate::{mutated, random};
use crate::{DynTask, Split, TaskError, TaskRng, Verdict};

/// Longest processor time that a verdict may take, also on a completion of a megabyte.
pub const LONGEST_VERDICT: Duration = Duration::from_millis(10);

/// Questions whose completions are mutated.
const QUESTIONS: usize = 64;
/// One completion in this many is random rather than mutated.
const RANDOM_ONE_IN: usize = 4;
/// Times a slow verdict is asked for again; the fastest counts, because others may have emptied the processor's caches.
const SECOND_LOOKS: usize = 3;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FuzzReport {
    /// Task name.
    pub task: &'static str,
    /// Completions that were scored.
    pub completions: usize,
    /// Mutated or random completions that were right all the same.
    pub right: usize,
    /// Slowest verdict, in seconds of processor time.
    pub slowest_s: f64,
    /// The first fault: the completion, shortened, and what was wrong with it.
    pub fault: Option<String>,
}

/// Scores `completions` random and mutated completions of questions of the training split.
pub fn fuzz(
    task: &dyn DynTask,
    input: &(dyn Any + Send + Sync),
    completions: usize,
    seed: u64,
) -> Result<FuzzReport, TaskError> {
    let questions: Vec<(serde_json::Value, String)> = (0..QUESTIONS as u64)
        .map(|index| {
            let sample = task.sample(input, &mut TaskRng::new(seed, task.name(), Split::Train, index), index)?;
            let oracle = task.oracle(&sample.truth)?;
            Ok((sample.truth, oracle))
        })
        .collect::<Result<_, TaskError>>()?;
    let mut rng = TaskRng::new(seed, "conformance/fuzz", Split::Train, 0);
    let mut report = FuzzReport { task: task.name(), completions: 0, right: 0, slowest_s: 0.0, fault: None };
    while report.completions < completions && report.fault.is_none() {
        let (truth, right) = &questions[rng.below(questions.len())];
        let text = if rng.below(RANDOM_ONE_IN) == 0 {
            random(&mut rng)
        } else {
            let (_, other) = &questions[rng.below(questions.len())];
            mutated(right, other, &mut rng)
        };
        report.completions += 1;
        match verdict(task, &text, truth)? {
            Err(fault) => report.fault = Some(format!("{fault}: {}", shortened(&text))),
            Ok((verdict, time)) => {
                report.right += usize::from(verdict.exact);
                report.slowest_s = report.slowest_s.max(time.as_secs_f64());
            }
        }
    }
    Ok(report)
}

/// The verdict and the time it took, or what is wrong with it.
fn verdict(
    task: &dyn DynTask,
    text: &str,
    truth: &serde_json::Value,
) -> Result<Result<(Verdict, Duration), String>, TaskError> {
    let ask = || {
        let start = thread_time();
        catch_unwind(AssertUnwindSafe(|| task.verify(text, truth)))
            .map(|verdict| (verdict, thread_time().saturating_sub(start)))
    };
    let Ok((verdict, mut time)) = ask() else { return Ok(Err("it panics".into())) };
    let verdict = verdict?;
    for _ in 0..SECOND_LOOKS {
        if time <= LONGEST_VERDICT {
            break;
        }
        time = ask().map_or(time, |(_, again)| again.min(time));
    }
    if time > LONGEST_VERDICT {
        return Ok(Err(format!("the verdict takes {:.1} ms", time.as_secs_f64() * 1e3)));
    }
    if !(0.0..=1.0).contains(&verdict.score) {
        return Ok(Err(format!("it scores {}", verdict.score)));
    }
    if verdict.exact != (verdict.score >= 1.0) {
        return Ok(Err(format!("it scores {} with exact = {}", verdict.score, verdict.exact)));
    }
    Ok(Ok((verdict, time)))
}

/// What this thread has computed so far. The time on the wall would count a busy machine's other work.
fn thread_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

fn shortened(text: &str) -> String {
    const SHOWN: usize = 200;
    let start: String = text.chars().take(SHOWN).collect();
    let escaped = start.escape_debug();
    if text.chars().nth(SHOWN).is_some() {
        format!("`{escaped}…` ({} bytes)", text.len())
    } else {
        format!("`{escaped}`")
    }
}
