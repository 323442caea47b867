//! [`Examinee`]: a policy in a downstream exam. It replies greedily, and tells how likely it finds texts.

use rayon::prelude::*;

use super::batch::Branches;
use super::{TrainError, score};
use crate::config::Config;
use crate::model::media::Prompt;
use crate::model::{EncodedPrompt, ModelError, Policy};
use crate::report::progress::Progress;
use crate::rollout::{Sampling, generate};
use crate::tasks::exam::{EvalError, LogLikelihood, Reply, Respondent};
use crate::tasks::protocol::AnswerRule;
use crate::tasks::{Part, Split, TaskRng};

/// Prompts answered between two movements of the progress bar.
const CHUNK: usize = 128;

/// A policy, and the settings that it replies with.
pub struct Examinee<'run> {
    /// The policy.
    pub policy: &'run Policy,
    /// `rollout.max_new_tokens`, `reward` (how answers are read) and `trainer.micro_batch_tokens` count.
    pub config: &'run Config,
    /// What the user sees on the way.
    pub progress: &'run Progress,
}

impl Respondent for Examinee<'_> {
    fn answer_rule(&self) -> AnswerRule {
        self.config.reward.answer_rule
    }

    fn reply(&mut self, prompts: &[String]) -> Result<Vec<Option<Reply>>, EvalError> {
        let tokenizer = &self.policy.tokenizer;
        let text = |prompt: usize| {
            let ids = tokenizer.encode_prompt(&prompts[prompt])?;
            Ok(EncodedPrompt { ids, media: Vec::new() })
        };
        self.replies(prompts.len(), text).map_err(|error| EvalError::Respondent(error.into()))
    }

    fn reply_to_parts(&mut self, prompts: &[Vec<Part>]) -> Result<Vec<Option<Reply>>, EvalError> {
        let tokenizer = &self.policy.tokenizer;
        self.replies(prompts.len(), |prompt| tokenizer.encode_parts(&prompts[prompt]))
            .map_err(|error| EvalError::Respondent(error.into()))
    }

    fn log_likelihoods(
        &mut self,
        prompts: &[String],
        continuations: &[Vec<String>],
    ) -> Result<Vec<Option<Vec<LogLikelihood>>>, EvalError> {
        self.likelihoods(prompts, continuations).map_err(|error| EvalError::Respondent(error.into()))
    }
}

impl Examinee<'_> {
    fn context(&self) -> usize {
        self.policy.transformer.config().max_position_embeddings as usize
    }

    fn encoded(&self, prompts: &[String]) -> Result<Vec<Vec<i64>>, ModelError> {
        let tokenizer = &self.policy.tokenizer;
        prompts.par_iter().map(|prompt| tokenizer.encode_prompt(prompt)).collect()
    }

    /// Replies to `count` prompts, encoded a chunk at a time so that no more of their media are in memory.
    fn replies(
        &self,
        count: usize,
        encode: impl Fn(usize) -> Result<EncodedPrompt, ModelError> + Sync,
    ) -> Result<Vec<Option<Reply>>, TrainError> {
        let sampling = Sampling::greedy(self.config.rollout.max_new_tokens);
        let room = self.context().saturating_sub(sampling.max_new_tokens as usize);
        let mut replies = vec![None; count];
        let bar = self.progress.bar("examining", count as u64);
        for first in (0..count).step_by(CHUNK) {
            let chunk: Vec<usize> = (first..count.min(first + CHUNK)).collect();
            let encoded = chunk.par_iter().map(|&prompt| encode(prompt)).collect::<Result<Vec<_>, _>>()?;
            let fits = |(_, prompt): &(usize, EncodedPrompt)| prompt.ids.len() <= room;
            let (fitting, chosen): (Vec<usize>, Vec<EncodedPrompt>) =
                chunk.iter().copied().zip(encoded).filter(fits).unzip();
            // Greedy decoding looks at no random number; the stream only has to exist.
            let stream = |prompt: usize, _| TaskRng::new(0, "greedy", Split::HeldOut, prompt as u64);
            for (&prompt, group) in fitting.iter().zip(generate(self.policy, &chosen, 1, &sampling, stream)?) {
                for completion in group {
                    let text = self.policy.tokenizer.decode(&completion.ids)?;
                    let truncated = completion.truncated && !self.config.reward.truncated_counts;
                    replies[prompt] = Some(Reply { text, truncated });
                }
            }
            bar.advance(chunk.len() as u64);
        }
        bar.finish();
        Ok(replies)
    }

    fn likelihoods(
        &self,
        prompts: &[String],
        continuations: &[Vec<String>],
    ) -> Result<Vec<Option<Vec<LogLikelihood>>>, TrainError> {
        let ids = self.encoded(prompts)?;
        let tokenizer = &self.policy.tokenizer;
        let encode = |texts: &Vec<String>| {
            texts.iter().map(|text| tokenizer.encode_completion(text)).collect::<Result<Vec<_>, _>>()
        };
        let texts: Vec<Vec<Vec<i64>>> = continuations.par_iter().map(encode).collect::<Result<_, _>>()?;
        let longest = |prompt: usize| texts[prompt].iter().map(Vec::len).max().unwrap_or(0);
        let fitting: Vec<usize> =
            (0..ids.len()).filter(|&prompt| ids[prompt].len() + longest(prompt) <= self.context()).collect();
        let rows: Vec<Branches<'_>> = fitting
            .iter()
            .map(|&prompt| Branches {
                prompt: Prompt::from(&ids[prompt]),
                completions: texts[prompt].iter().map(Vec::as_slice).collect(),
            })
            .collect();
        let bar = self.progress.bar("examining", rows.len() as u64);
        let (transformer, budget) = (&self.policy.transformer, self.config.trainer.micro_batch_tokens);
        let scored = score::of_rows(transformer, &rows, 1.0, budget, |rows| bar.advance(rows))?;
        bar.finish();
        let of_text = |tokens: &Vec<f32>| {
            let total = tokens.iter().copied().map(f64::from).sum();
            LogLikelihood { total, tokens: tokens.len() }
        };
        let mut found = vec![None; prompts.len()];
        for (prompt, texts) in fitting.into_iter().zip(scored) {
            found[prompt] = Some(texts.iter().map(of_text).collect());
        }
        Ok(found)
    }
}
