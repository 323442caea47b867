//! [`Printer`]: data on stdout, notes and progress on stderr.
//!
//! ```
//! use ssl4rl::cli::{Printer, Verbosity};
//! let (mut printer, captured) = Printer::captured(Verbosity::default());
//! printer.line("graph/edge-prediction")?;
//! printer.note("1 task");
//! assert_eq!(captured.stdout(), "graph/edge-prediction\n");
//! assert_eq!(captured.stderr(), "1 task\n");
//! # Ok::<(), std::io::Error>(())
//! ```

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::report::progress::Progress;

/// What the global flags ask for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verbosity {
    /// `--json`: data for programs.
    pub json: bool,
    /// `--quiet`: no notes, no progress.
    pub quiet: bool,
    /// Colour on stderr.
    pub color: bool,
}

/// Where a verb writes. Data goes to stdout; notes, warnings and progress go to stderr.
///
/// Writing data returns the error of the pipe or disk behind stdout: pass it up with `?`. When the reader has gone away
/// the process then ends quietly.
pub struct Printer {
    verbosity: Verbosity,
    output: Box<dyn Write + Send>,
    progress: Progress,
}

impl Printer {
    /// A printer on the process's own stdout and stderr.
    pub fn new(verbosity: Verbosity) -> Self {
        let progress = if verbosity.quiet {
            Progress::hidden(Box::new(io::stderr()))
        } else if io::stderr().is_terminal() {
            Progress::drawn()
        } else {
            Progress::plain(Box::new(io::stderr()))
        };
        Self { verbosity, output: Box::new(io::stdout()), progress }
    }

    /// A printer for tests, and what it wrote.
    pub fn captured(verbosity: Verbosity) -> (Self, Captured) {
        let captured = Captured::default();
        let errors = Box::new(captured.stderr.clone());
        let progress = if verbosity.quiet { Progress::hidden(errors) } else { Progress::plain(errors) };
        (Self { verbosity, output: Box::new(captured.stdout.clone()), progress }, captured)
    }

    /// Writes a line of data.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        let output = &mut self.output;
        self.progress.suspend(|| {
            output.write_all(text.as_bytes())?;
            output.write_all(b"\n")
        })
    }

    /// Writes a value as one line of JSON.
    pub fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string(value)?;
        self.line(&text)
    }

    /// Tells the user something, on stderr, unless `--quiet`.
    pub fn note(&mut self, text: &str) {
        if !self.verbosity.quiet {
            self.progress.message(text);
        }
    }

    /// Tells the user of something that may need attention, on stderr, even with `--quiet`.
    pub fn warning(&mut self, text: &str) {
        let label = self.paint("33", "warning:");
        self.progress.message(&format!("{label} {text}"));
    }

    /// Tells why the verb failed: the error, its causes and, after a blank line, its hints.
    pub fn error(&mut self, error: &anyhow::Error) {
        let label = self.paint("31", "error:");
        let text = super::failure::describe(error);
        self.progress.message(&format!("{label} {text}"));
    }

    /// Whether the caller asked for JSON.
    pub fn is_json(&self) -> bool {
        self.verbosity.json
    }

    /// Whether notes and progress are off.
    pub fn is_quiet(&self) -> bool {
        self.verbosity.quiet
    }

    /// Bars on stderr; a clone shares the terminal.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Writes out what is still buffered.
    pub fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.verbosity.color { format!("\x1b[1;{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Whether stderr should be coloured: it is a terminal, and neither the flag nor `NO_COLOR` forbids it.
pub(super) fn color_wanted(forbidden: bool) -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !forbidden && !no_color && io::stderr().is_terminal()
}

/// What a [captured](Printer::captured) printer wrote.
#[derive(Debug, Clone, Default)]
pub struct Captured {
    stdout: SharedBuffer,
    stderr: SharedBuffer,
}

impl Captured {
    /// Everything written as data.
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// Notes, warnings and progress lines.
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }
}

#[derive(Debug, Clone, Default)]
struct SharedBuffer(Arc<Mutex<Vec<u8>>>);

impl SharedBuffer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for SharedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_silences_notes_but_neither_data_nor_warnings() {
        let (mut printer, captured) = Printer::captured(Verbosity { quiet: true, ..Verbosity::default() });
        printer.note("not shown");
        printer.warning("the cache is old");
        printer.json(&[1, 2]).unwrap();
        assert_eq!(captured.stdout(), "[1,2]\n");
        assert_eq!(captured.stderr(), "warning: the cache is old\n");
    }
}
