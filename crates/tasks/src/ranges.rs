//! Range checks of numeric knobs, with errors that name the knob, its range and the value given.
//!
//! ```
//! use ssl4rl_tasks::ranges;
//! assert!(ranges::check("graph/degree", "options", &4, 2..=8).is_ok());
//! let error = ranges::check("graph/degree", "options", &9, 2..=8).unwrap_err();
//! assert!(error.to_string().contains("between 2 and 8"));
//! ```

use std::fmt::Display;
use std::ops::RangeInclusive;

use super::TaskError;

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
