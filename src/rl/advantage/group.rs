//! How much better a completion did than the others of its group: one number a completion.
//!
//! Rewards come as one slice, group after group. A group whose rewards are all equal has advantages of exactly 0: it
//! teaches nothing.
//!
//! ```
//! let advantages = ssl4rl::rl::advantage::group::centered(&[1.0, 0.0, 0.5, 0.5], 2)?;
//! assert_eq!(advantages, [0.5, -0.5, 0.0, 0.0]);
//! # Ok::<(), ssl4rl::rl::RlError>(())
//! ```

use crate::rl::RlError;

/// `(R - mean_g) / (std_g + epsilon)`, the advantage of GRPO.
pub fn group_std(rewards: &[f64], group_size: usize, epsilon: f64) -> Result<Vec<f64>, RlError> {
    let mut advantages = centered(rewards, group_size)?;
    for group in advantages.chunks_exact_mut(group_size) {
        let scale = sample_std(group) + epsilon;
        divide(group, scale);
    }
    Ok(advantages)
}

/// `(R - mean_g) / (std_all + epsilon)`: groups keep their spread relative to each other.
pub fn batch_std(rewards: &[f64], group_size: usize, epsilon: f64) -> Result<Vec<f64>, RlError> {
    let mut advantages = centered(rewards, group_size)?;
    let scale = sample_std(&deviations(rewards)) + epsilon;
    divide(&mut advantages, scale);
    Ok(advantages)
}

/// `R - mean_g`, the advantage of Dr. GRPO: no division, so easy and hard questions weigh as their rewards say.
pub fn centered(rewards: &[f64], group_size: usize) -> Result<Vec<f64>, RlError> {
    check(rewards, group_size)?;
    Ok(rewards.chunks_exact(group_size).flat_map(deviations).collect())
}

/// `R - mean of the others in the group`, the advantage of RLOO; equals [`centered`] times `n / (n - 1)`.
pub fn leave_one_out(rewards: &[f64], group_size: usize) -> Result<Vec<f64>, RlError> {
    let mut advantages = centered(rewards, group_size)?;
    let size = group_size as f64;
    divide(&mut advantages, (size - 1.0) / size);
    Ok(advantages)
}

/// What the best of a group adds to it, `(best - second best) / (std_g + epsilon)`, and 0 for the others: the gradient of
/// the best of `k` attempts (verl's `grpo_passk`).
pub fn pass_at_k(rewards: &[f64], group_size: usize, epsilon: f64) -> Result<Vec<f64>, RlError> {
    let mut advantages = centered(rewards, group_size)?;
    for group in advantages.chunks_exact_mut(group_size) {
        let scale = sample_std(group) + epsilon;
        let mut order: Vec<usize> = (0..group_size).collect();
        order.sort_by(|&one, &other| group[other].total_cmp(&group[one]));
        let lead = group[order[0]] - group[order[1]];
        group.fill(0.0);
        group[order[0]] = lead;
        divide(group, scale);
    }
    Ok(advantages)
}

/// Whether rewards that are compared with each other are all equal, and so teach nothing.
///
/// A completion without others is compared with nothing here, and counts as teaching.
pub fn all_equal(rewards: &[f64]) -> bool {
    rewards.len() > 1 && deviations(rewards).iter().all(|deviation| *deviation == 0.0)
}

/// Refuses rewards that are infinite or not numbers.
pub(super) fn finite(rewards: &[f64]) -> Result<(), RlError> {
    match rewards.iter().position(|reward| !reward.is_finite()) {
        Some(index) => Err(RlError::Reward { index, value: rewards[index] }),
        None => Ok(()),
    }
}

fn check(rewards: &[f64], group_size: usize) -> Result<(), RlError> {
    if group_size < 2 || !rewards.len().is_multiple_of(group_size) {
        return Err(RlError::Group { group_size, rewards: rewards.len() });
    }
    finite(rewards)
}

/// Each value less the mean. Values are first taken relative to the first one, so that equal values give exact zeros.
pub(super) fn deviations(values: &[f64]) -> Vec<f64> {
    let Some(&first) = values.first() else { return Vec::new() };
    let mean = values.iter().map(|value| value - first).sum::<f64>() / values.len() as f64;
    values.iter().map(|value| value - first - mean).collect()
}

/// The sample standard deviation of values, given their deviations from the mean.
fn sample_std(deviations: &[f64]) -> f64 {
    sample_variance(deviations).sqrt()
}

/// The sample variance of values, given their deviations from the mean; 0 for a single value.
pub(super) fn sample_variance(deviations: &[f64]) -> f64 {
    let squares: f64 = deviations.iter().map(|deviation| deviation * deviation).sum();
    squares / (deviations.len() as f64 - 1.0).max(1.0)
}

pub(super) fn divide(values: &mut [f64], divisor: f64) {
    for value in values {
        // 0 / 0 where all rewards are equal and epsilon is 0: the advantage is 0.
        if *value != 0.0 {
            *value /= divisor;
        }
    }
}
