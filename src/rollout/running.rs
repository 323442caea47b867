//! The running completions: what has been drawn of each, on the device, in the order of their slots.
//!
//! Nothing here waits for the device except [`Running::ended`] and [`Running::take`]. The random numbers of a completion are
//! drawn from its stream when it enters, so that drawing tokens needs nothing from the host.

use tch::{Device, Kind, Tensor};

use super::stop::Stops;
use super::{Completion, Sampling, choose};
use crate::model::ModelError;
use crate::tasks::TaskRng;

/// A completion on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sequence {
    /// Which of all completions it is.
    pub(super) completion: usize,
    /// Row of its prompt in the cache.
    pub(super) prompt: i64,
    /// Tokens drawn.
    pub(super) length: i64,
}

/// Which completions may end with the next token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// All of them.
    Any,
    /// Those that are long enough then.
    LongEnough,
    /// None of them.
    None,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) sequences: Vec<Sequence>,
    /// Newest token, `[slots]`.
    newest: Tensor,
    /// Tokens drawn, `[slots, max_new_tokens]`.
    ids: Tensor,
    /// Their log-probs, `[slots, max_new_tokens]`.
    log_probs: Tensor,
    /// A random number for each, `[slots, max_new_tokens]`.
    uniforms: Tensor,
    /// Whether a token that ends the completion was drawn, `[slots]`.
    ended: Tensor,
}

impl Running {
    pub(super) fn new(slots: i64, max_new_tokens: i64, device: Device) -> Self {
        let table = |kind: Kind| Tensor::zeros([slots, max_new_tokens], (kind, device));
        Self {
            sequences: Vec::new(),
            newest: Tensor::zeros([slots], (Kind::Int64, device)),
            ids: table(Kind::Int64),
            log_probs: table(Kind::Float),
            uniforms: table(Kind::Float),
            ended: Tensor::zeros([slots], (Kind::Bool, device)),
        }
    }

    pub(super) fn count(&self) -> i64 {
        self.sequences.len() as i64
    }

    /// Newest token of every running completion, `[rows]`.
    pub(super) fn newest(&self) -> Tensor {
        self.newest.narrow(0, 0, self.count())
    }

    /// Adds completions, each with its stream; no token is drawn yet.
    pub(super) fn enter(&mut self, sequences: Vec<Sequence>, streams: &mut [TaskRng]) {
        let (first, count, width) = (self.count(), sequences.len() as i64, self.uniforms.size()[1]);
        let draws = |stream: &mut TaskRng| -> Vec<f32> { (0..width).map(|_| stream.unit() as f32).collect() };
        let uniforms: Vec<f32> = streams.iter_mut().flat_map(draws).collect();
        self.uniforms.narrow(0, first, count).copy_(&Tensor::from_slice(&uniforms).view([count, width]));
        let _ = self.ended.narrow(0, first, count).fill_(0);
        self.sequences.extend(sequences);
    }

    /// Which of the completions from `first` on may end with the next token.
    pub(super) fn ending(&self, first: i64, least: i64) -> Ending {
        let sequences = &self.sequences[first as usize..];
        match sequences.iter().filter(|sequence| sequence.length + 1 < least).count() {
            0 => Ending::Any,
            short if short == sequences.len() => Ending::None,
            _ => Ending::LongEnough,
        }
    }

    /// Draws the next token of the completions from `first` on: `logits` `[rows, vocab]` float32, `lengths` `[rows]` the
    /// number drawn of each before. The host counts it by [`Running::count_drawn`].
    pub(super) fn draw(
        &mut self,
        first: i64,
        logits: Tensor,
        lengths: &Tensor,
        (ending, sampling): (Ending, &Sampling),
        stops: &Stops<'_>,
    ) {
        let count = logits.size()[0];
        let logits = keep_from_ending(logits, lengths, (ending, sampling.min_new_tokens), stops);
        let at = lengths.unsqueeze(1);
        let uniforms = self.uniforms.narrow(0, first, count).gather(1, &at, false).squeeze_dim(1);
        let (tokens, log_probs) = choose(&logits, &uniforms, sampling);
        let _ = self.ids.narrow(0, first, count).scatter_(1, &at, &tokens.unsqueeze(1));
        let _ = self.log_probs.narrow(0, first, count).scatter_(1, &at, &log_probs.unsqueeze(1));
        let _ = self.ended.narrow(0, first, count).logical_or_(&stops.among(&tokens));
        self.newest.narrow(0, first, count).copy_(&tokens);
    }

    /// Counts one more token of the completions from `first` on.
    pub(super) fn count_drawn(&mut self, first: i64) {
        for sequence in &mut self.sequences[first as usize..] {
            sequence.length += 1;
        }
    }

