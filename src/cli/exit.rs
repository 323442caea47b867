//! How a verb ends: the exit codes, and the marker that makes an error a usage error.
//!
//! The same words to the program fail again where they are at fault (2), and may do later where a network, a disk or the run failed (1).

use std::error::Error;
use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use crate::config::ConfigError;
use crate::data::{DataError, FetchError};
#[cfg(feature = "torch")]
use crate::model::hub::HubError;
use crate::report::RunFolderError;
use crate::tasks::{MixtureError, OpenError, RegistryError, TaskError};
#[cfg(feature = "torch")]
use crate::train::TrainError;

/// The exit codes as `ssl4rl --help` lists them.
pub(super) const CODES: &str = "\
Exit codes:
  0    Done
  1    The run failed, a check found something wrong, or the network, the disk or
       a download failed: the same command may do later
  2    The command is at fault: an unknown option, task, knob or dataset, a value
       out of range, a file that is not there, a run that cannot fit into memory,
       or `--offline` where files are missing
  130  Stopped by Ctrl-C; of a run, after a whole step: `ssl4rl resume` goes on";

/// What the process tells its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// Done.
    Success = 0,
    /// The run failed, a check found something wrong, or the network, the disk or a download failed.
    Failure = 1,
    /// The invocation is at fault: an unknown flag, dataset, task or knob, a value out of range, a file that is not there.
    Usage = 2,
    /// The user stopped the run; it was left after a whole step and can be resumed. The customary code of SIGINT.
    Interrupted = 130,
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

/// What a verb says that was built without libtorch and needs it.
#[cfg(not(feature = "torch"))]
pub(super) fn needs_torch(verb: &str) -> anyhow::Error {
    usage(format!(
        "`ssl4rl {verb}` needs libtorch, and this program was built without it\n\
         hint: build with the default features: `cargo build --release`; the readme says how to get libtorch"
    ))
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

/// An error that came in a box, shown as it is; [`causes`] finds its type again.
#[derive(Debug)]
struct Boxed(OpenError);

impl Display for Boxed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Error for Boxed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// What a modality gave, its error a usage error but where the network or the disk is at fault.
pub(super) fn opened<T>(result: Result<T, OpenError>) -> anyhow::Result<T> {
    result.map_err(Boxed).usage()
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

/// The exit status an error calls for: `Usage` where any error of the chain says that the caller is at fault, and none that a network
/// or a disk is.
pub fn status_of(error: &anyhow::Error) -> ExitStatus {
    let causes = causes(error);
    let at_the_caller = causes.iter().any(|cause| is_usage(*cause)) && !causes.iter().any(|cause| is_outside(*cause));
    if at_the_caller { ExitStatus::Usage } else { ExitStatus::Failure }
}

/// Every error of the chain, and what a mark covers as well: a mark shows the text of what it wraps, but not its type.
pub(super) fn causes(error: &anyhow::Error) -> Vec<&(dyn std::error::Error + 'static)> {
    let mut found = Vec::new();
    for cause in error.chain() {
        found.push(cause);
        if let Some(marked) = cause.downcast_ref::<Marked>() {
            found.extend(causes(&marked.0));
        }
        if let Some(Boxed(inner)) = cause.downcast_ref() {
            found.push(&**inner);
        }
    }
    found
}

/// Whether an error is marked, or is of a kind that only the caller can mend.
fn is_usage(cause: &(dyn std::error::Error + 'static)) -> bool {
    let run_folder = cause.downcast_ref::<RunFolderError>().is_some_and(RunFolderError::is_usage);
    let task = cause.downcast_ref::<TaskError>().is_some_and(task_is_at_the_caller);
    let registry = match cause.downcast_ref::<RegistryError>() {
        Some(RegistryError::Unknown { .. }) => true,
        Some(RegistryError::Task(error)) => task_is_at_the_caller(error),
        _ => false,
    };
    let mixture = match cause.downcast_ref::<MixtureError>() {
        Some(MixtureError::Task(error)) => task_is_at_the_caller(error),
        Some(_) => true,
        None => false,
    };
    #[cfg(feature = "torch")]
    let model = cause.downcast_ref::<HubError>().is_some_and(HubError::is_usage);
    #[cfg(not(feature = "torch"))]
    let model = false;
    cause.is::<UsageError>()
        || cause.is::<Marked>()
        || cause.is::<ConfigError>()
        || model
        || run_folder
        || task
        || registry
        || mixture
}

/// Whether the same invocation may do later: a network or a server failed, or a disk is full.
fn is_outside(cause: &(dyn Error + 'static)) -> bool {
    use io::ErrorKind::{QuotaExceeded, StorageFull};
    let fetch = match cause.downcast_ref::<DataError>() {
        Some(DataError::Fetch(error)) => Some(error),
        _ => cause.downcast_ref::<FetchError>(),
    };
    // A file that cannot be written is another place's to take, unless the disk is full.
    let fetch = fetch.is_some_and(|error| !matches!(error, FetchError::Write { .. }));
    let disk =
        cause.downcast_ref::<io::Error>().is_some_and(|error| matches!(error.kind(), StorageFull | QuotaExceeded));
    #[cfg(feature = "torch")]
    let hub = match cause.downcast_ref::<TrainError>() {
        Some(TrainError::Hub(error)) => Some(error),
        _ => cause.downcast_ref::<HubError>(),
    };
    #[cfg(feature = "torch")]
    let hub = matches!(hub, Some(HubError::Network { .. } | HubError::WrongContent { .. }));
    #[cfg(not(feature = "torch"))]
    let hub = false;
    fetch || disk || hub
}

fn task_is_at_the_caller(error: &TaskError) -> bool {
    use TaskError::{InvalidConfig, NoSample, RefusedValue, UnknownKnob, UnreadableConfig, Unusable};
    matches!(
        error,
        InvalidConfig { .. }
            | UnreadableConfig { .. }
            | RefusedValue { .. }
            | UnknownKnob { .. }
            | Unusable { .. }
            | NoSample { .. }
    )
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
        assert_eq!(causes(&error).into_iter().filter(|cause| cause.is::<std::io::Error>()).count(), 2);
    }

    #[test]
    fn errors_only_the_caller_can_mend_need_no_mark() {
        let unknown = crate::builtin_registry().unwrap().build("graph/nothing-like-it", None).err().unwrap();
        assert_eq!(status_of(&anyhow::Error::new(unknown).context("cannot start")), ExitStatus::Usage);
        let unknown = crate::config::Config::default().set("grpo.step=1").unwrap_err();
        assert_eq!(status_of(&unknown.into()), ExitStatus::Usage);
    }

    #[test]
    fn other_errors_are_failures() {
        assert_eq!(status_of(&anyhow::anyhow!("disk full")), ExitStatus::Failure);
    }
}
