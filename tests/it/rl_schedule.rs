//! The learning rate of every step, worked out by hand.

use ssl4rl::config::{OptimizerConfig, Schedule};
use ssl4rl::rl::schedule::learning_rate;

use crate::by_hand::close;

#[test]
fn learning_rate_by_hand() {
    let constant = OptimizerConfig { learning_rate: 0.8, warmup_steps: 4, ..OptimizerConfig::default() };
    let rates = |config: &OptimizerConfig, steps: u64| -> Vec<f64> {
        (0..steps).map(|step| learning_rate(config, step, steps)).collect()
    };
    close(&rates(&constant, 6), &[0.2, 0.4, 0.6, 0.8, 0.8, 0.8], 1e-15);

    let cosine = OptimizerConfig { schedule: Schedule::Cosine, warmup_steps: 2, ..constant.clone() };
    // Four steps after the warm-up: cosines of 0, 45, 90 and 135 degrees.
    let root = 0.5_f64.sqrt();
    let expected = [0.4, 0.8, 0.8, 0.4 * (1.0 + root), 0.4, 0.4 * (1.0 - root)];
    close(&rates(&cosine, 6), &expected, 1e-15);
    close(&[learning_rate(&cosine, 6, 6), learning_rate(&cosine, 60, 6)], &[0.0, 0.0], 1e-15);

    let cold = OptimizerConfig { warmup_steps: 0, ..constant };
    close(&rates(&cold, 2), &[0.8, 0.8], 0.0);
    // A run that ends within its warm-up.
    let short = OptimizerConfig { warmup_steps: 5, schedule: Schedule::Cosine, ..cold };
    close(&rates(&short, 2), &[0.16, 0.32], 1e-15);
}
