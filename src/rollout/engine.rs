//! Continuous batching: completions enter while there is room in the cache, draw a token a step together, and leave when they
//! end.
//!
//! A prompt is computed once and its keys and values stay until the last completion of its group has ended. The longest prompts
//! enter first. What a completion is depends on its prompt and its stream only, not on when it entered or beside whom.

use std::collections::VecDeque;

use tch::{Device, Kind, Tensor};

use super::Sampling;
use super::recorded::{Form, How, RecordedStep};
use super::running::{Ending, Running, Sequence, gaps};
use super::stop::Stops;
use crate::model::media::{PackedMedia, Prompt, position_tensor};
use crate::model::{Capacity, DecodeBatch, ModelError, Policy, SlotCache};
use crate::tasks::TaskRng;

/// Most prompt tokens computed at once; bounds what the layers hold between them.
pub(crate) const PREFILL_TOKENS: usize = 1 << 14;

/// Steps between two looks at which completions have ended, where looking makes the host wait for the device.
const STEPS_UNSEEN: u64 = 8;

/// Where a step is recorded, completions leave when one in so many has ended.
const FEWEST_LEAVING: usize = 4;

/// One generated answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// Token ids; what ended it is the last one unless the budget ran out first.
    pub ids: Vec<i64>,
    /// Log-prob of each token under the distribution it was drawn from.
    pub log_probs: Vec<f32>,
    /// Whether the budget ran out before the end.
    pub truncated: bool,
}

/// Generates `group_size` completions of every prompt, in order: `[prompt][member]`.
///
/// `stream(prompt, member)` is the random stream of one completion.
pub fn generate<'prompt, Tokens>(
    policy: &Policy,
    prompts: &'prompt [Tokens],
    group_size: i64,
    sampling: &Sampling,
    stream: impl Fn(usize, i64) -> TaskRng,
) -> Result<Vec<Vec<Completion>>, ModelError>
where
    Prompt<'prompt>: From<&'prompt Tokens>,
{
    let prompts: &[Prompt<'_>] = &prompts.iter().map(Prompt::from).collect::<Vec<_>>();
    let limit = policy.transformer.config().max_position_embeddings;
    let longest = prompts.iter().map(|prompt| prompt.ids.len()).max().unwrap_or(0) as i64;
    if longest + sampling.max_new_tokens > limit {
        return Err(ModelError::TooLong { length: longest + sampling.max_new_tokens, limit });
    }
    if group_size < 1 || sampling.max_new_tokens < 1 {
        return Ok(vec![Vec::new(); prompts.len()]);
    }
    if let Some(prompt) = prompts.iter().position(|prompt| prompt.ids.is_empty()) {
        return Err(ModelError::EmptyPrompt { prompt });
    }
    let _guard = tch::no_grad_guard();
    let _unchanging = policy.transformer.unchanging();
    let mut engine = Engine::new(policy, prompts, group_size, sampling, &stream);
    engine.run()?;
    let mut completions = engine.done.into_iter().flatten();
    Ok((0..prompts.len()).map(|_| completions.by_ref().take(group_size as usize).collect()).collect())
}

/// Completions of one prompt that enter together.
#[derive(Debug, Clone, Copy)]
struct Request {
    prompt: usize,
    first_member: i64,
    members: i64,
}

/// A prompt whose keys and values are in the cache.
#[derive(Debug, Clone, Copy)]
struct LivePrompt {
    length: i64,
    /// Position of the token after it.
    following: i64,
    /// Completions that still grow from it.
    running: usize,
}

struct Engine<'run> {
    policy: &'run Policy,
    prompts: &'run [Prompt<'run>],
    group_size: i64,
    sampling: &'run Sampling,
    stream: &'run dyn Fn(usize, i64) -> TaskRng,
    stops: Stops<'run>,
    device: Device,
    capacity: Capacity,
    cache: SlotCache,
    waiting: VecDeque<Request>,
    live: Vec<LivePrompt>,
    running: Running,
    /// Who decodes together; none after anybody has entered or left.
    batch: Option<DecodeBatch>,
    /// The step they do together, where it can be recorded.
    recorded: Option<RecordedStep>,
    steps_unseen: u64,
    done: Vec<Option<Completion>>,
}

