//! Seeded random streams: a sample is a function of `(seed, task, split, index)` and of nothing else.
//!
//! The four are hashed (BLAKE3) into the key of a `ChaCha8` generator, so that neighbouring seeds or indices share nothing;
//! every draw uses 64-bit integer arithmetic, so that the same seed gives the same bytes on every platform.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// Which part of the data a sample is for. Held-out targets are never trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// Supervised warm start of a policy made from scratch; its targets are training targets.
    WarmStart,
    /// Reinforcement learning.
    Train,
    /// Evaluation: targets of its own.
    HeldOut,
    /// Solved examples before a question: a tenth of the training targets.
    Examples,
    /// Questions of training that show examples: the other training targets.
    BesideExamples,
}

impl Split {
    /// Name used in seeds and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::WarmStart => "warm-start",
            Self::Train => "train",
            Self::HeldOut => "held-out",
            Self::Examples => "examples",
            Self::BesideExamples => "beside-examples",
        }
    }

    /// Whether an item (a node, an edge, an image) belongs to this split's targets: one item in ten is held out, by a
    /// hash of `kind` and `item` that no seed changes, so that no run ever trains on what another run evaluates.
    ///
    /// Of the others one in ten is an example's, by a second hash.
    pub fn owns(self, kind: &str, item: u64) -> bool {
        let held_out = one_in_ten(b"ssl4rl target split", kind, item);
        let example = || one_in_ten(b"ssl4rl example split", kind, item);
        match self {
            Self::HeldOut => held_out,
            Self::WarmStart | Self::Train => !held_out,
            Self::Examples => !held_out && example(),
            Self::BesideExamples => !held_out && !example(),
        }
    }
}

/// The random stream of one sample.
#[derive(Debug, Clone)]
pub struct TaskRng {
    split: Split,
    generator: ChaCha8Rng,
}

impl TaskRng {
    /// The stream of sample `index` of `task` in `split`.
    pub fn new(seed: u64, task: &str, split: Split, index: u64) -> Self {
        let (seed, length, index) = (seed.to_le_bytes(), (task.len() as u64).to_le_bytes(), index.to_le_bytes());
        let key = digest([&seed, &length, task.as_bytes(), split.name().as_bytes(), &index]);
        Self { split, generator: ChaCha8Rng::from_seed(key) }
    }

    /// The split this stream belongs to.
    pub fn split(&self) -> Split {
        self.split
    }

    /// The same stream under another split's name: only a task that asks for the split can tell them apart.
    #[must_use]
    pub(super) fn relabelled(self, split: Split) -> Self {
        Self { split, ..self }
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// A uniform integer in `0..bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        // Multiply-shift with rejection (Lemire 2019): exact, and one draw without a division almost always.
        let bound = bound as u64;
        if bound == 0 {
            return 0;
        }
        loop {
            let product = u128::from(self.bits()) * u128::from(bound);
            let low = product as u64;
            if low >= bound || low >= bound.wrapping_neg() % bound {
                return (product >> 64) as usize;
            }
        }
    }

    /// A uniform number in `[0, 1)` with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with probability one half.
    pub fn coin(&mut self) -> bool {
        self.bits() >> 63 == 1
    }

    /// One element, uniformly; `None` from an empty slice.
    pub fn choose<'slice, T>(&mut self, items: &'slice [T]) -> Option<&'slice T> {
        if items.is_empty() { None } else { Some(&items[self.below(items.len())]) }
    }

    /// A uniform permutation in place (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// `0..count` in uniform random order.
    pub fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        self.shuffle(&mut order);
        order
    }

    /// Moves `count` uniformly chosen elements to the front, in random order, and returns them.
    pub fn sample_front<'slice, T>(&mut self, items: &'slice mut [T], count: usize) -> &'slice mut [T] {
        let count = count.min(items.len());
        for front in 0..count {
            let other = front + self.below(items.len() - front);
            items.swap(front, other);
        }
        &mut items[..count]
    }
}

/// Whether a hash that no seed changes picks the item.
fn one_in_ten(purpose: &[u8], kind: &str, item: u64) -> bool {
    const ONE_IN: u64 = 10;
    let digest = digest([purpose, kind.as_bytes(), &[0], &item.to_le_bytes()]);
    first_u64(&digest).is_multiple_of(ONE_IN)
}

/// BLAKE3 of the parts, one after the other.
///
/// Targets are hashed by the dozen for every sample, and the whole of a short message costs half of what its parts cost.
fn digest<const PARTS: usize>(parts: [&[u8]; PARTS]) -> [u8; 32] {
    let mut message = [0; 128];
    let mut length = 0;
    for part in parts {
        let Some(place) = message.get_mut(length..length + part.len()) else {
            let mut hasher = blake3::Hasher::new();
            for part in parts {
                hasher.update(part);
            }
            return hasher.finalize().into();
        };
        place.copy_from_slice(part);
        length += part.len();
    }
    blake3::hash(&message[..length]).into()
}

fn first_u64(bytes: &[u8; 32]) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&bytes[..8]);
    u64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_that_of_the_joined_parts() {
        for length in [0, 1, 63, 64, 120, 121, 128, 5000] {
            let long: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
            let joined = [b"purpose".as_slice(), &long, b"!"].concat();
            assert_eq!(digest([b"purpose", &long, b"!"]), *blake3::hash(&joined).as_bytes(), "{length}");
        }
    }

    #[test]
    fn below_stays_in_range_and_reaches_every_value() {
        let mut rng = TaskRng::new(1, "test", Split::Train, 0);
        let mut seen = [0_u32; 7];
        for _ in 0..7_000 {
            seen[rng.below(7)] += 1;
        }
        assert!(seen.iter().all(|&count| (850..1150).contains(&count)), "{seen:?}");
    }

    #[test]
    fn streams_of_neighbouring_seeds_and_indices_share_nothing() {
        let mut first_draws = Vec::new();
        for seed in 0..50 {
            for index in 0..500 {
                first_draws.push(TaskRng::new(seed, "graph/edge-prediction", Split::Train, index).bits());
            }
        }
        first_draws.sort_unstable();
        first_draws.dedup();
        assert_eq!(first_draws.len(), 25_000);
    }

    #[test]
    fn one_item_in_ten_is_held_out_and_splits_are_disjoint() {
        let held_out = (0..10_000).filter(|&item| Split::HeldOut.owns("node", item)).count();
        assert!((900..1100).contains(&held_out), "{held_out}");
        assert!((0..1000).all(|item| Split::Train.owns("node", item) != Split::HeldOut.owns("node", item)));
        assert!((0..1000).all(|item| Split::Train.owns("node", item) == Split::WarmStart.owns("node", item)));
    }

    #[test]
    fn one_training_item_in_ten_is_an_examples_and_no_question_beside_has_it() {
        let examples = (0..10_000).filter(|&item| Split::Examples.owns("node", item)).count();
        assert!((800..1000).contains(&examples), "{examples}");
        for item in 0..1000 {
            let owners = [Split::Examples, Split::BesideExamples].map(|split| split.owns("node", item));
            assert!(!(owners[0] && owners[1]));
            assert_eq!(owners[0] || owners[1], Split::Train.owns("node", item));
        }
    }
}
