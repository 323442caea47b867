//! Held-out evaluation: greedy answers to questions whose targets are never trained on, with standard errors.

use std::collections::BTreeMap;

use super::TrainError;
use super::answers::{self, Answer};
use super::ask::{Fitting, Room};
use super::questions::{self, Question};
use crate::config::Config;
use crate::model::Policy;
use crate::report::TaskEval;
use crate::report::progress::Progress;
use crate::rollout::{Sampling, generate};
use crate::tasks::{Mixture, Split, TaskRng};

/// Questions answered between two movements of the progress bar.
const CHUNK: u64 = 128;

/// Scores the policy on `config.eval.samples` held-out questions of every task.
pub fn evaluate(
    mixture: &Mixture,
    policy: &Policy,
    config: &Config,
    progress: &Progress,
) -> Result<BTreeMap<String, TaskEval>, TrainError> {
    let bar = progress.bar("evaluating", config.eval.samples * mixture.tasks().len() as u64);
    let room = Room::of(policy, config);
    let scored = (0..mixture.tasks().len()).map(|task| {
        let (mut scored, mut too_long) = (Vec::new(), Vec::new());
        for start in (0..config.eval.samples).step_by(CHUNK as usize) {
            let indices = start..config.eval.samples.min(start + CHUNK);
            bar.advance(indices.end - indices.start);
            let drawn = questions::draw_from(mixture, task, &policy.tokenizer, Split::HeldOut, indices)?;
            let Fitting { questions, too_long: skipped } = room.part(drawn);
            too_long.extend(skipped);
            let answers = greedy_answers(mixture, policy, config, &questions)?;
            scored.extend(questions.iter().zip(answers).map(|(question, Answer { verdict, .. })| {
                (f64::from(verdict.score), verdict.exact, verdict.parsed.is_some(), f64::from(question.chance))
            }));
        }
        if scored.is_empty() {
            return Err(room.none_fits(&too_long));
        }
        let eval = TaskEval { skipped_prompts: too_long.len() as u64, ..TaskEval::of(scored) };
        Ok((mixture.tasks()[task].name().to_owned(), eval))
    });
    let scored = scored.collect();
    bar.finish();
    scored
}

/// One greedy answer a question.
pub fn greedy_answers(
    mixture: &Mixture,
    policy: &Policy,
    config: &Config,
    questions: &[Question],
) -> Result<Vec<Answer>, TrainError> {
    let sampling = Sampling::greedy(config.rollout.max_new_tokens);
    // Greedy decoding looks at no random number; the stream only has to exist.
    let stream = |prompt: usize, _| TaskRng::new(config.seed, "greedy", Split::HeldOut, prompt as u64);
    let groups = generate(policy, questions, 1, &sampling, stream)?;
    let answers =
        answers::verify(mixture, &policy.tokenizer, &config.reward, config.rollout.max_new_tokens, questions, groups)?;
    Ok(answers.into_iter().flatten().collect())
}