    /// Which completions have drawn their end or as many tokens as they may, or end by their text. Waits for the device.
    pub(super) fn ended(&self, sampling: &Sampling, stops: &Stops<'_>) -> Result<Vec<bool>, ModelError> {
        let ended: Vec<bool> = Vec::try_from(self.ended.narrow(0, 0, self.count()).to_device(Device::Cpu))?;
        let mut ended: Vec<bool> = self
            .sequences
            .iter()
            .zip(ended)
            .map(|(sequence, ended)| ended || sequence.length == sampling.max_new_tokens)
            .collect();
        if stops.reads_text() {
            let ids: Vec<Vec<i64>> = Vec::try_from(self.ids.narrow(0, 0, self.count()).to_device(Device::Cpu))?;
            for ((ended, sequence), ids) in ended.iter_mut().zip(&self.sequences).zip(ids) {
                let long_enough = sequence.length >= sampling.min_new_tokens;
                *ended |= long_enough && stops.text_ends(&ids[..sequence.length as usize])?;
            }
        }
        Ok(ended)
    }

    /// What the completions in `rows` are, with their numbers. Waits for the device.
    pub(super) fn take(&self, rows: &[i64], stops: &Stops<'_>) -> Result<Vec<(usize, Completion)>, ModelError> {
        let index = Tensor::from_slice(rows).to_device(self.ids.device());
        let ids: Vec<Vec<i64>> = Vec::try_from(self.ids.index_select(0, &index).to_device(Device::Cpu))?;
        let log_probs: Vec<Vec<f32>> = Vec::try_from(self.log_probs.index_select(0, &index).to_device(Device::Cpu))?;
        let taken = rows.iter().zip(ids).zip(log_probs).map(|((&row, mut ids), mut log_probs)| {
            let sequence = self.sequences[row as usize];
            ids.truncate(sequence.length as usize);
            let end = stops.end(&ids);
            // The device may have gone on past an end that the host had not seen yet.
            ids.truncate(end.unwrap_or(ids.len()));
            log_probs.truncate(ids.len());
            let truncated = end.is_none() && !stops.text_ends(&ids)?;
            Ok((sequence.completion, Completion { ids, log_probs, truncated }))
        });
        taken.collect()
    }

    /// Copies rows onto others, `(from, to)`, and keeps the first `count`.
    pub(super) fn close_gaps(&mut self, moves: &[(i64, i64)], count: usize) {
        if !moves.is_empty() {
            let (from, to): (Vec<i64>, Vec<i64>) = moves.iter().copied().unzip();
            let index = |rows: &[i64]| Tensor::from_slice(rows).to_device(self.newest.device());
            let (from, to) = (index(&from), index(&to));
            for table in [&mut self.newest, &mut self.ids, &mut self.log_probs, &mut self.uniforms, &mut self.ended] {
                let copied = table.index_select(0, &from);
                let _ = table.index_copy_(0, &to, &copied);
            }
        }
        for &(from, to) in moves {
            self.sequences[to as usize] = self.sequences[from as usize];
        }
        self.sequences.truncate(count);
    }
}

/// Rules out the ends where a completion is shorter than the `least` it must be.
fn keep_from_ending(mut logits: Tensor, lengths: &Tensor, (ending, least): (Ending, i64), stops: &Stops<'_>) -> Tensor {
    let ends = stops.on_device();
    match ending {
        Ending::Any => {}
        Ending::None => {
            let _ = logits.index_fill_(1, ends, f64::NEG_INFINITY);
        }
        Ending::LongEnough => {
            let young = (lengths + 1).lt(least).unsqueeze(1);
            let ruled_out = logits.index_select(1, ends).masked_fill(&young, f64::NEG_INFINITY);
            let _ = logits.index_copy_(1, ends, &ruled_out);
        }
    }
    logits
}

/// Which rows to copy where so that those that stay are the first: `(from, to)`, and how many stay.
pub(super) fn gaps(leaving: &[bool]) -> (Vec<(i64, i64)>, usize) {
    let staying = leaving.iter().filter(|&&leaves| !leaves).count();
    let holes = (0..staying).filter(|&row| leaving[row]);
    let last = (staying..leaving.len()).filter(|&row| !leaving[row]);
    (last.zip(holes).map(|(from, to)| (from as i64, to as i64)).collect(), staying)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_rows_fill_the_holes() {
        assert_eq!(gaps(&[false, true, false, true, false, false]), (vec![(4, 1), (5, 3)], 4));
        assert_eq!(gaps(&[true, false]), (vec![(1, 0)], 1));
        assert_eq!(gaps(&[false, true, true]), (vec![], 1));
        assert_eq!(gaps(&[true, true]), (vec![], 0));
    }
}