impl<'run> Engine<'run> {
    fn new(
        policy: &'run Policy,
        prompts: &'run [Prompt<'run>],
        group_size: i64,
        sampling: &'run Sampling,
        stream: &'run dyn Fn(usize, i64) -> TaskRng,
    ) -> Self {
        let (transformer, device) = (&policy.transformer, policy.transformer.device());
        let options = (transformer.kind(), device);
        let bytes = SlotCache::bytes_per_token(transformer.config(), options);
        let capacity = capacity(prompts, group_size, sampling, sampling.cache_bytes / bytes);
        Self {
            policy,
            prompts,
            group_size,
            sampling,
            stream,
            stops: Stops::new(policy, sampling, device),
            device,
            capacity,
            cache: SlotCache::new(transformer.config(), capacity, options),
            waiting: requests(prompts, group_size, capacity.completions),
            live: Vec::new(),
            running: Running::new(capacity.completions, sampling.max_new_tokens, device),
            batch: None,
            recorded: if sampling.record_steps { RecordedStep::new(device) } else { None },
            steps_unseen: 0,
            done: vec![None; prompts.len() * group_size as usize],
        }
    }

    fn run(&mut self) -> Result<(), ModelError> {
        loop {
            self.admit()?;
            if self.running.count() == 0 {
                return Ok(());
            }
            self.dismiss()?;
            if self.running.count() > 0 {
                self.step()?;
            }
        }
    }

    /// Lets waiting completions in while there is room for them.
    fn admit(&mut self) -> Result<(), ModelError> {
        // Not for every single slot that becomes free: small prefills are slow.
        let free = self.capacity.completions - self.running.count();
        if self.running.count() > 0 && free * 8 < self.capacity.completions {
            return Ok(());
        }
        loop {
            let entering = self.entering();
            if entering.is_empty() {
                return Ok(());
            }
            self.prefill(&entering)?;
        }
    }

    /// The next requests that fit, as many as are computed at once.
    fn entering(&mut self) -> Vec<Request> {
        let mut free = self.capacity.completions - self.running.count();
        let mut rows = self.capacity.prompts - self.live.len() as i64;
        let (mut entering, mut tokens) = (Vec::new(), 0);
        while let Some(request) = self.waiting.front() {
            let length = self.prompts[request.prompt].ids.len();
            let computable = entering.is_empty() || tokens + length <= PREFILL_TOKENS;
            if request.members > free || rows == 0 || !computable {
                break;
            }
            free -= request.members;
            rows -= 1;
            tokens += length;
            entering.extend(self.waiting.pop_front());
        }
        entering
    }

    /// Computes the prompts of `requests` and draws the first token of their completions.
    fn prefill(&mut self, requests: &[Request]) -> Result<(), ModelError> {
        let tensor = |values: &[i64]| Tensor::from_slice(values).to_device(self.device);
        let prompts = || requests.iter().map(|request| self.prompts[request.prompt]);
        let lengths: Vec<i64> = prompts().map(|prompt| prompt.ids.len() as i64).collect();
        let ids = prompts().flat_map(|prompt| prompt.ids).copied().collect::<Vec<i64>>();
        let (positions, following): (Vec<_>, Vec<_>) = prompts().map(|prompt| prompt.positions()).unzip();
        let positions = position_tensor(&positions.concat(), self.device);
        let media = PackedMedia::of(prompts(), self.device);
        let ends = lengths.iter().scan(0, |end, length| {
            *end += length;
            Some(*end - 1)
        });
        let ends = tensor(&ends.collect::<Vec<i64>>());

        let transformer = &self.policy.transformer;
        let mut attend = self.cache.prefill(self.live.len() as i64, &lengths);
        let embedded = transformer.embed_prompts(&tensor(&ids), media.as_ref())?;
        let hidden = transformer.forward_embedded(embedded, &positions, &mut attend, Some(&ends));
        let logits = transformer.logits(&hidden); // [requests, vocab]

        let (first, mut sequences, mut streams, mut rows) = (self.running.count(), Vec::new(), Vec::new(), Vec::new());
        for (row, (request, (length, following))) in requests.iter().zip(lengths.into_iter().zip(following)).enumerate()
        {
            for member in request.first_member..request.first_member + request.members {
                let completion = request.prompt * self.group_size as usize + member as usize;
                sequences.push(Sequence { completion, prompt: self.live.len() as i64, length: 0 });
                streams.push((self.stream)(request.prompt, member));
                rows.push(row as i64);
            }
            self.live.push(LivePrompt { length, following, running: request.members as usize });
        }
        self.running.enter(sequences, &mut streams);
        let none_drawn = Tensor::zeros([rows.len() as i64], (Kind::Int64, self.device));
        let logits = logits.index_select(0, &tensor(&rows));
        let ending = self.running.ending(first, self.sampling.min_new_tokens);
        self.running.draw(first, logits, &none_drawn, (ending, self.sampling), &self.stops);
        self.running.count_drawn(first);
        self.others_run();
        Ok(())
    }

    /// Lets completions that have ended out, and prompts that nobody needs any more.
    fn dismiss(&mut self) -> Result<(), ModelError> {
        let full = self.running.sequences.iter().any(|sequence| sequence.length == self.sampling.max_new_tokens);
        let patient_device = self.device.is_cuda() && !self.stops.reads_text();
        if patient_device && self.steps_unseen < STEPS_UNSEEN && !full {
            self.steps_unseen += 1;
            return Ok(());
        }
        self.steps_unseen = 0;
        let leaving = self.running.ended(self.sampling, &self.stops)?;
        let rows: Vec<i64> = (0..leaving.len()).filter(|&row| leaving[row]).map(|row| row as i64).collect();
        // A recording ends where somebody leaves: until enough of them do, those that have ended go on, and it is cut off later.
        let waits = patient_device && self.recorded.is_some() && !full && rows.len() * FEWEST_LEAVING < leaving.len();
        if rows.is_empty() || waits {
            return Ok(());
        }
        for (completion, text) in self.running.take(&rows, &self.stops)? {
            self.done[completion] = Some(text);
        }
        for &row in &rows {
            self.live[self.running.sequences[row as usize].prompt as usize].running -= 1;
        }
        let (moves, staying) = gaps(&leaving);
        self.cache.move_completions(&moves);
        self.running.close_gaps(&moves, staying);
        self.dismiss_prompts();
        self.others_run();
        Ok(())
    }

    /// Forgets who decodes together.
    fn others_run(&mut self) {
        self.batch = None;
        if let Some(recorded) = &mut self.recorded {
            recorded.forget();
        }
    }

    fn dismiss_prompts(&mut self) {
        let leaving: Vec<bool> = self.live.iter().map(|prompt| prompt.running == 0).collect();
        let (moves, staying) = gaps(&leaving);
        self.cache.move_prompts(&moves);
        for &(from, to) in &moves {
            self.live[to as usize] = self.live[from as usize];
            for sequence in self.running.sequences.iter_mut().filter(|sequence| sequence.prompt == from) {
                sequence.prompt = to;
            }
        }
        self.live.truncate(staying);
    }

    /// Feeds the newest token of every running completion and draws the next.
    fn step(&mut self) -> Result<(), ModelError> {
        let mut batch = self.batch.take().unwrap_or_else(|| self.decode_batch());
        let ending = self.running.ending(0, self.sampling.min_new_tokens);
        match self.recorded.take() {
            None => self.compute(&mut batch, None, ending),
            Some(mut recorded) => {
                let form = Form::of(batch.width(), self.capacity.completion_tokens, ending);
                match recorded.how(form) {
                    How::Compute => {
                        self.compute(&mut batch, Some(form.width), ending);
                        recorded.computed(form);
                    }
                    How::Record => {
                        recorded.record(|| self.compute(&mut batch, Some(form.width), ending))?;
                        recorded.replay()?;
                    }
                    How::Replay => recorded.replay()?,
                }
                self.recorded = Some(recorded);
            }
        }
        batch.advance_here();
        self.running.count_drawn(0);
        self.batch = Some(batch);
        Ok(())
    }

    /// What a step asks of the device; `within` is the width that completions are looked at in, where it is not just what they take.
    fn compute(&mut self, batch: &mut DecodeBatch, within: Option<i64>, ending: Ending) {
        let transformer = &self.policy.transformer;
        let positions = batch.positions();
        let mut attend = match within {
            Some(width) => self.cache.decode_within(batch, width),
            None => self.cache.decode(batch),
        };
        let hidden = transformer.forward(&self.running.newest(), &positions, &mut attend, None);
        let logits = transformer.logits(&hidden); // [running, vocab]
        batch.advance_on_device();
        self.running.draw(0, logits, batch.lengths(), (ending, self.sampling), &self.stops);
    }

    /// Who decodes together now.
    fn decode_batch(&self) -> DecodeBatch {
        let sequences = &self.running.sequences;
        let prompt_of: Vec<i64> = sequences.iter().map(|sequence| sequence.prompt).collect();
        let stored: Vec<i64> = sequences.iter().map(|sequence| sequence.length - 1).collect();
        let prompts: Vec<i64> = self.live.iter().map(|prompt| prompt.length).collect();
        let following: Vec<i64> = self.live.iter().map(|prompt| prompt.following).collect();
        DecodeBatch::new(&prompt_of, &stored, &prompts, &following, self.device)
    }
}

