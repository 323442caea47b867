//! Batched generation with a key/value cache: a row is a prompt and the growing completions of its group.
//!
//! The prompt is computed once; every decoding step then appends one token to each completion of the row. Attention keeps
//! the completions apart (see [`AttentionMask`]), so each comes out as if it had been generated alone.

use tch::{Device, Kind, Tensor};

use super::sampler::{Sampling, choose};
use crate::model::{AttentionMask, KeyValueCache, ModelError, Policy};
use crate::tasks::TaskRng;

/// Most cached tokens of one batch; bounds memory and keeps the working set near the processor.
const BATCH_TOKENS: i64 = 1 << 15;

/// One generated answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// Token ids; the end marker is the last one unless the budget ran out first.
    pub ids: Vec<i64>,
    /// Log-prob of each token under the distribution it was drawn from.
    pub log_probs: Vec<f32>,
    /// Whether the budget ran out before the end marker.
    pub truncated: bool,
}

/// Generates `group_size` completions of every prompt, in order: `[prompt][member]`.
///
/// `stream(prompt, member)` is the random stream of one completion.
pub fn generate(
    policy: &Policy,
    prompts: &[Vec<i64>],
    group_size: i64,
    sampling: &Sampling,
    stream: impl Fn(usize, i64) -> TaskRng,
) -> Result<Vec<Vec<Completion>>, ModelError> {
    let limit = policy.transformer.config().max_position_embeddings;
    let longest = prompts.iter().map(Vec::len).max().unwrap_or(0) as i64;
    if longest + sampling.max_new_tokens > limit {
        return Err(ModelError::TooLong { length: longest + sampling.max_new_tokens, limit });
    }
    let mut by_length: Vec<usize> = (0..prompts.len()).collect();
    by_length.sort_by_key(|&prompt| prompts[prompt].len());
    let row_tokens = longest + group_size * sampling.max_new_tokens;
    let rows = (BATCH_TOKENS / row_tokens.max(1)).max(1) as usize;

    let mut groups = vec![Vec::new(); prompts.len()];
    for batch in by_length.chunks(rows) {
        let batch_prompts: Vec<&[i64]> = batch.iter().map(|&prompt| prompts[prompt].as_slice()).collect();
        let streams = batch.iter().flat_map(|&prompt| (0..group_size).map(move |member| (prompt, member)));
        let streams = streams.map(|(prompt, member)| stream(prompt, member)).collect();
        let decoded = tch::no_grad(|| Decoder::new(policy, &batch_prompts, group_size, sampling, streams).run());
        for (&prompt, group) in batch.iter().zip(decoded) {
            groups[prompt] = group;
        }
    }
    Ok(groups)
}

/// One batch on its way.
struct Decoder<'run> {
    policy: &'run Policy,
    sampling: &'run Sampling,
    group_size: i64,
    rows: i64,
    device: Device,
    prompts: Prompts,
    streams: Vec<TaskRng>,
    completions: Vec<Completion>,
}

/// Prompts of a batch, right-padded.
struct Prompts {
    ids: Tensor,      // [rows, width]
    branches: Tensor, // [rows, width]: 0, -1 where padded
    lengths: Tensor,  // [rows]
    width: i64,
}

impl<'run> Decoder<'run> {
    fn new(
        policy: &'run Policy,
        prompts: &[&[i64]],
        group_size: i64,
        sampling: &'run Sampling,
        streams: Vec<TaskRng>,
    ) -> Self {
        let device = policy.transformer.device();
        let empty = Completion { ids: Vec::new(), log_probs: Vec::new(), truncated: true };
        Self {
            policy,
            sampling,
            group_size,
            rows: prompts.len() as i64,
            device,
            prompts: Prompts::pad(prompts, device),
            completions: vec![empty; streams.len()],
            streams,
        }
    }

    /// Prefill, then a token for every completion until all have ended or the budget is spent.
    fn run(mut self) -> Vec<Vec<Completion>> {
        let transformer = &self.policy.transformer;
        let capacity = self.prompts.width + self.group_size * self.sampling.max_new_tokens;
        let mut cache =
            KeyValueCache::new(transformer.config(), self.rows, capacity, (transformer.kind(), self.device));
        let mut logits = self.prefill(&mut cache); // [rows, group, vocab]
        for step in 0..self.sampling.max_new_tokens {
            let tokens = self.sample(&logits); // [rows, group]
            if self.completions.iter().all(|completion| !completion.truncated)
                || step + 1 == self.sampling.max_new_tokens
            {
                break;
            }
            logits = self.decode(&tokens, step, &mut cache);
        }
        let group_size = self.group_size as usize;
        let mut completions = self.completions.into_iter();
        (0..self.rows).map(|_| completions.by_ref().take(group_size).collect()).collect()
    }

