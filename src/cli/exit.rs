//! How a verb ends: three exit codes, and the marker that makes an error a usage error.

use std::fmt::Display;
use std::process::ExitCode;

/// What the process tells its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// Done.
    Success = 0,
    /// The run failed, or a check found something wrong.
    Failure = 1,
    /// The invocation is at fault: an unknown flag, dataset, task or knob, a value out of range, a file that is not there.
    Usage = 2,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}

/// Marks an error as the caller's: wrapped around a cause with [`AsUsage::usage`], or made from words with [`usage`].
#[derive(Debug)]
struct UsageError(String);

impl Display for UsageError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// An error that ends the process with [`ExitStatus::Usage`].
///
/// ```
/// use ssl4rl::cli::{ExitStatus, status_of, usage};
/// assert_eq!(status_of(&usage("no dataset was named")), ExitStatus::Usage);
/// ```
pub fn usage(message: impl Display) -> anyhow::Error {
    UsageError(message.to_string()).into()
}

/// Turns any library error into a usage error, keeping its message and its causes.
///
/// ```
/// use ssl4rl::cli::{AsUsage, ExitStatus, status_of};
/// let refused = "twelve".parse::<u64>().usage().unwrap_err();
/// assert_eq!(status_of(&refused), ExitStatus::Usage);
/// assert_eq!(format!("{refused:#}"), "invalid digit found in string");
/// ```
pub trait AsUsage<T> {
    /// Marks the error, if any, as a usage error.
    fn usage(self) -> anyhow::Result<T>;
}

impl<T, E: Into<anyhow::Error>> AsUsage<T> for Result<T, E> {
    fn usage(self) -> anyhow::Result<T> {
        self.map_err(|error| {
            let error: anyhow::Error = error.into();
            Marked(error).into()
        })
    }
}

/// Shows exactly what it wraps; its type alone says that the caller is at fault.
struct Marked(anyhow::Error);

impl std::fmt::Debug for Marked {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.0, formatter)
    }
}

impl Display for Marked {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

impl std::error::Error for Marked {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

/// The exit status an error calls for: `Usage` where any error of the chain is marked so, `Failure` elsewhere.
pub fn status_of(error: &anyhow::Error) -> ExitStatus {
    let marked = error.chain().any(|cause| cause.is::<UsageError>() || cause.is::<Marked>());
    if marked { ExitStatus::Usage } else { ExitStatus::Failure }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn usage_survives_context_and_keeps_its_causes() {
        let cause = std::io::Error::other("inner");
        let error = Err::<(), _>(anyhow::Error::new(cause).context("outer")).usage().context("around").unwrap_err();
        assert_eq!(status_of(&error), ExitStatus::Usage);
        assert_eq!(format!("{error:#}"), "around: outer: inner");
    }

    #[test]
    fn other_errors_are_failures() {
        assert_eq!(status_of(&anyhow::anyhow!("disk full")), ExitStatus::Failure);
    }
}
