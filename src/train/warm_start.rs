//! The supervised warm start: fine-tuning on the tasks' own answers, before reinforcement learning.
//!
//! A policy with random weights never answers, so reinforcement learning has nothing to reward. Imitating the oracle's
//! answers teaches it the format and a first bit of the task. Each task is imitated until its own skill, measured on fresh
//! questions, reaches the target, and given up where it lags far behind the others; reinforcement learning does the rest.
//! The two gains are reported apart.
//!
//! A batch is computed in pieces within `trainer.micro_batch_tokens`, and moves what training moves: every weight, or the
//! adapters alone. Its loss is the mean negative log-prob of the answers' tokens, plus `warm_start.prompt_weight` times that of the
//! prompts'.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::ask::{Fitting, ROUNDS, Room};
use super::batch::{Branches, PackedBatch, by_token_budget};
use super::learner::optimizer_of;
use super::questions::{self, Question};
use super::tape::Tape;
use super::{TrainError, answers};
use crate::config::{Config, WarmStartConfig};
use crate::model::media::Prompt;
use crate::model::{EncodedPrompt, Policy, Tokenizer};
use crate::report::progress::Progress;
use crate::rl::optimizer::AdamW;
use crate::rollout::{Sampling, generate};
use crate::tasks::exam::metrics::fixed;
use crate::tasks::{Mixture, Split, TaskRng};

/// How the warm start went.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WarmStart {
    /// Batches imitated.
    pub batches: u64,
    /// Mean negative log-prob of the answers' tokens in the last batch, in nats.
    pub loss: f64,
    /// Questions left out because their prompt is too long for the policy.
    pub skipped_prompts: u64,
    /// Last measurement of each task that was measured, by name.
    pub skills: BTreeMap<String, Skill>,
}

/// One task's last measurement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Skill {
    /// Batches imitated before it.
    pub batches: u64,
    /// 0 at chance and 1 at perfect, on fresh training questions, sampled as rollouts are.
    pub skill: f64,
}

/// Imitates until every task has reached its skill target or was given up, or until interrupted.
pub fn warm_start(
    mixture: &Mixture,
    policy: &Policy,
    config: &Config,
    progress: &Progress,
    interrupted: &dyn Fn() -> bool,
) -> Result<WarmStart, TrainError> {
    let settings = &config.warm_start;
    let bar = progress.bar("warm start", settings.max_batches);
    let mut optimizer = optimizer_of(&policy.transformer, &config.optimizer)?;
    let mut report = WarmStart::default();
    let mut open: Vec<usize> = (0..mixture.tasks().len()).collect();
    let mut stream = Stream { mixture, tokenizer: &policy.tokenizer, room: Room::of(policy, config), next_index: 0 };
    while !open.is_empty() && report.batches < settings.max_batches && !interrupted() {
        let Fitting { questions, too_long } = stream.next(&open, settings.batch_size)?;
        let learning_rate = learning_rate(config, report.batches);
        report.loss = imitate(mixture, policy, config, &mut optimizer, &questions, learning_rate)?;
        report.batches += 1;
        report.skipped_prompts += too_long.len() as u64;
        if report.batches.is_multiple_of(settings.probe_every) {
            for &task in &open {
                let skill = skill(mixture, task, policy, config, report.batches)?;
                let name = mixture.tasks()[task].name().to_owned();
                report.skills.insert(name, Skill { batches: report.batches, skill });
            }
            open.retain(|&task| report.goes_on(mixture.tasks()[task].name(), settings));
        }
        bar.advance(1);
        bar.message(&report.summary(settings));
    }
    bar.finish();
    Ok(report)
}

impl WarmStart {
    /// Whether the task, just measured, is to be imitated further: it is short of the target, and the tasks that have
    /// reached it have not needed less than a share of `lag` of the batches so far.
    fn goes_on(&self, task: &str, settings: &WarmStartConfig) -> bool {
        let reached = |skill: &&Skill| skill.skill >= settings.target_skill;
        let slowest = self.skills.values().filter(reached).map(|skill| skill.batches).max();
        let given_up = slowest.is_some_and(|slowest| self.batches as f64 >= settings.lag * slowest as f64);
        let short = self.skills.get(task).is_none_or(|skill| skill.skill < settings.target_skill);
        short && !given_up
    }

