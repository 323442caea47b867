//! The conformance kit: holds any task, of this crate or of a plugin, to the same laws.
//!
//! | law | what it says |
//! |---|---|
//! | `makes-questions` | every sample can be made, in few draws, without panics |
//! | `repeatable` | the same stream gives the same prompt, truth and chance, in a fresh task, in another thread, in any order |
//! | `samples-vary` | prompts and answers differ between samples |
//! | `oracle-scores-one` | the oracle's completion scores exactly 1 and is exact |
//! | `truth-survives-json` | written as JSON and read back, a truth gives the same oracle and the same verdicts |
//! | `only-the-answer-counts` | reasoning, white space and earlier answers do not change the verdict |
//! | `no-answer-no-score` | text without a complete right answer block scores 0: blank, without tags, unclosed, crossed |
//! | `hostile-text` | no text causes a panic or a score outside `[0, 1]`; score 1 and exact mean the same |
//! | `chance-in-range` | stated chance is in `[0, 1)` |
//! | `constant-answers` | no fixed text, given to every question, beats stated chance; not run on fewer than 30 questions |
//! | `shallow-policies` | no rule that ignores the question beats stated chance: longest option, largest number, all options, the prompt itself |
//! | `positions-balanced` | the right option stands in each position equally often |
//! | `answer-not-in-prompt` | with open answers, no prompt holds its answer |
//! | `splits-disjoint` | no held-out question is a training question, and the task asks which split it is in |
//!
//! "Beats" is by 4 standard errors of the mean difference between score and stated chance.
//!
//! ```
//! # use ssl4rl_tasks::{Part, PretextTask, Sample, Split, TaskError, TaskRng, verifiers::ExactText};
//! # use ssl4rl_tasks::protocol;
//! # struct Larger { verifier: ExactText }
//! # impl PretextTask for Larger {
//! #     const NAME: &'static str = "demo/larger";
//! #     const SUMMARY: &'static str = "pick the larger of two numbers";
//! #     type Config = ();
//! #     type Input = u64;
//! #     type Truth = String;
//! #     type Verifier = ExactText;
//! #     fn new(_config: ()) -> Result<Self, TaskError> { Ok(Self { verifier: ExactText }) }
//! #     fn make(&self, bound: &u64, rng: &mut TaskRng) -> Option<Sample<String>> {
//! #         let (left, right) = (rng.below(*bound as usize), rng.below(*bound as usize));
//! #         if left == right || !rng.split().owns("pair", (left * 1000 + right) as u64) { return None; }
//! #         Some(Sample {
//! #             prompt: vec![Part::Text(format!("Which is larger, {left} or {right}?"))],
//! #             truth: left.max(right).to_string(),
//! #         })
//! #     }
//! #     fn verifier(&self) -> &ExactText { &self.verifier }
//! #     fn oracle(&self, truth: &String) -> String { protocol::wrap(truth) }
//! #     fn chance(&self, _truth: &String) -> f32 { 0.5 }
//! # }
//! use ssl4rl_tasks::conformance::{Settings, check_task};
//! // `Larger` is a task that asks for the larger of two numbers below its input.
//! let report = check_task::<Larger>(&(), &1000, &Settings::default()).unwrap();
//! assert!(report.holds(), "{report}");
//! ```

mod blind;
mod fuzz;
mod hostile;
mod laws;
mod mutate;
mod questions;
mod report;

use std::any::Any;

pub use fuzz::{FuzzReport, LONGEST_VERDICT, fuzz};
pub use laws::law_names;
pub use report::{Finding, Outcome, Report};

use super::dynamic::Configured;
use super::{DynTask, PretextTask, TaskError};
use questions::Subject;

/// How hard the kit looks.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Training questions made; fewer than 2,000 make the statistical laws blunt.
    pub samples: usize,
    /// Seed of the questions.
    pub seed: u64,
    /// Standard errors by which a blind answer must beat chance to count.
    pub standard_errors: f64,
    /// Least share of distinct prompts among the questions.
    pub min_distinct: f64,
    /// Largest mean number of draws a question may take.
    pub max_draws: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { samples: 2000, seed: 1, standard_errors: 4.0, min_distinct: 0.1, max_draws: 20.0 }
    }
}

/// Holds a task type to the laws over one input.
///
/// An error means that the task refuses the configuration or the input; broken laws are in the report.
pub fn check_task<Task: PretextTask>(
    config: &Task::Config,
    input: &Task::Input,
    settings: &Settings,
) -> Result<Report, TaskError> {
    let config =
        serde_json::to_value(config).map_err(|source| TaskError::UnreadableConfig { task: Task::NAME, source })?;
    let build = || Ok::<Box<dyn DynTask>, TaskError>(Box::new(Configured::<Task>::new(config.clone())?));
    check(build, input, settings)
}

/// Holds a task of any modality to the laws over one input; `build` makes a fresh task at each call.
///
/// ```no_run
/// # let registry = ssl4rl_graph::tasks::registry().unwrap();
/// # let graph: ssl4rl_graph::Graph = unimplemented!();
/// use ssl4rl_tasks::conformance::{Settings, check};
/// let report = check(|| registry.build("graph/edge-prediction", None), &graph, &Settings::default()).unwrap();
/// print!("{report}");
/// ```
pub fn check<Error: From<TaskError>>(
    build: impl Fn() -> Result<Box<dyn DynTask>, Error> + Sync,
    input: &(dyn Any + Send + Sync),
    settings: &Settings,
) -> Result<Report, Error> {
    let task = build()?;
    task.check_input(input)?;
    let fresh = || build().ok();
    let subject = Subject::new(&*task, &fresh, input, settings);
    Ok(laws::examine(&subject))
}
