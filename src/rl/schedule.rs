//! The learning rate of each optimizer step: a linear warm-up, then constant or a half cosine down to 0.
//!
//! Steps count from 0. The warm-up rises from `learning_rate / warmup_steps` at step 0 to the peak at step
//! `warmup_steps - 1`, so that no step is wasted at 0. The cosine starts at the peak at step `warmup_steps` and would reach
//! 0 at step `steps`, one past the last.

use std::f64::consts::PI;

use crate::config::{OptimizerConfig, Schedule};

/// The learning rate at `step` of a run of `steps`.
pub fn learning_rate(config: &OptimizerConfig, step: u64, steps: u64) -> f64 {
    if step < config.warmup_steps {
        return config.learning_rate * (step + 1) as f64 / config.warmup_steps as f64;
    }
    match config.schedule {
        Schedule::Constant => config.learning_rate,
        Schedule::Cosine => {
            let remaining = steps.saturating_sub(config.warmup_steps).max(1) as f64;
            let progress = ((step - config.warmup_steps) as f64 / remaining).min(1.0);
            config.learning_rate * (1.0 + (PI * progress).cos()) / 2.0
        }
    }
}
