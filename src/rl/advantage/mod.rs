//! How much better than expected each token did.
//!
//! | [`Advantage`] | At every token of a completion with reward `R` |
//! |---|---|
//! | `group_std` | `(R - mean_g) / (std_g + epsilon)` |
//! | `batch_std` | `(R - mean_g) / (std_all + epsilon)` |
//! | `centered` | `R - mean_g` |
//! | `leave_one_out` | `R - mean of the others in the group` |
//! | `pass_at_k` | `(R - second best) / (std_g + epsilon)` for the best of the group, 0 for the others |
//! | `reinforce_pp` | the return from the token on, whitened over the tokens of the batch |
//! | `reinforce_pp_baseline` | `R - mean_g`, whitened over the tokens of the batch |
//!
//! `mean_g` and `std_g` are over a group, `std_all` is over the batch; standard deviations are those of a sample (divisor
//! `n - 1`). What is subtracted from the reward token by token (the KL, where it is in the reward) counts in `R` as its sum,
//! and in a return from its token on.
//!
//! ```
//! use ssl4rl::config::{Advantage, GrpoConfig};
//! use ssl4rl::rl::advantage::{Rewards, per_token};
//! let config = GrpoConfig { advantage: Advantage::Centered, ..GrpoConfig::default() };
//! let rewards = Rewards { scores: &[1.0, 0.0], lengths: &[1, 2], penalties: &[], group_size: 2 };
//! assert_eq!(per_token(&config, &rewards)?, [vec![0.5], vec![-0.5, -0.5]]);
//! # Ok::<(), ssl4rl::rl::RlError>(())
//! ```

pub mod group;
pub mod per_task;
pub mod reinforce_pp;

use super::RlError;
use crate::config::{Advantage, GrpoConfig};

/// What the completions of a batch earned, group after group: completions `0..group_size` answer the first prompt, and so on.
#[derive(Debug, Clone, Copy)]
pub struct Rewards<'batch> {
    /// Reward of each completion.
    pub scores: &'batch [f64],
    /// Tokens of each completion, at least 1.
    pub lengths: &'batch [usize],
    /// What is subtracted at each token of each completion; empty where nothing is.
    pub penalties: &'batch [Vec<f64>],
    /// Completions a prompt.
    pub group_size: usize,
}

/// The advantages that the settings define, for every token of every completion.
///
/// All completions of the batch count, so an update on a part of them has the same advantages. A reward that is not finite
/// and rewards that do not split into groups are errors.
pub fn per_token(config: &GrpoConfig, rewards: &Rewards<'_>) -> Result<Vec<Vec<f64>>, RlError> {
    rewards.check()?;
    let (totals, size, epsilon) = (rewards.totals(), rewards.group_size, config.advantage_epsilon);
    let of_completions = match config.advantage {
        Advantage::GroupStd => group::group_std(&totals, size, epsilon)?,
        Advantage::BatchStd => group::batch_std(&totals, size, epsilon)?,
        Advantage::Centered => group::centered(&totals, size)?,
        Advantage::LeaveOneOut => group::leave_one_out(&totals, size)?,
        Advantage::PassAtK => group::pass_at_k(&totals, size, epsilon)?,
        Advantage::ReinforcePp => return Ok(reinforce_pp::whitened(rewards.returns(config.gamma), epsilon)),
        Advantage::ReinforcePpBaseline => {
            return Ok(reinforce_pp::whitened(rewards.spread(&group::centered(&totals, size)?), epsilon));
        }
    };
    Ok(rewards.spread(&of_completions))
}

impl Rewards<'_> {
    fn check(&self) -> Result<(), RlError> {
        let completions = self.scores.len();
        let refuse = |what, got| Err(RlError::Lengths { what, expected: completions, got });
        if self.lengths.len() != completions {
            return refuse("lengths", self.lengths.len());
        }
        if !self.penalties.is_empty() && self.penalties.len() != completions {
            return refuse("penalties", self.penalties.len());
        }
        for (penalties, &length) in self.penalties.iter().zip(self.lengths) {
            if penalties.len() != length {
                return Err(RlError::Lengths {
                    what: "penalties of a completion",
                    expected: length,
                    got: penalties.len(),
                });
            }
        }
        group::finite(self.scores)
    }

    /// Each score less the sum of its penalties.
    fn totals(&self) -> Vec<f64> {
        let penalty = |row: usize| self.penalties.get(row).map_or(0.0, |penalties| penalties.iter().sum());
        self.scores.iter().enumerate().map(|(row, score)| score - penalty(row)).collect()
    }

    /// The discounted sum of what each token and those after it earn; the score is the last token's.
    fn returns(&self, gamma: f64) -> Vec<Vec<f64>> {
        let row_returns = |row: usize| {
            let mut returns = vec![0.0; self.lengths[row]];
            let mut later = 0.0;
            for (token, value) in returns.iter_mut().enumerate().rev() {
                let score = if token + 1 == self.lengths[row] { self.scores[row] } else { 0.0 };
                let penalty = self.penalties.get(row).map_or(0.0, |penalties| penalties[token]);
                later = score - penalty + gamma * later;
                *value = later;
            }
            returns
        };
        (0..self.scores.len()).map(row_returns).collect()
    }

    /// The same value at every token of a completion.
    fn spread(&self, of_completions: &[f64]) -> Vec<Vec<f64>> {
        of_completions.iter().zip(self.lengths).map(|(&value, &length)| vec![value; length]).collect()
    }
}
