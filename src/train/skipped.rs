//! The end of a run whose updates cannot be made any more: the batch that the last of them failed on is saved.
//!
//! `skipped/step-000007.jsonl` in the run folder has a line for every answer: its question, its tokens with the sampler's and
//! the trainer's log-probs, and its reward. What is not finite is `null` there.

use std::fs;

use serde::Serialize;

use super::learner::Skipped;
use super::lesson::Group;
use super::{Run, TrainError, score};
use crate::report::{JsonLines, RunFolderError};

/// One answer of the batch.
#[derive(Serialize)]
struct SkippedAnswer<'step> {
    task: &'static str,
    index: u64,
    prompt: &'step str,
    completion: &'step str,
    ids: &'step [i64],
    sampled_log_probs: &'step [f32],
    log_probs: &'step [f32],
    reward: f32,
    truncated: bool,
}

/// Saves the batch of the update that was skipped and says what happened; `skipped` updates in a row were.
pub(super) fn stop(
    run: &Run<'_>,
    step: u64,
    groups: &[Group<'_>],
    last: &Skipped,
    skipped: u64,
) -> Result<TrainError, TrainError> {
    let folder = run.folder.path().join("skipped");
    fs::create_dir_all(&folder).map_err(RunFolderError::io("create", &folder))?;
    let path = folder.join(format!("step-{step:06}.jsonl"));
    // A run that goes on and fails again at the same step tells of the last time only.
    fs::write(&path, []).map_err(RunFolderError::io("create", &path))?;
    let mut lines = JsonLines::append(&path)?;
    let groups = &groups[last.questions.clone()];
    let log_probs = score::log_probs(&run.policy.transformer, groups, run.config)?;
    for (group, log_probs) in groups.iter().zip(&log_probs) {
        for (answer, log_probs) in group.answers.iter().zip(log_probs) {
            lines.write(&SkippedAnswer {
                task: run.mixture.tasks()[group.question.task].name(),
                index: group.question.index,
                prompt: &group.question.prompt,
                completion: &answer.text,
                ids: &answer.completion.ids,
                sampled_log_probs: &answer.completion.log_probs,
                log_probs,
                reward: answer.reward,
                truncated: answer.completion.truncated,
            })?;
        }
    }
    Ok(TrainError::NotFinite { what: last.what, skipped, step, path })
}