    /// The batch in a few words, for the progress bar: the loss, and the skill of the task that is furthest behind.
    fn summary(&self, settings: &WarmStartConfig) -> String {
        let behind = self.skills.values().map(|skill| skill.skill).reduce(f64::min);
        let measured =
            behind.map(|skill| format!(", least skill {} (stops at {:.2})", fixed(skill, 2), settings.target_skill));
        format!("loss {:.3}{}", self.loss, measured.unwrap_or_default())
    }
}

/// The questions that are imitated, in the order of the mixture's stream.
struct Stream<'run> {
    mixture: &'run Mixture,
    tokenizer: &'run Tokenizer,
    room: Room,
    next_index: u64,
}

impl Stream<'_> {
    /// The next `count` questions that belong to tasks still `open`, some of which may be too long; others take their place, and
    /// there is at least one that fits.
    fn next(&mut self, open: &[usize], count: u64) -> Result<Fitting, TrainError> {
        let mut batch = Fitting { questions: Vec::with_capacity(count as usize), too_long: Vec::new() };
        for _ in 0..ROUNDS {
            let missing = count as usize - batch.questions.len();
            if missing == 0 {
                break;
            }
            let drawn = self.draw(open, missing)?;
            let fitting = self.room.part(drawn);
            batch.questions.extend(fitting.questions);
            batch.too_long.extend(fitting.too_long);
        }
        if batch.questions.is_empty() { Err(self.room.none_fits(&batch.too_long)) } else { Ok(batch) }
    }

    fn draw(&mut self, open: &[usize], count: usize) -> Result<Vec<Question>, TrainError> {
        let mut drawn = Vec::with_capacity(count);
        while drawn.len() < count {
            let task = self.mixture.task_of(Split::WarmStart, self.next_index);
            if open.contains(&task) {
                drawn.push((task, self.next_index));
            }
            self.next_index += 1;
        }
        let draw = |(task, index)| questions::draw_one(self.mixture, task, self.tokenizer, Split::WarmStart, index);
        drawn.into_par_iter().map(draw).collect()
    }
}

/// One update towards the oracle's answers; returns the mean negative log-prob of their tokens.
fn imitate(
    mixture: &Mixture,
    policy: &Policy,
    config: &Config,
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
    let reads = config.warm_start.prompt_weight > 0.0;
    let texts: Vec<Imitated> =
        questions.iter().zip(&answers).map(|(question, answer)| Imitated::of(question, answer, reads)).collect();
    let rows: Vec<Branches<'_>> = texts.iter().map(Imitated::branches).collect();
    let widths: Vec<usize> = rows.iter().map(Branches::width).collect();
    let answer_tokens: usize = texts.iter().map(|text| text.answer_tokens).sum();
    let prompt_tokens: usize = texts.iter().map(Imitated::prompt_tokens).sum();
    let weights = TokenWeights {
        answer: 1.0 / answer_tokens as f32,
        prompt: (config.warm_start.prompt_weight / prompt_tokens.max(1) as f64) as f32,
    };

    let mut gradients = optimizer.gradients();
    let mut total = 0.0;
    for micro_batch in by_token_budget(&widths, config.trainer.micro_batch_tokens as usize) {
        let part: Vec<Branches<'_>> = micro_batch.iter().map(|&row| rows[row].clone()).collect();
        let batch = PackedBatch::new(&part, policy.transformer.device());
        let per_token = |weights: TokenWeights| {
            let values: Vec<f32> = micro_batch.iter().flat_map(|&row| texts[row].spread(weights)).collect();
            Tensor::from_slice(&values).to_device(policy.transformer.device())
        };
        let tape = Tape::forward(&policy.transformer, &batch, 1.0, config.trainer.checkpointed_layers as usize)?;
        let of_answers = per_token(TokenWeights { answer: 1.0, prompt: 0.0 });
        total -= f64::try_from((tape.log_probs() * of_answers).sum(Kind::Float))? / answer_tokens as f64;
        // The loss is the weighted sum of the negative log-probs.
        tape.backward(&-per_token(weights), &mut gradients)?;
    }
    optimizer.step(&gradients, learning_rate)?;
    Ok(total)
}

