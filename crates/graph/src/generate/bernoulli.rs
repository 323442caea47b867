//! Which of many independent trials succeed, in time proportional to the successes.
//!
//! The number of failures before a success is at least `s` with probability `(1 - p)^s`. Comparing one uniform number with
//! products of the powers `(1 - p)^(2^j)` finds it in 48 multiplications, which every platform rounds alike; a logarithm
//! would not be.

use ssl4rl_tasks::TaskRng;

const LEVELS: usize = 48;

/// Independent trials with one probability of success.
pub(super) struct Bernoulli {
    /// `(1 - p)^(2^j)`.
    failure_powers: [f64; LEVELS],
}

impl Bernoulli {
    /// Trials that succeed with probability `p` in `0..=1`.
    pub(super) fn new(p: f64) -> Self {
        let mut failure_powers = [1.0 - p; LEVELS];
        for level in 1..LEVELS {
            failure_powers[level] = failure_powers[level - 1] * failure_powers[level - 1];
        }
        Self { failure_powers }
    }

    /// Calls `visit` with the `(row, column)` of every success among `columns(row)` trials a row, in order.
    pub(super) fn for_each_success(
        &self,
        rows: usize,
        columns: impl Fn(usize) -> usize,
        rng: &mut TaskRng,
        mut visit: impl FnMut(usize, usize),
    ) {
        let mut column = self.failures(rng);
        for row in 0..rows {
            let width = columns(row) as u64;
            while column < width {
                visit(row, column as usize);
                column += 1 + self.failures(rng);
            }
            column -= width;
        }
    }

    /// Failures before the next success, below 2^48.
    fn failures(&self, rng: &mut TaskRng) -> u64 {
        let uniform = rng.unit();
        let mut survival = 1.0;
        let mut count = 0;
        for level in (0..LEVELS).rev() {
            let longer = survival * self.failure_powers[level];
            if longer > uniform {
                survival = longer;
                count += 1 << level;
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssl4rl_tasks::Split;

    fn successes(p: f64, rows: usize, width: usize) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let mut rng = TaskRng::new(5, "test", Split::Train, 0);
        Bernoulli::new(p).for_each_success(rows, |_| width, &mut rng, |row, column| found.push((row, column)));
        found
    }

    #[test]
    fn certain_and_impossible_trials() {
        assert_eq!(successes(0.0, 100, 100), []);
        let all: Vec<_> = (0..7).flat_map(|row| (0..3).map(move |column| (row, column))).collect();
        assert_eq!(successes(1.0, 7, 3), all);
    }

    #[test]
    fn successes_are_evenly_spread_and_as_many_as_expected() {
        let found = successes(0.3, 200, 50);
        assert!(found.is_sorted());
        // 10,000 trials: mean 3,000, standard deviation 46.
        assert!((2770..3230).contains(&found.len()), "{}", found.len());
        let left = found.iter().filter(|(_, column)| *column < 25).count();
        // 5,000 trials: mean 1,500, standard deviation 32.
        assert!((1340..1660).contains(&left), "{left}");
    }
}
