//! [`Choice`]: which checkpoint of a run is meant, as `--checkpoint` names it.

use std::str::FromStr;

use crate::cli::usage;
use crate::report::{Checkpoint, RunFolder, RunFolderError, RunState, best};

/// A way to name a checkpoint.
#[derive(Debug, Clone, Copy)]
pub(super) enum Choice {
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
    /// The checkpoint it names, its files as they were written, or what there is instead.
    pub(super) fn read(self, folder: &RunFolder) -> anyhow::Result<Checkpoint> {
        let checkpoint = self.find(folder)?;
        checkpoint.check_content()?;
        Ok(checkpoint)
    }

    /// The checkpoint it names, or what there is instead.
    pub(super) fn find(self, folder: &RunFolder) -> anyhow::Result<Checkpoint> {
        let found = match self {
            // Where the newest is damaged, an earlier one is not what is meant.
            Self::Last => {
                folder.checkpoint_steps()?.last().map(|&step| folder.checkpoint_of(step)).transpose()?.flatten()
            }
            Self::Best => {
                let evaluations = folder.evaluations()?.records;
                best(&evaluations).map(|best| folder.checkpoint_of(best.step)).transpose()?.flatten()
            }
            Self::Step(step) => folder.checkpoint_of(step)?,
        };
        found.map_or_else(|| Err(self.absent(folder)?), Ok)
    }

    fn absent(self, folder: &RunFolder) -> anyhow::Result<anyhow::Error> {
        let path = folder.path().display();
        let steps = folder.checkpoint_steps()?;
        if steps.is_empty() {
            let state = folder.state()?;
            let hint = match state {
                RunState::Running => "",
                RunState::Complete => "\nhint: what the run learned is lost; a new run learns it again",
                _ => "\nhint: `ssl4rl resume` goes on with it",
            };
            let none = if state == RunState::Complete { "no checkpoint" } else { "no checkpoint yet" };
            return Ok(usage(format!("{path} has {none}; the run {}{hint}", state.describe())));
        }
        let best_is_first =
            || Ok::<_, RunFolderError>(best(&folder.evaluations()?.records).is_some_and(|best| best.step == 0));
        if matches!(self, Self::Best) && best_is_first()? {
            return Ok(usage(format!(
                "the best policy of {path} is the one before training, step 0, which is not kept\nhint: the run's table has its \
                 scores; `--checkpoint last` takes the newest"
            )));
        }
        let mut whole = Vec::new();
        for &step in &steps {
            if folder.checkpoint_of(step)?.is_some() {
                whole.push(step.to_string());
            }
        }
        let damaged = |step: u64| {
            format!("a damaged checkpoint of step {step}: files are missing or of another length than was written")
        };
        let what = match self {
            Self::Last => damaged(steps[steps.len() - 1]),
            Self::Best => {
                "no checkpoint of its best evaluation; `checkpoint.keep_best` with `eval.every` keeps it".to_owned()
            }
            Self::Step(step) if steps.contains(&step) => damaged(step),
            Self::Step(step) => format!("no checkpoint of step {step}"),
        };
        let hint = if whole.is_empty() {
            "of those that are there, files are missing or of another length than `state.json` records".to_owned()
        } else {
            format!("`--checkpoint N` takes one of {}", whole.join(", "))
        };
        Ok(usage(format!("{path} has {what}\nhint: {hint}")))
    }
}
