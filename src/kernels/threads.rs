//! Sharing work among the threads that libtorch computes with.
//!
//! libtorch's operations run on OpenMP, whose idle threads spin for a while before they sleep. A second pool beside it would
//! compete with them for the cores, so the kernels run on the same team, through the function that compilers call for a
//! parallel region. Where it cannot be found, the calling thread does everything.

use std::ffi::{c_uint, c_void};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// `GOMP_parallel(function, data, threads, flags)`.
type Parallel = unsafe extern "C" fn(extern "C" fn(*mut c_void), *mut c_void, c_uint, c_uint);

/// Parts that the threads of a team take one after another.
struct Parts<'body> {
    next: AtomicUsize,
    count: usize,
    body: &'body (dyn Fn(usize) + Sync),
}

/// Does `body(part)` for every part below `count`, on as many threads as libtorch may use. Parts are taken as threads become
/// free, so the result must not depend on who does which.
pub(super) fn for_each(count: usize, body: impl Fn(usize) + Sync) {
    let threads = self::count().min(count);
    match team() {
        Some(parallel) if threads > 1 => {
            run_on(parallel, threads, &Parts { next: AtomicUsize::new(0), count, body: &body });
        }
        _ => (0..count).for_each(body),
    }
}

/// Threads that libtorch may use, at least 1.
pub(super) fn count() -> usize {
    usize::try_from(tch::get_num_threads()).unwrap_or(1).max(1)
}

#[expect(unsafe_code, reason = "the threads of OpenMP are reached through its C entry point")]
fn run_on(parallel: Parallel, threads: usize, parts: &Parts<'_>) {
    extern "C" fn work(data: *mut c_void) {
        // SAFETY: `data` is the `Parts` below, which outlive the parallel region and are shared by reference only.
        let parts = unsafe { &*data.cast::<Parts<'_>>() };
        loop {
            let part = parts.next.fetch_add(1, Ordering::Relaxed);
            if part >= parts.count {
                return;
            }
            (parts.body)(part);
        }
    }
    let data = std::ptr::from_ref(parts).cast_mut().cast::<c_void>();
    // SAFETY: the region ends, with a barrier, before the call returns, so that `data` is alive throughout. A panic in a body
    // ends the process at the boundary of `work` and does not unwind through C.
    unsafe { parallel(work, data, threads as c_uint, 0) }
}

#[cfg(unix)]
#[expect(unsafe_code, reason = "the symbol is looked up by its name")]
fn team() -> Option<Parallel> {
    static TEAM: OnceLock<Option<Parallel>> = OnceLock::new();
    *TEAM.get_or_init(|| {
        let process = libloading::os::unix::Library::this();
        // SAFETY: every OpenMP runtime that defines the name defines it with this signature, and none is ever unloaded.
        unsafe { process.get::<Parallel>(b"GOMP_parallel\0").ok().map(|found| *found) }
    })
}

#[cfg(not(unix))]
fn team() -> Option<Parallel> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_done_once() {
        for count in [0, 1, 2, 7, 1000] {
            let done: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
            for_each(count, |part| {
                done[part].fetch_add(1, Ordering::Relaxed);
            });
            assert!(done.iter().all(|times| times.load(Ordering::Relaxed) == 1), "{count}");
        }
    }
}
