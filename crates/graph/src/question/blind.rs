//! What an answer earns that looks at nothing, for tasks that state it as chance.
//!
//! Names are dealt to nodes at random, so that any fixed answer earns what a random one of its form does: a mean over sets of
//! nodes of one size, or over orders of nodes. Whoever guesses chooses the size, so the best size counts; the mean over
//! questions of what is stated here is therefore never below what a fixed answer earns.
//!
//! ```
//! use ssl4rl_graph::question::blind;
//! // Two of four nodes are right and nothing else will do: one set of six.
//! let chance = blind::of_sets(4, |set| f64::from(set == 0b0011));
//! assert!((chance - 1.0 / 6.0).abs() < 1e-6);
//! // All of three nodes in one order: one of six, here estimated.
//! let chance = blind::of_draws([3], |_, rng| f64::from(rng.permutation(3) == [0, 1, 2]));
//! assert!((chance - 1.0 / 6.0).abs() < 0.15);
//! ```

use ssl4rl_tasks::{Split, TaskRng};

/// Most nodes of which every set is tried.
const TRIED: usize = 10;
/// Random answers of each size where not all are tried.
const DRAWS: usize = 96;
/// Largest set whose hits are counted.
const MOST_NAMED: usize = 64;

/// The best mean score, over all sizes, of a random set of that many of `nodes` (at most 64) nodes.
///
/// Exact up to ten nodes, else estimated from random sets, the same ones each time.
pub fn of_sets(nodes: usize, score: impl Fn(u64) -> f64) -> f32 {
    if nodes > TRIED {
        return of_draws(1..=nodes, |size, rng| {
            score(
                rng.sample_front(&mut (0..nodes).collect::<Vec<_>>(), size).iter().fold(0, |set, node| set | 1 << node),
            )
        });
    }
    let mut sums = [(0.0, 0.0); TRIED + 1];
    for set in 1..1_u64 << nodes {
        let (sum, count) = &mut sums[set.count_ones() as usize];
        *sum += score(set);
        *count += 1.0;
    }
    sums.into_iter().filter(|&(_, count)| count > 0.0).map(|(sum, count)| sum / count).fold(0.0, f64::max) as f32
}

/// The best mean score, over `sizes`, of random answers of that size; estimated from draws that are the same each time.
pub fn of_draws(sizes: impl IntoIterator<Item = usize>, score: impl Fn(usize, &mut TaskRng) -> f64) -> f32 {
    let mut rng = TaskRng::new(0, "blind", Split::Train, 0);
    let mut mean = |size| (0..DRAWS).map(|_| score(size, &mut rng)).sum::<f64>() / DRAWS as f64;
    sizes.into_iter().map(&mut mean).fold(0.0, f64::max) as f32
}

/// The best mean of `score(hits, size)` over sets of one size, up to 64, drawn from `candidates`, of which `right` are right.
pub fn of_hits(candidates: usize, right: usize, score: impl Fn(usize, usize) -> f64) -> f32 {
    let mean = |size: usize| {
        // Hits among `size` draws without replacement, one draw after the other.
        let mut probabilities = vec![0.0; size + 1];
        probabilities[0] = 1.0;
        for drawn in 0..size {
            for hits in (0..=drawn).rev() {
                let hit = right.saturating_sub(hits) as f64 / (candidates - drawn) as f64;
                let probability: f64 = probabilities[hits];
                probabilities[hits + 1] += probability * hit;
                probabilities[hits] = probability * (1.0 - hit);
            }
        }
        probabilities.iter().enumerate().map(|(hits, probability)| probability * score(hits, size)).sum::<f64>()
    };
    (1..=candidates.min(MOST_NAMED)).map(mean).fold(0.0, f64::max) as f32
}

/// Number of ways to choose `chosen` of `count`.
pub fn choose(count: usize, chosen: usize) -> f64 {
    if chosen > count {
        return 0.0;
    }
    (0..chosen).map(|step| (count - step) as f64 / (step + 1) as f64).product()
}

/// Number of ways to put `chosen` of `count` in a row.
pub fn arrangements(count: usize, chosen: usize) -> f64 {
    if chosen > count { 0.0 } else { (0..chosen).map(|step| (count - step) as f64).product() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_and_sets_agree() {
        let score = |hits: usize, size: usize| 2.0 * hits as f64 / (size + 3) as f64;
        let by_hits = of_hits(8, 3, score);
        let by_sets = of_sets(8, |set| score((set & 0b111).count_ones() as usize, set.count_ones() as usize));
        assert!((by_hits - by_sets).abs() < 1e-6);
        // Naming all eight: 2 · 3 / (8 + 3).
        assert!((by_hits - 6.0 / 11.0).abs() < 1e-6);
    }

    #[test]
    fn counts_by_hand() {
        assert!((choose(10, 3) - 120.0).abs() < 1e-9 && choose(2, 3) == 0.0);
        assert!((arrangements(5, 3) - 60.0).abs() < 1e-9);
    }
}
