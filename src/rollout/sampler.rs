//! Choosing the next token: temperature, top-k, top-p, then one uniform number a row through the inverse of the
//! cumulative distribution.
//!
//! The number comes from the completion's own seeded stream, so that a completion does not depend on what else is in the
//! batch. The recorded log-prob is that of the distribution sampled from.

use tch::{Kind, Tensor};

use crate::config::RolloutConfig;
use crate::kernels;

/// How tokens are drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampling {
    /// Divides the logits; 0 takes the most likely token.
    pub temperature: f64,
    /// Smallest set of tokens whose probability reaches this is kept; 1 keeps all.
    pub top_p: f64,
    /// Most likely tokens kept; 0 keeps all.
    pub top_k: i64,
    /// Shortest completion, in tokens: before it has as many, a completion cannot end.
    pub min_new_tokens: i64,
    /// Longest completion, in tokens.
    pub max_new_tokens: i64,
    /// Tokens that end a completion, beside the end of the turn.
    pub stop_tokens: Vec<i64>,
    /// Texts that end a completion. They stay in it: what was drawn is what is learned from.
    pub stop_strings: Vec<String>,
    /// Most memory of cached keys and values, in bytes; completions beyond it wait.
    pub cache_bytes: i64,
    /// Whether the step is recorded where it can be, on a GPU.
    pub record_steps: bool,
}

impl Default for Sampling {
    /// The distribution as it is, for 16 tokens at most.
    fn default() -> Self {
        Self {
            temperature: 1.0,
            top_p: 1.0,
            top_k: 0,
            min_new_tokens: 0,
            max_new_tokens: 16,
            stop_tokens: Vec::new(),
            stop_strings: Vec::new(),
            cache_bytes: 4 << 30,
            record_steps: true,
        }
    }
}

impl Sampling {
    /// The settings of a run's rollouts.
    pub fn of(config: &RolloutConfig) -> Self {
        Self {
            temperature: config.temperature,
            top_p: config.top_p,
            top_k: config.top_k,
            min_new_tokens: config.min_new_tokens,
            max_new_tokens: config.max_new_tokens,
            stop_tokens: Vec::new(),
            stop_strings: config.stop.clone(),
            cache_bytes: (config.cache_gib * f64::from(1 << 30)) as i64,
            record_steps: config.record_steps,
        }
    }

    /// Whether every token of the vocabulary can be drawn.
    fn keeps_all(&self, logits: &Tensor) -> bool {
        let vocab = logits.size().last().copied().unwrap_or(0);
        self.temperature > 0.0 && self.top_p >= 1.0 && (self.top_k == 0 || self.top_k >= vocab)
    }

    /// Always the most likely token.
    pub fn greedy(max_new_tokens: i64) -> Self {
        Self { temperature: 0.0, max_new_tokens, ..Self::default() }
    }
}

/// Draws a token a row: `logits` `[rows, vocab]` float32, `uniforms` `[rows]` in `[0, 1)`; gives tokens `[rows]` and their
/// log-probs `[rows]`.
pub fn choose(logits: &Tensor, uniforms: &Tensor, sampling: &Sampling) -> (Tensor, Tensor) {
    if sampling.keeps_all(logits) && kernels::suits(&[logits, uniforms]) {
        return kernels::draw(logits, uniforms, sampling.temperature);
    }
    let log_probs = if sampling.temperature == 0.0 {
        logits.log_softmax(-1, Kind::Float)
    } else {
        truncate(&(logits / sampling.temperature), sampling).log_softmax(-1, Kind::Float)
    };
    let tokens =
        if sampling.temperature == 0.0 { log_probs.argmax(-1, true) } else { invert(&log_probs.exp(), uniforms) };
    let chosen = log_probs.gather(-1, &tokens, false);
    (tokens.squeeze_dim(-1), chosen.squeeze_dim(-1))
}

/// Columns whose weights are added up as one before any of them is looked at alone.
const BLOCK: i64 = 512;

/// The first column of each row whose cumulative weight exceeds the row's share of the total, `[rows, 1]`; never a column of weight
/// 0. `weights` are `[rows, columns]`, `uniforms` `[rows]` in `[0, 1)`.
///
/// First the block of columns is found, then the column in it, so that the weights are read once.
fn invert(weights: &Tensor, uniforms: &Tensor) -> Tensor {
    let (columns, options) = (weights.size()[1], (Kind::Int64, weights.device()));
    let sums = block_sums(weights); // [rows, blocks]
    let ends = sums.cumsum(-1, Kind::Float);
    // In float32 a uniform number just below 1 may round the point up to the total itself; stay below it.
    let point = uniforms.unsqueeze(-1).clamp_max(1.0 - f64::from(f32::EPSILON)) * ends.narrow(1, -1, 1); // [rows, 1]
    let passed = |ends: &Tensor| ends.le_tensor(&point).sum_dim_intlist([-1_i64].as_slice(), true, Kind::Int64);
    let block = passed(&ends); // [rows, 1]
    let before = ends.gather(1, &(&block - 1).clamp_min(0), false).masked_fill(&block.eq(0), 0.0);

    let column = Tensor::arange(BLOCK, options);
    let places = block * BLOCK + &column; // [rows, BLOCK]
    let inside = weights.gather(1, &places.clamp_max(columns - 1), false).masked_fill(&places.ge(columns), 0.0);
    // Added up in another order the block may end below the point: then it is the last column that can be.
    let last = (inside.gt(0.0) * column).amax([-1_i64].as_slice(), true);
    let found = passed(&(inside.cumsum(-1, Kind::Float) + before)).minimum(&last);
    places.gather(1, &found, false)
}

