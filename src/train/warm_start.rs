//! The supervised warm start of a policy made from scratch.
//!
//! A policy with random weights never answers, so reinforcement learning has nothing to reward. Imitating the oracle's
//! answers teaches it the format and a first bit of the task; as soon as the skill measured on fresh questions reaches its
//! target the warm start stops, and reinforcement learning does the rest. The two gains are reported apart.

use tch::Kind;

use super::batch::{BranchedBatch, Branches, by_token_budget};
use super::questions::{self, Question};
use super::{MICRO_BATCH_TOKENS, TrainError, evaluate};
use crate::config::Config;
use crate::model::{Policy, Transformer};
use crate::report::progress::Progress;
use crate::rl::log_prob;
use crate::rl::optimizer::AdamW;
use crate::tasks::{Mixture, Split};

/// How the warm start went.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct WarmStart {
    /// Batches imitated.
    pub batches: u64,
    /// Skill at the end, 0 at chance and 1 at perfect, on fresh training questions.
    pub skill: f64,
}

/// Imitates until the skill target or the last batch is reached.
pub fn warm_start(
    mixture: &Mixture,
    policy: &Policy,
    config: &Config,
    progress: &Progress,
) -> Result<WarmStart, TrainError> {
    let bar = progress.bar("warm start", config.warm_start.max_batches);
    let settings = &config.warm_start;
    let mut optimizer = AdamW::new(trainable(&policy.transformer), &config.optimizer)?;
    let mut report = WarmStart { batches: 0, skill: 0.0 };
    while report.batches < settings.max_batches {
        let first = report.batches * settings.batch_size;
        let questions =
            questions::draw(mixture, &policy.tokenizer, Split::WarmStart, first..first + settings.batch_size)?;
        let loss = imitate(mixture, policy, &mut optimizer, &questions, learning_rate(config, report.batches))?;
        report.batches += 1;
        bar.advance(1);
        bar.message(&format!("loss {loss:.3}, skill {:.2} of {:.2}", report.skill, settings.target_skill));
        if report.batches.is_multiple_of(settings.probe_every) {
            report.skill = skill(mixture, policy, config, report.batches)?;
            if report.skill >= settings.target_skill {
                break;
            }
        }
    }
    bar.finish();
    Ok(report)
}

/// Marks every weight as trainable and names it.
pub(super) fn trainable(transformer: &Transformer) -> Vec<(String, tch::Tensor)> {
    let parameters = transformer.parameters();
    for (_, parameter) in &parameters {
        let _ = parameter.set_requires_grad(true);
    }
    parameters
}

/// One update towards the oracle's answers; returns the mean negative log-prob of their tokens.
fn imitate(
    mixture: &Mixture,
    policy: &Policy,
    optimizer: &mut AdamW,
    questions: &[Question],
    learning_rate: f64,
) -> Result<f64, TrainError> {
    let answers = questions
        .iter()
        .map(|question| {
            let oracle = mixture.tasks()[question.task].oracle(&question.truth)?;
            Ok(policy.tokenizer.encode_completion(&oracle)?)
        })
        .collect::<Result<Vec<Vec<i64>>, TrainError>>()?;
    let rows: Vec<Branches<'_>> = questions
        .iter()
        .zip(&answers)
        .map(|(question, answer)| Branches { prompt: &question.prompt_ids, completions: vec![answer] })
        .collect();
    let tokens: usize = answers.iter().map(Vec::len).sum();
    let widths: Vec<usize> = rows.iter().map(Branches::width).collect();

    optimizer.zero_grad();
    let mut total = 0.0;
    for micro_batch in by_token_budget(&widths, MICRO_BATCH_TOKENS) {
        let rows: Vec<Branches<'_>> = micro_batch.iter().map(|&row| rows[row].clone()).collect();
        let batch = BranchedBatch::new(&rows, policy.transformer.device());
        let logits = batch.logits(&policy.transformer)?;
        let loss = -log_prob::log_probs(&logits, batch.targets(), 1.0)?.sum(Kind::Float) / tokens as f64;
        loss.f_backward()?;
        total += f64::try_from(&loss)?;
    }
    optimizer.step(learning_rate)?;
    Ok(total)
}

/// A short linear warm-up, then constant: the warm start ends when it is good enough, not at a known batch.
fn learning_rate(config: &Config, batch: u64) -> f64 {
    const WARMUP_BATCHES: f64 = 10.0;
    config.warm_start.learning_rate * ((batch + 1) as f64 / WARMUP_BATCHES).min(1.0)
}

/// Mean over fresh questions of the way from chance (0) to perfect (1).
fn skill(mixture: &Mixture, policy: &Policy, config: &Config, batches: u64) -> Result<f64, TrainError> {
    // Indices from the far end of the stream are never imitated.
    let first = u64::MAX / 2 + batches * config.warm_start.probe_samples;
    let indices = first..first + config.warm_start.probe_samples;
    let questions = questions::draw(mixture, &policy.tokenizer, Split::WarmStart, indices)?;
    let answers = evaluate::greedy_answers(mixture, policy, config, &questions)?;
    let score: f64 = answers.iter().map(|answer| f64::from(answer.verdict.score)).sum();
    let chance: f64 = questions.iter().map(|question| f64::from(question.chance)).sum();
    Ok((score - chance) / (questions.len() as f64 - chance))
}
