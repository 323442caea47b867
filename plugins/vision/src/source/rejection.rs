//! Why a draw led to no question, counted.

use std::sync::atomic::{AtomicU64, Ordering};

/// Why a draw led to no question: the picture would have made it ambiguous.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rejection {
    /// Too little to see: brightness hardly varies.
    Flat,
    /// Parts that must differ look alike.
    SelfSimilar,
    /// It looks the same mirrored or turned.
    Symmetric,
    /// It has hardly any colour.
    Colourless,
    /// Its pixels cannot be read.
    Unreadable,
    /// It is too small.
    Small,
}

impl Rejection {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Flat, Self::SelfSimilar, Self::Symmetric, Self::Colourless, Self::Unreadable, Self::Small];

    /// A few words for it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Flat => "too little to see",
            Self::SelfSimilar => "parts that look alike",
            Self::Symmetric => "the same mirrored or turned",
            Self::Colourless => "hardly any colour",
            Self::Unreadable => "cannot be read",
            Self::Small => "too small",
        }
    }
}

/// How often a picture was drawn for a question, and how often each of these happened, from any thread.
#[derive(Debug, Default)]
pub(super) struct Rejections {
    draws: AtomicU64,
    counts: [AtomicU64; Rejection::ALL.len()],
}

impl Rejections {
    pub(super) fn count_draw(&self) {
        self.draws.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn draws(&self) -> u64 {
        self.draws.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self, reason: Rejection) {
        self.counts[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Those that happened.
    pub(super) fn counted(&self) -> Vec<(Rejection, u64)> {
        let count = |reason: Rejection| (reason, self.counts[reason as usize].load(Ordering::Relaxed));
        Rejection::ALL.into_iter().map(count).filter(|(_, count)| *count > 0).collect()
    }
}
