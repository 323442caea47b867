//! Log-probs of given completions under a policy as it stands, without gradient: what a rollout correction, several updates a step
//! and a KL in the reward need before the first update, and what exams ask that look at how likely a text is.

use tch::{Device, Kind};

use super::TrainError;
use super::batch::{Branches, PackedBatch, by_token_budget};
use super::lesson::Group;
use crate::config::Config;
use crate::model::Transformer;

/// The log-prob of every token of every answer: `[group][answer][token]`.
pub(super) fn log_probs(
    transformer: &Transformer,
    groups: &[Group<'_>],
    config: &Config,
) -> Result<Vec<Vec<Vec<f32>>>, TrainError> {
    let rows: Vec<Branches<'_>> = groups.iter().map(Group::branches).collect();
    of_rows(transformer, &rows, config.rollout.temperature, config.trainer.micro_batch_tokens, |_| ())
}

/// The log-prob of every token of every completion at `temperature`: `[row][completion][token]`. Rows are computed in batches of at
/// most `micro_batch_tokens` tokens; `scored` is told how many each had.
pub(super) fn of_rows(
    transformer: &Transformer,
    rows: &[Branches<'_>],
    temperature: f64,
    micro_batch_tokens: u64,
    scored: impl Fn(u64),
) -> Result<Vec<Vec<Vec<f32>>>, TrainError> {
    let mut found = vec![Vec::new(); rows.len()];
    let widths: Vec<usize> = rows.iter().map(Branches::width).collect();
    for micro_batch in by_token_budget(&widths, micro_batch_tokens as usize) {
        let part: Vec<Branches<'_>> = micro_batch.iter().map(|&row| rows[row].clone()).collect();
        let batch = PackedBatch::new(&part, transformer.device());
        let values = batch.log_probs(transformer, temperature)?.log_probs;
        let values: Vec<f32> = Vec::try_from(values.f_to_device(Device::Cpu)?.f_to_kind(Kind::Float)?)?;
        let mut values = values.into_iter();
        for &row in &micro_batch {
            let of_completion = |completion: &&[i64]| values.by_ref().take(completion.len()).collect();
            found[row] = rows[row].completions.iter().map(of_completion).collect();
        }
        scored(micro_batch.len() as u64);
    }
    Ok(found)
}