    /// Computes the prompts and the logits of every completion's first token.
    fn prefill(&self, cache: &mut KeyValueCache) -> Tensor {
        let Prompts { ids, branches, lengths, width } = &self.prompts;
        let positions = Tensor::arange(*width, (Kind::Int64, self.device)).expand([self.rows, *width], false);
        let hidden = self.policy.transformer.forward(ids, &positions, &AttentionMask::within(branches), Some(cache));
        let last = (lengths - 1).view([-1, 1, 1]).expand([self.rows, 1, hidden.size()[2]], false);
        let logits = self.policy.transformer.logits(&hidden.gather(1, &last, false)); // [rows, 1, vocab]
        logits.expand([self.rows, self.group_size, logits.size()[2]], false)
    }

    /// Appends `tokens` `[rows, group]`, the ones of step `step`, and computes the logits of the next.
    fn decode(&self, tokens: &Tensor, step: i64, cache: &mut KeyValueCache) -> Tensor {
        let (rows, group) = (self.rows, self.group_size);
        let members = Tensor::arange(group, (Kind::Int64, self.device)) + 1;
        let queries = members.expand([rows, group], false);
        let grown = queries.repeat([1, step + 1]); // step-major: every step appended one token a member
        let keys = Tensor::cat(&[&self.prompts.branches, &grown], 1);
        let earlier = Tensor::ones([group, keys.size()[1]], (Kind::Bool, self.device));
        let mask = AttentionMask::between(&queries, &keys, &earlier);
        let positions = (&self.prompts.lengths + step).unsqueeze(1).expand([rows, group], false);
        let hidden = self.policy.transformer.forward(tokens, &positions, &mask, Some(cache));
        self.policy.transformer.logits(&hidden)
    }

    /// Draws the next token of every completion and records those of completions that have not ended.
    fn sample(&mut self, logits: &Tensor) -> Tensor {
        let uniforms: Vec<f32> = self.streams.iter_mut().map(|stream| stream.unit() as f32).collect();
        let uniforms = Tensor::from_slice(&uniforms).to_device(self.device);
        let count = self.completions.len();
        let flat = logits.reshape([count as i64, -1]);
        let (tokens, log_probs) = choose(&flat, &uniforms, self.sampling);
        let (mut ids, mut values) = (vec![0_i64; count], vec![0.0_f32; count]);
        tokens.to_device(Device::Cpu).copy_data(&mut ids, count);
        log_probs.to_device(Device::Cpu).copy_data(&mut values, count);
        let ends = self.policy.tokenizer.stop_tokens();
        for ((completion, id), log_prob) in self.completions.iter_mut().zip(ids).zip(values) {
            if completion.truncated {
                completion.ids.push(id);
                completion.log_probs.push(log_prob);
                completion.truncated = !ends.contains(&id);
            }
        }
        tokens.view([self.rows, self.group_size])
    }
}

impl Prompts {
    fn pad(prompts: &[&[i64]], device: Device) -> Self {
        use crate::model::{PADDING, PROMPT};
        let width = prompts.iter().map(|prompt| prompt.len()).max().unwrap_or(0);
        let (mut ids, mut branches) = (Vec::new(), Vec::new());
        for prompt in prompts {
            ids.extend_from_slice(prompt);
            branches.extend(std::iter::repeat_n(PROMPT, prompt.len()));
            ids.resize(ids.len() + width - prompt.len(), 0);
            branches.resize(ids.len(), PADDING);
        }
        let shape = [prompts.len() as i64, width as i64];
        let lengths: Vec<i64> = prompts.iter().map(|prompt| prompt.len() as i64).collect();
        Self {
            ids: Tensor::from_slice(&ids).view(shape).to_device(device),
            branches: Tensor::from_slice(&branches).view(shape).to_device(device),
            lengths: Tensor::from_slice(&lengths).to_device(device),
            width: width as i64,
        }
    }
}
