//! Asking memory for what is read a moment later.
//!
//! A read of memory that no cache holds takes as long as some hundred additions, and a processor that waits for one does little else.
//! What was asked for earlier arrives while it works.

/// Asks for `items`, without waiting for them.
#[cfg(target_arch = "x86_64")]
pub(crate) fn ask_for<Item>(items: &[Item]) {
    /// Bytes in a line of a cache.
    const LINE: usize = 64;
    let in_line = LINE / size_of::<Item>().clamp(1, LINE);
    for item in items.iter().step_by(in_line) {
        safe_arch::prefetch_t0(item);
    }
}

/// Stable Rust has no such instruction elsewhere.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn ask_for<Item>(_items: &[Item]) {}
