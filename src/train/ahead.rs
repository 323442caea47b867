//! The questions of the next step, made while this one is answered and learned from, so that no step waits for data to be read.
//!
//! At most one batch is ahead. It is a function of the mixture and the index of its first question, and the same whether it was made
//! ahead or not: where a curriculum moved a task meanwhile, it is thrown away and made anew.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::{Scope, ScopedJoinHandle};

use super::ask::{Asked, Asking};
use super::{Run, TrainError};
use crate::tasks::Mixture;

/// A maker of questions with a thread of its own.
pub(super) struct Ahead<'scope, 'run> {
    scope: &'scope Scope<'scope, 'run>,
    asking: Asking<'run>,
    begun: Option<Begun<'scope>>,
}

/// Questions that are being made.
struct Begun<'scope> {
    first: u64,
    mixture: Arc<Mixture>,
    thread: ScopedJoinHandle<'scope, Result<Asked, TrainError>>,
}

impl<'scope, 'run> Ahead<'scope, 'run> {
    pub(super) fn new(scope: &'scope Scope<'scope, 'run>, run: &Run<'run>) -> Self {
        Self { scope, asking: Asking::of(run.policy, run.config), begun: None }
    }

    /// A batch of questions of `mixture`, the first of which has index `first`; where `more` follow, those are begun.
    pub(super) fn take(&mut self, mixture: &Mixture, first: u64, more: bool) -> Result<Asked, TrainError> {
        let asked = match self.begun.take() {
            Some(Begun { first: begun, mixture: its, thread }) => {
                let made = thread.join().unwrap_or_else(|panic| resume_unwind(panic));
                if begun == first && its.same_tasks(mixture) { made? } else { self.asking.ask(mixture, first)? }
            }
            None => self.asking.ask(mixture, first)?,
        };
        if more {
            let (asking, first, mixture) = (self.asking, asked.next_question, Arc::new(mixture.clone()));
            let its = Arc::clone(&mixture);
            let thread = self.scope.spawn(move || asking.ask(&its, first));
            self.begun = Some(Begun { first, mixture, thread });
        }
        Ok(asked)
    }
}
