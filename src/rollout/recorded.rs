//! The decoding step on a GPU, recorded: the same operations, asked for by one call.
//!
//! A recording serves while the same completions run, they stay within its width, and the same of them may end. It is made after
//! such a step was computed once, which loads what it needs.

use tch::Device;

use super::running::Ending;
use crate::model::{ModelError, Recorder, Recording};

/// Tokens of completions by which the width of a recording grows.
const WIDTH_STEP: i64 = 64;

/// What a recording is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// Tokens of a completion that are looked at.
    pub(super) width: i64,
    pub(super) ending: Ending,
}

impl Form {
    /// The form for completions that take `width` tokens, in a cache of `capacity` each.
    pub(super) fn of(width: i64, capacity: i64, ending: Ending) -> Self {
        Self { width: ((width + WIDTH_STEP - 1) / WIDTH_STEP * WIDTH_STEP).min(capacity), ending }
    }
}

/// How a step is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Operation by operation.
    Compute,
    /// Recorded, and then done.
    Record,
    /// As it was recorded.
    Replay,
}

/// The newest recording.
#[derive(Debug)]
pub(super) struct RecordedStep {
    newest: Option<Recording>,
    /// What was computed or recorded last; none after completions have entered or left.
    form: Option<Form>,
    serves: bool,
    recorder: Recorder,
}

impl RecordedStep {
    /// None where nothing can be recorded.
    pub(super) fn new(device: Device) -> Option<Self> {
        Some(Self { newest: None, form: None, serves: false, recorder: Recorder::new(device)? })
    }

    /// How a step of `form` is done.
    pub(super) fn how(&self, form: Form) -> How {
        match self.form {
            Some(last) if last == form && self.serves => How::Replay,
            Some(last) if last == form => How::Record,
            _ => How::Compute,
        }
    }

    /// Notes that a step of `form` was computed.
    pub(super) fn computed(&mut self, form: Form) {
        (self.form, self.serves) = (Some(form), false);
    }

    /// Records a step of the form that was computed last. What was recorded before goes only then, since the memory of both is one.
    pub(super) fn record(&mut self, step: impl FnOnce()) -> Result<(), ModelError> {
        self.newest = Some(self.recorder.record(step)?);
        self.serves = true;
        Ok(())
    }

    /// Does a step as it was recorded.
    pub(super) fn replay(&self) -> Result<(), ModelError> {
        Ok(self.newest.as_ref().map_or(Ok(()), Recording::replay)?)
    }

    /// Forgets the recording: other completions run.
    pub(super) fn forget(&mut self) {
        (self.form, self.serves) = (None, false);
    }
}
