//! Log-probs of answers under a policy as it stands, without gradient: what a rollout correction, several updates a step and
//! a KL in the reward need before the first update.

use super::batch::{BranchedBatch, Branches, by_token_budget};
use super::lesson::Group;
use super::{MICRO_BATCH_TOKENS, TrainError};
use crate::model::Transformer;
use crate::rl::log_prob;

/// The log-prob of every token of every answer: `[group][answer][token]`.
pub(super) fn log_probs(
    transformer: &Transformer,
    groups: &[Group<'_>],
    temperature: f64,
) -> Result<Vec<Vec<Vec<f32>>>, TrainError> {
    let mut scored = vec![Vec::new(); groups.len()];
    let rows: Vec<Branches<'_>> = groups.iter().map(Group::branches).collect();
    let widths: Vec<usize> = rows.iter().map(Branches::width).collect();
    for micro_batch in by_token_budget(&widths, MICRO_BATCH_TOKENS) {
        let part: Vec<Branches<'_>> = micro_batch.iter().map(|&row| rows[row].clone()).collect();
        let batch = BranchedBatch::new(&part, transformer.device());
        let values = tch::no_grad(|| -> Result<Vec<f32>, TrainError> {
            let values = log_prob::log_probs(&batch.logits(transformer)?, batch.targets(), temperature)?;
            Ok(Vec::try_from(values.f_to_device(tch::Device::Cpu)?.f_to_kind(tch::Kind::Float)?)?)
        })?;
        let mut values = values.into_iter();
        for &row in &micro_batch {
            let of_answer = |completion: &&[i64]| values.by_ref().take(completion.len()).collect();
            scored[row] = rows[row].completions.iter().map(of_answer).collect();
        }
    }
    Ok(scored)
}