/// The sums of blocks of columns, the last of which may be short or empty, `[rows, blocks]`.
fn block_sums(weights: &Tensor) -> Tensor {
    let (rows, columns) = (weights.size()[0], weights.size()[1]);
    let whole = columns / BLOCK * BLOCK;
    let add = |weights: Tensor| weights.sum_dim_intlist([-1_i64].as_slice(), false, Kind::Float);
    let blocks = add(weights.narrow(1, 0, whole).unflatten(1, [columns / BLOCK, BLOCK]));
    Tensor::cat(&[blocks, add(weights.narrow(1, whole, columns - whole)).view([rows, 1])], 1)
}

/// Sets logits outside the top k and outside the nucleus to minus infinity.
fn truncate(logits: &Tensor, sampling: &Sampling) -> Tensor {
    let vocab = logits.size().last().copied().unwrap_or(0);
    let mut kept = logits.shallow_clone();
    if sampling.top_k > 0 && sampling.top_k < vocab {
        let (best, _) = kept.topk(sampling.top_k, -1, true, true);
        let threshold = best.narrow(-1, -1, 1);
        kept = kept.masked_fill(&kept.lt_tensor(&threshold), f64::NEG_INFINITY);
    }
    if sampling.top_p < 1.0 {
        let (sorted, order) = kept.sort(-1, true);
        let probabilities = sorted.softmax(-1, Kind::Float);
        let before = probabilities.cumsum(-1, Kind::Float) - &probabilities;
        let sorted = sorted.masked_fill(&before.ge(sampling.top_p), f64::NEG_INFINITY);
        kept = kept.scatter(-1, &order, &sorted);
    }
    kept
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;
    use crate::tasks::{Split, TaskRng};

    /// Rows of weights, half of which are 0, and a share for each row, 0 and nearly 1 among them.
    fn drawn(rows: usize, columns: usize) -> (Vec<Vec<f32>>, Vec<f32>) {
        let mut stream = TaskRng::new(3, "tests/invert", Split::Train, columns as u64);
        let mut weight = || if stream.below(2) == 0 { 0.0 } else { stream.unit() as f32 };
        let weights: Vec<Vec<f32>> = (0..rows)
            .map(|row| (0..columns).map(|column| if column == row % columns { 0.5 } else { weight() }).collect())
            .collect();
        let mut shares: Vec<f32> = (0..rows).map(|_| stream.unit() as f32).collect();
        shares[0] = 0.0;
        shares[1] = 1.0 - f32::EPSILON;
        (weights, shares)
    }

    #[test]
    fn the_column_that_is_found_is_that_of_a_scan_in_float64() {
        for columns in [1, 5, 511, 512, 513, 1500, 2048] {
            let (weights, shares) = drawn(40, columns);
            let tensor = Tensor::from_slice(&weights.concat()).view([40, columns as i64]);
            let found: Vec<i64> = invert(&tensor, &Tensor::from_slice(&shares)).flatten(0, -1).try_into().unwrap();
            for ((row, share), found) in weights.iter().zip(shares).zip(found) {
                let total: f64 = row.iter().map(|&weight| f64::from(weight)).sum();
                let before: f64 = row[..found as usize].iter().map(|&weight| f64::from(weight)).sum();
                let (weight, point) = (f64::from(row[found as usize]), f64::from(share) * total);
                let rounding = 1e-6 * total;
                let is_there = before <= point + rounding && before + weight > point - rounding;
                assert!(weight > 0.0 && is_there, "{columns} columns, share {share}: column {found}");
            }
        }
    }

    #[test]
    fn a_greedy_choice_is_the_largest_logit() {
        let logits = Tensor::from_slice(&[0.5_f32, 2.0, -1.0, 3.0, 0.0, 2.5]).view([2, 3]);
        let none = Tensor::zeros([2], (Kind::Float, Device::Cpu));
        let (tokens, _) = choose(&logits, &none, &Sampling::greedy(1));
        assert_eq!(Vec::<i64>::try_from(tokens).unwrap(), [1, 0]);
    }
}
