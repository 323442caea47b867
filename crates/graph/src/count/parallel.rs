//! Work shared out among threads so that the result does not depend on how many there are.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;

/// Pieces of work a thread; more than one, since hubs make pieces uneven.
const PIECES_PER_THREAD: usize = 8;

/// `visit` of every number below `count`, in order. Each thread makes scratch space of its own, once a piece.
///
/// Pieces take every k-th number, so that neighbouring ranks, which have like degrees, end up in different ones.
pub(super) fn for_each<Scratch, Found: Send>(
    count: usize,
    scratch: impl Fn() -> Scratch + Sync,
    visit: impl Fn(&mut Scratch, usize) -> Found + Sync,
) -> Vec<Found> {
    let pieces = (rayon::current_num_threads() * PIECES_PER_THREAD).clamp(1, count.max(1));
    let mut found: Vec<_> = (0..pieces)
        .into_par_iter()
        .map(|first| {
            let mut scratch = scratch();
            let numbers = (first..count).step_by(pieces);
            numbers.map(|number| visit(&mut scratch, number)).collect::<Vec<_>>().into_iter()
        })
        .collect();
    (0..count).filter_map(|number| found[number % pieces].next()).collect()
}

/// Counters that several threads add to. Sums of whole numbers come out the same in any order.
#[derive(Debug)]
pub(super) struct Counters(Vec<AtomicU64>);

impl Counters {
    /// `count` zeros.
    pub(super) fn new(count: usize) -> Self {
        Self((0..count).map(|_| AtomicU64::new(0)).collect())
    }

    /// Adds to one counter.
    pub(super) fn add(&self, at: usize, amount: u64) {
        self.0[at].fetch_add(amount, Relaxed);
    }

    /// What was counted.
    pub(super) fn into_counts(self) -> Vec<u64> {
        self.0.into_iter().map(AtomicU64::into_inner).collect()
    }
}

/// [`Counters`] for sums beyond 64 bits: up to 2^32 amounts below 2^96 each.
#[derive(Debug)]
pub(super) struct WideCounters {
    /// Sums of the lowest 32 bits of amounts.
    low: Counters,
    /// Sums of the bits above.
    high: Counters,
}

impl WideCounters {
    /// `count` zeros.
    pub(super) fn new(count: usize) -> Self {
        Self { low: Counters::new(count), high: Counters::new(count) }
    }

    /// Adds to one counter.
    pub(super) fn add(&self, at: usize, amount: u128) {
        if amount > 0 {
            self.low.add(at, amount as u64 & u64::from(u32::MAX));
            self.high.add(at, (amount >> 32) as u64);
        }
    }

    /// What was counted.
    pub(super) fn into_counts(self) -> Vec<i128> {
        let (low, high) = (self.low.into_counts(), self.high.into_counts());
        low.into_iter().zip(high).map(|(low, high)| (i128::from(high) << 32) + i128::from(low)).collect()
    }
}
