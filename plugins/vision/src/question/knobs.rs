//! Range checks of numeric knobs, with errors that name the knob, its range and the value given.

use std::fmt::Display;
use std::ops::RangeInclusive;

use ssl4rl_tasks::TaskError;

/// Pixels that a side of a shown picture may have: one patch of Qwen2.5-VL to far more than a prompt holds.
pub const SIDES: RangeInclusive<usize> = 28..=2048;

/// Checks one knob of `task`.
pub fn check<Number: PartialOrd + Display>(
    task: &'static str,
    field: &'static str,
    value: &Number,
    range: RangeInclusive<Number>,
) -> Result<(), TaskError> {
    if range.contains(value) {
        return Ok(());
    }
    let expected = format!("between {} and {}", range.start(), range.end());
    Err(invalid(task, field, expected, value.to_string()))
}

/// The error for a knob that is out of its range.
pub fn invalid(
    task: &'static str,
    field: &'static str,
    expected: impl Into<String>,
    got: impl Into<String>,
) -> TaskError {
    TaskError::InvalidConfig { task, field, expected: expected.into(), got: got.into() }
}
