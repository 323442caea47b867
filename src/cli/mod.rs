//! The command line: one file a verb.

pub mod data;
mod exit;
mod failure;
mod printer;
pub mod tasks;

pub use exit::{AsUsage, ExitStatus, status_of, usage};
pub use printer::{Captured, Printer, Verbosity};
