//! Completions that were made elsewhere, and their verdicts: what `ssl4rl verify` and `ssl4rl serve` share.
//!
//! A [`Request`] is a completion and the [`Label`] of its question. A [`Scorer`] holds the tasks, each built once, and any number of
//! threads may ask it. [`openrlhf`] reads the requests of that trainer.
//!
//! ```
//! use ssl4rl::{config::Config, graph::generate, scoring::{Request, Scorer}, tasks::{Split, TaskRng}};
//! let scorer = Scorer::new(&ssl4rl::builtin_registry()?, &Config::default());
//! let task = scorer.task("graph/subgraph-counting")?;
//! let graph = generate::from_spec("synthetic", 1).unwrap()?;
//! let sample = task.sample(&graph, &mut TaskRng::new(5, task.name(), Split::Train, 0), 0)?;
//! let line = serde_json::json!({ "task": task.name(), "completion": task.oracle(&sample.truth)?, "truth": sample.truth });
//! let request = Request::read(line.to_string().as_bytes())?;
//! assert_eq!(scorer.verdict(&request.label, &request.completion)?.score, 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod openrlhf;
mod request;
mod scorer;
mod text;

pub use request::{Label, Request};
pub use scorer::{ScoreError, Scorer};
pub use text::Text;