/// A question with the oracle's answer.
struct Imitated<'question> {
    given: Prompt<'question>,
    /// Tokens of the prompt where they are read, then those of the answer.
    predicted: Vec<i64>,
    answer_tokens: usize,
}

/// What a predicted token counts in the loss, by where it stands.
#[derive(Clone, Copy)]
struct TokenWeights {
    answer: f32,
    prompt: f32,
}

impl<'question> Imitated<'question> {
    /// Where the policy `reads`, the whole text but its first token is predicted; behind media the text alone, since no token says
    /// what they show. Else the answer alone is.
    fn of(question: &'question Question, answer: &[i64], reads: bool) -> Self {
        let EncodedPrompt { ids, media } = &question.encoded;
        let end_of_media = media.last().map_or(0, |placed| placed.start + placed.medium.offsets.len());
        let given = if reads { end_of_media.max(1).min(ids.len()) } else { ids.len() };
        let (given, predicted) = ids.split_at(given);
        let predicted = [predicted, answer].concat();
        Self { given: Prompt { ids: given, media }, predicted, answer_tokens: answer.len() }
    }

    /// Predicted tokens of the prompt.
    fn prompt_tokens(&self) -> usize {
        self.predicted.len() - self.answer_tokens
    }

    /// The weight of every predicted token.
    fn spread(&self, weights: TokenWeights) -> impl Iterator<Item = f32> + use<> {
        let of_prompt = std::iter::repeat_n(weights.prompt, self.prompt_tokens());
        of_prompt.chain(std::iter::repeat_n(weights.answer, self.answer_tokens))
    }

    fn branches(&self) -> Branches<'_> {
        Branches { prompt: self.given, completions: vec![&self.predicted] }
    }
}

/// A short linear warm-up, then constant: the warm start ends when it is good enough, not at a known batch.
fn learning_rate(config: &Config, batch: u64) -> f64 {
    const WARMUP_BATCHES: f64 = 10.0;
    config.warm_start.learning_rate * ((batch + 1) as f64 / WARMUP_BATCHES).min(1.0)
}

/// Mean over fresh questions of one task of the way from chance (0) to perfect (1), of answers sampled as rollouts will be:
/// the skill that reinforcement learning starts from. A task of which no question fits the policy has none.
fn skill(mixture: &Mixture, task: usize, policy: &Policy, config: &Config, batches: u64) -> Result<f64, TrainError> {
    // Indices from the far end of the stream are never imitated.
    let first = u64::MAX / 2 + batches * config.warm_start.probe_samples;
    let indices = first..first + config.warm_start.probe_samples;
    let drawn = questions::draw_from(mixture, task, &policy.tokenizer, Split::WarmStart, indices)?;
    let questions = Room::of(policy, config).part(drawn).questions;
    if questions.is_empty() {
        return Ok(0.0);
    }
    let sampling = Sampling::of(&config.rollout);
    let stream = |prompt: usize, _| TaskRng::new(config.seed, "probe", Split::WarmStart, first + prompt as u64);
    let groups = generate(policy, &questions, 1, &sampling, stream)?;
    let answers =
        answers::verify(mixture, &policy.tokenizer, &config.reward, sampling.max_new_tokens, &questions, groups)?;
    let score: f64 = answers.iter().flatten().map(|answer| f64::from(answer.verdict.score)).sum();
    let chance: f64 = questions.iter().map(|question| f64::from(question.chance)).sum();
    Ok((score - chance) / (questions.len() as f64 - chance))
}
