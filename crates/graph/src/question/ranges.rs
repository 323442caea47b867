//! Range checks of numeric knobs, with errors that name the knob, its range and the value given.

use std::fmt::Display;
use std::ops::RangeInclusive;

use ssl4rl_tasks::TaskError;

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