/// Groups in the order in which they enter, longest prompt first; a group larger than all slots is split.
fn requests(prompts: &[Prompt<'_>], group_size: i64, slots: i64) -> VecDeque<Request> {
    let mut order: Vec<usize> = (0..prompts.len()).collect();
    order.sort_by_key(|&prompt| std::cmp::Reverse(prompts[prompt].ids.len()));
    let parts = |prompt: usize| {
        let firsts = (0..group_size).step_by(slots as usize);
        firsts.map(move |first_member| Request { prompt, first_member, members: slots.min(group_size - first_member) })
    };
    order.into_iter().flat_map(parts).collect()
}

/// What fits into `tokens` cached tokens, one completion at least: everything, or as many completions with twice the prompts
/// they need when their groups are whole, since groups end raggedly.
fn capacity(prompts: &[Prompt<'_>], group_size: i64, sampling: &Sampling, tokens: i64) -> Capacity {
    let (count, completion_tokens) = (prompts.len() as i64, sampling.max_new_tokens);
    let prompt_tokens = prompts.iter().map(|prompt| prompt.ids.len()).max().unwrap_or(0) as i64;
    let all = count * group_size;
    if all * completion_tokens + count * prompt_tokens <= tokens {
        return Capacity { prompts: count, prompt_tokens, completions: all, completion_tokens };
    }
    let each = completion_tokens + (2 * prompt_tokens).div_euclid(group_size) + 1;
    let completions = (tokens / each).clamp(1, all);
    let whole_groups = (completions + group_size - 1) / group_size;
    Capacity { prompts: 2 * whole_groups, prompt_tokens, completions, completion_tokens }
}
