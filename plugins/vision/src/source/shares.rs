//! Which pictures belong to which split: by their content, the same for every task and seed.

use ssl4rl_tasks::Split;

/// What pictures are called where they are told apart by [`Split::owns`].
const KIND: &str = "picture";
/// Fewest pictures that a split of a small album gets, where there are enough for all: a question may need a second one.
const LEAST: usize = 2;

/// Indices of the pictures of each split.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shares {
    held_out: Vec<usize>,
    training: Vec<usize>,
    examples: Vec<usize>,
    beside_examples: Vec<usize>,
}

impl Shares {
    /// Shares out pictures by their content hashes, which are distinct.
    ///
    /// [`Split::owns`] decides; where it would leave a split with fewer than two pictures, those with the smallest hashes
    /// fill it up.
    pub(super) fn of(hashes: &[u64]) -> Self {
        let mut by_hash: Vec<usize> = (0..hashes.len()).collect();
        by_hash.sort_by_key(|&index| hashes[index]);
        let (held_out, training) = parted(&by_hash, |index| Split::HeldOut.owns(KIND, hashes[index]));
        let mut in_hash_order = training.clone();
        in_hash_order.sort_by_key(|&index| hashes[index]);
        let (examples, beside_examples) = parted(&in_hash_order, |index| Split::Examples.owns(KIND, hashes[index]));
        Self { held_out, training, examples, beside_examples }
    }

    pub(super) fn of_split(&self, split: Split) -> &[usize] {
        match split {
            Split::HeldOut => &self.held_out,
            Split::WarmStart | Split::Train => &self.training,
            Split::Examples => &self.examples,
            Split::BesideExamples => &self.beside_examples,
        }
    }
}

/// The indices that are `chosen`, filled up from the front to [`LEAST`] if that leaves as many, and the others; both ascending.
fn parted(ordered: &[usize], chosen: impl Fn(usize) -> bool) -> (Vec<usize>, Vec<usize>) {
    let (mut first, mut second): (Vec<usize>, Vec<usize>) = ordered.iter().partition(|&&index| chosen(index));
    let least = LEAST.min(ordered.len() / 2);
    while first.len() < least && second.len() > least {
        first.push(second.remove(0));
    }
    while second.len() < least && first.len() > least {
        second.push(first.remove(0));
    }
    first.sort_unstable();
    second.sort_unstable();
    (first, second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_is_on_one_side() {
        for count in 0..60 {
            let hashes: Vec<u64> = (0..count).map(|index| index * 7919 + 5).collect();
            let shares = Shares::of(&hashes);
            let mut all = [shares.held_out.clone(), shares.training.clone()].concat();
            all.sort_unstable();
            assert_eq!(all, (0..count as usize).collect::<Vec<_>>());
            let mut training = [shares.examples, shares.beside_examples].concat();
            training.sort_unstable();
            assert_eq!(training, shares.training);
            assert!(count < 4 || shares.held_out.len() >= 2);
        }
    }

    #[test]
    fn large_albums_are_shared_out_by_hash_alone() {
        let hashes: Vec<u64> = (0..1000).map(|index| index * 7919 + 5).collect();
        let shares = Shares::of(&hashes);
        for (index, &hash) in hashes.iter().enumerate() {
            assert_eq!(shares.held_out.contains(&index), Split::HeldOut.owns(KIND, hash));
            assert_eq!(shares.examples.contains(&index), Split::Examples.owns(KIND, hash));
        }
    }
}
