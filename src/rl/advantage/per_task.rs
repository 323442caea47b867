//! Advantages of several tasks on one scale.
//!
//! Tasks differ in how far rewards spread within a group and in how many groups have a spread at all, and the task whose
//! advantages are largest pulls the policy hardest. Here every task's advantages are multiplied by one number, so that their
//! root mean square over the task's completions is that of the whole batch.
//!
//! ```
//! let mut advantages = [vec![3.0], vec![-3.0], vec![1.0], vec![-1.0]];
//! ssl4rl::rl::advantage::per_task::equalise(&mut advantages, &[0, 0, 1, 1]);
//! let scale = 5_f64.sqrt(); // the root of (9 + 9 + 1 + 1) / 4
//! assert_eq!(advantages, [vec![scale], vec![-scale], vec![scale], vec![-scale]]);
//! ```

use std::collections::BTreeMap;

/// Scales each task's advantages; `tasks` has the task of every completion. Nothing changes where there is one task, and
/// a task without advantages stays without.
pub fn equalise(advantages: &mut [Vec<f64>], tasks: &[usize]) {
    let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for (tokens, &task) in advantages.iter().zip(tasks) {
        let (squares, count) = sums.entry(task).or_default();
        // A completion counts once, however long it is.
        *squares += tokens.iter().map(|value| value * value).sum::<f64>() / tokens.len().max(1) as f64;
        *count += 1.0;
    }
    if sums.len() < 2 {
        return;
    }
    let root = |(squares, count): (f64, f64)| (squares / count).sqrt();
    let of_batch = root(sums.values().fold((0.0, 0.0), |sum, task| (sum.0 + task.0, sum.1 + task.1)));
    for (tokens, task) in advantages.iter_mut().zip(tasks) {
        let of_task = sums.get(task).copied().map_or(0.0, root);
        if of_task > 0.0 {
            for value in tokens {
                *value = *value / of_task * of_batch;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_task_is_left_to_the_last_bit() {
        let before = [vec![0.3, 0.3], vec![-0.1]];
        let mut advantages = before.clone();
        equalise(&mut advantages, &[4, 4]);
        assert_eq!(advantages, before);
    }

    #[test]
    fn a_task_that_teaches_nothing_stays_silent() {
        let mut advantages = [vec![2.0], vec![-2.0], vec![0.0], vec![0.0]];
        equalise(&mut advantages, &[0, 0, 1, 1]);
        // The batch's root mean square is the root of 8 / 4.
        let scale = 2_f64.sqrt();
        let close = |value: &Vec<f64>, expected: f64| (value[0] - expected).abs() < 1e-15;
        assert!(close(&advantages[0], scale) && close(&advantages[1], -scale), "{advantages:?}");
        assert_eq!((&advantages[2], &advantages[3]), (&vec![0.0], &vec![0.0]));
    }

    #[test]
    fn length_does_not_count() {
        let mut long = [vec![3.0; 10], vec![-3.0], vec![1.0], vec![-1.0]];
        equalise(&mut long, &[0, 0, 1, 1]);
        assert!((long[0][7] - 5_f64.sqrt()).abs() < 1e-12);
    }
}
