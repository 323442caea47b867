//! Why settings are refused.

use std::io;
use std::path::PathBuf;

/// Why settings are refused: always the caller's to mend.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A knob is out of its range.
    #[error("`{knob}` must be {expected}, got {got}")]
    OutOfRange {
        /// The knob, with its section: `rollout.group_size`.
        knob: String,
        /// Allowed values.
        expected: &'static str,
        /// The value given.
        got: String,
    },
    /// The file cannot be read.
    #[error("cannot read the settings file `{}`: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write the settings file `{}`: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not TOML, or a value has the wrong type.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What was expected and what was found.
        message: String,
    },
    /// The file names a knob that does not exist.
    #[error("{}:{line}:{column}: unknown knob `{knob}`; {hint}", path.display())]
    UnknownInFile {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// The knob, with its section.
        knob: String,
        /// The nearest knob, or the list.
        hint: String,
    },
    /// A flag names a knob that does not exist.
    #[error("unknown knob `{knob}`; {hint}")]
    Unknown {
        /// The knob, with its section.
        knob: String,
        /// The nearest knob, or the list.
        hint: String,
    },
    /// A preset that does not exist.
    #[error("unknown preset `{name}`; {hint}")]
    UnknownPreset {
        /// The name given.
        name: String,
        /// The nearest preset, or the list.
        hint: String,
    },
    /// A flag's argument does not have its form, or its value has the wrong type.
    #[error("`{flag} {argument}`: {message}")]
    BadFlag {
        /// The flag.
        flag: &'static str,
        /// Its argument.
        argument: String,
        /// What was expected and what was found.
        message: String,
    },
    /// Settings cannot be written as TOML.
    #[error("the settings cannot be written as TOML: {message}")]
    NotToml {
        /// What the serializer said.
        message: String,
    },
}
