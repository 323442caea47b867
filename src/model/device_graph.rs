//! Work on a GPU that is recorded once and done again by one call.
//!
//! A small operation takes a GPU less time than it takes the processor to ask for it. Recorded, a thousand operations are asked for
//! at once. What they read and write lies where it lay when they were recorded: inputs change in place, and the tensors made on
//! the way live in a pool of the recorder's.
//!
//! ```text
//! recorder = Recorder::new(device)        step = recorder.record(work)        step.replay(), step.replay(), …
//! ```

use std::cell::Cell;
use std::ffi::c_void;

use tch::{Cuda, Device, TchError};

use super::extension::{self, GraphPool};

/// Records for one thread.
#[derive(Debug)]
pub(crate) struct Recorder {
    pool: GraphPool,
    index: usize,
}

/// What was recorded; not to outlive its recorder.
#[derive(Debug)]
pub(crate) struct Recording(*mut c_void);

impl Recorder {
    /// A recorder for `device`; none where it is no GPU, or this libtorch cannot record.
    pub(crate) fn new(device: Device) -> Option<Self> {
        let Device::Cuda(index) = device else { return None };
        leave_default_stream(index).ok()?;
        Some(Self { pool: extension::graph_pool().ok()?, index })
    }

    /// Records what `work` asks of the GPU, which is not done meanwhile.
    ///
    /// `work` must not wait for the GPU, and must have been done once before, so that what it needs is loaded.
    pub(crate) fn record(&self, work: impl FnOnce()) -> Result<Recording, TchError> {
        let recording = Recording(extension::graph_begin(self.pool)?);
        work();
        extension::graph_end(recording.0)?;
        Ok(recording)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        Cuda::synchronize(self.index as i64);
        // What is not given back here, the allocator takes back when it is short of memory.
        let _given_back = extension::graph_pool_free(self.pool);
    }
}

impl Recording {
    /// Does it all again; the GPU works on while the processor goes on.
    pub(crate) fn replay(&self) -> Result<(), TchError> {
        extension::graph_replay(self.0)
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let _freed = extension::graph_free(self.0);
    }
}

/// Makes all further work of this thread go to a stream of its own: on the default one nothing can be recorded.
pub(super) fn leave_default_stream(index: usize) -> Result<(), TchError> {
    thread_local! {
        static HAS_LEFT: Cell<bool> = const { Cell::new(false) };
    }
    if HAS_LEFT.get() {
        return Ok(());
    }
    // What other streams have begun is finished first, since the new one does not wait for them.
    Cuda::synchronize(index as i64);
    extension::leave_default_stream(index)?;
    HAS_LEFT.set(true);
    Ok(())
}
