//! Ctrl-C and termination: once to finish what is under way and leave; twice to leave now.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::ExitStatus;

/// Whether the user asked the process to stop. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    requested: Arc<AtomicBool>,
}

impl Interrupt {
    /// Listens to the signals of this process (SIGINT, SIGTERM, SIGHUP); may be called once a process.
    ///
    /// The first sets the flag and calls `asked`, on a thread of its own. The second ends the process on the spot with
    /// [`ExitStatus::Interrupted`]; files that are written aside stay invisible.
    pub fn install(asked: impl Fn() + Send + 'static) -> Result<Self, ctrlc::Error> {
        let interrupt = Self::default();
        let handle = interrupt.clone();
        ctrlc::set_handler(move || {
            if handle.request() {
                leave();
            }
            asked();
        })?;
        Ok(interrupt)
    }

    /// Asks the process to stop; returns whether it had been asked before.
    pub fn request(&self) -> bool {
        self.requested.swap(true, Ordering::SeqCst)
    }

    /// Whether the run should finish its step, write a checkpoint and leave.
    pub fn is_requested(&self) -> bool {
        self.requested.load(Ordering::SeqCst)
    }

    /// The flag itself, for code that must not know of the command line.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.requested)
    }
}

/// Ends the process without the destructors of its libraries: other threads are still computing with what these would take apart.
fn leave() {
    signal_hook::low_level::exit(i32::from(ExitStatus::Interrupted as u8));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_request_is_told_from_the_first() {
        let interrupt = Interrupt::default();
        assert!(!interrupt.is_requested());
        assert!(!interrupt.request());
        assert!(interrupt.is_requested() && interrupt.flag().load(Ordering::SeqCst));
        assert!(interrupt.request());
    }
}
