//! Ranges of knobs that several tasks have, beside the [checks](ssl4rl_tasks::ranges) of all tasks.

use std::ops::RangeInclusive;

pub use ssl4rl_tasks::ranges::{check, invalid};

/// Pixels that a side of a shown picture may have: one patch of Qwen2.5-VL to far more than a prompt holds.
pub const SIDES: RangeInclusive<usize> = 28..=2048;
