//! Prompts with several completions each, and the plain way to score them that packed batches are compared with.

use ssl4rl::model::{BranchedRows, PROMPT, Transformer};
use ssl4rl::rl::log_prob;
use ssl4rl::train::batch::Branches;
use tch::{Device, Kind, Tensor};

pub(crate) const TEMPERATURE: f64 = 0.8;

/// Prompts and completions of unequal lengths, some completions of a single token among them.
const ROWS: &[(&[i64], &[&[i64]])] = &[
    (&[1, 2, 3, 4, 5, 6, 7], &[&[8, 9, 10], &[11], &[12, 13, 14, 15, 16]]),
    (&[17, 18], &[&[19, 20, 21, 22], &[23, 24]]),
    (&[25, 26, 27, 28], &[&[29], &[30, 31, 32]]),
];

pub(crate) fn rows() -> Vec<Branches<'static>> {
    ROWS.iter()
        .map(|&(prompt, completions)| Branches { prompt: prompt.into(), completions: completions.to_vec() })
        .collect()
}

/// Log-probs of all completions of [`rows`], one after the other, each from its whole text in a row of its own.
pub(crate) fn alone(transformer: &Transformer) -> Tensor {
    let of_row = |(prompt, completions): &(&[i64], &[&[i64]])| {
        completions.iter().map(|completion| one_alone(transformer, prompt, completion)).collect::<Vec<_>>()
    };
    Tensor::cat(&ROWS.iter().flat_map(of_row).collect::<Vec<_>>(), 0)
}

fn one_alone(transformer: &Transformer, prompt: &[i64], completion: &[i64]) -> Tensor {
    let text: Vec<i64> = [prompt, completion].concat();
    let ids = Tensor::from_slice(&text);
    let positions = Tensor::arange(text.len() as i64, (Kind::Int64, Device::Cpu));
    let mut row = BranchedRows::new(&(ids.zeros_like() + PROMPT).unsqueeze(0));
    let hidden = transformer.forward(&ids, &positions, &mut row, None);
    let logits = hidden.matmul(&transformer.head_weight().tr());
    let predicting = logits.narrow(0, prompt.len() as i64 - 1, completion.len() as i64);
    log_prob::log_probs(&predicting, &Tensor::from_slice(completion), TEMPERATURE).unwrap()
}
