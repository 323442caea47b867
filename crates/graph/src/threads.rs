//! Work on a whole graph in pieces, one for each thread that it is worth.
//!
//! What the pieces find comes back in their order, so that sums of whole numbers and lists do not depend on how many there were.

use std::ops::Range;

use rayon::prelude::*;

/// One of several pieces of the same size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    /// Which one, `0..count`.
    pub(crate) index: usize,
    /// How many there are.
    pub(crate) count: usize,
}

impl Piece {
    /// What falls to this piece of `0..length`; shares differ by one at most.
    pub(crate) fn of(self, length: usize) -> Range<usize> {
        length * self.index / self.count..length * (self.index + 1) / self.count
    }
}

/// What `work` finds in each piece of an `amount` of which so much is worth a thread. A single piece is worked on here and wakes no
/// other thread.
pub(crate) fn in_pieces<Found: Send>(
    amount: usize,
    worth_a_thread: usize,
    work: impl Fn(Piece) -> Found + Sync,
) -> Vec<Found> {
    match rayon::current_num_threads().min(amount.div_ceil(worth_a_thread)) {
        0 | 1 => vec![work(Piece { index: 0, count: 1 })],
        count => (0..count).into_par_iter().map(|index| work(Piece { index, count })).collect(),
    }
}
