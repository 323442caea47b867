//! [`Choice`]: which checkpoint of a run is meant.

use std::str::FromStr;

use crate::cli::usage;
use crate::report::{Checkpoint, RunFolder, best};

/// A way to name a checkpoint.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) enum Choice {
    /// The newest.
    Last,
    /// The one with the best score in `eval.jsonl`.
    Best,
    /// That of a step.
    Step(u64),
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "last" => Ok(Self::Last),
            "best" => Ok(Self::Best),
            step => step.parse().map(Self::Step).map_err(|_| "expected `best`, `last` or a step".into()),
        }
    }
}

impl Choice {
    /// The checkpoint it names, or what there is instead.
    pub(in crate::cli) fn find(self, folder: &RunFolder) -> anyhow::Result<Checkpoint> {
        let found = match self {
            Self::Last => folder.latest_checkpoint()?,
            Self::Best => {
                let evaluations = folder.evaluations()?.records;
                best(&evaluations).map(|best| folder.checkpoint_of(best.step)).transpose()?.flatten()
            }
            Self::Step(step) => folder.checkpoint_of(step)?,
        };
        found.map_or_else(|| Err(self.absent(folder)?), Ok)
    }

    fn absent(self, folder: &RunFolder) -> anyhow::Result<anyhow::Error> {
        let steps: Vec<String> = folder.checkpoint_steps()?.iter().map(u64::to_string).collect();
        if steps.is_empty() {
            let (path, state) = (folder.path().display(), folder.state()?.describe());
            return Ok(usage(format!("{path} has no checkpoint yet; the run {state}")));
        }
        let what = match self {
            Self::Last => "no whole checkpoint".to_owned(),
            Self::Best => {
                "no checkpoint of its best evaluation; `checkpoint.keep_best` with `eval.every` keeps it".to_owned()
            }
            Self::Step(step) => format!("no checkpoint of step {step}"),
        };
        let path = folder.path().display();
        Ok(usage(format!("{path} has {what}\nhint: `--checkpoint N` takes one of {}", steps.join(", "))))
    }
}
