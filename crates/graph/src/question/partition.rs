//! [`Partition`]: nodes in groups without names, scored by the adjusted Rand index.
//!
//! The index counts pairs of nodes that both partitions keep together, less what a random partition with groups of the same
//! sizes would (Hubert and Arabie 1985); negative values earn 0. Every node must stand in exactly one group. Which group is
//! named first means nothing.
//!
//! ```
//! use ssl4rl_graph::question::partition::adjusted_rand;
//! // Pairs kept together: 2 and 2, one of them in both. Expected are 2 · 2 / 6, at most 2: (1 - 2/3) / (2 - 2/3).
//! assert!((adjusted_rand(&[0, 0, 1, 1], &[0, 0, 1, 2]) - 4.0 / 7.0).abs() < 1e-12);
//! assert_eq!(adjusted_rand(&[0, 0, 1, 1], &[7, 7, 3, 3]), 1.0);
//! ```

use serde::{Deserialize, Serialize};

use super::{Posed, Shown, answer, blind};
use ssl4rl_tasks::{Verdict, Verifier, protocol};

/// The right groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionTruth {
    /// Names of the nodes, distinct once normalised.
    pub nodes: Vec<String>,
    /// Group of each; only which are equal counts.
    pub groups: Vec<u32>,
}

impl PartitionTruth {
    /// The groups of all nodes of a question, by the id that each had before it was posed.
    pub fn of(posed: &Posed, groups: Vec<u32>) -> Self {
        let nodes = (0..groups.len()).map(|id| posed.name(id as u32).to_owned()).collect();
        Self { nodes, groups }
    }

    /// The right answer.
    pub fn right_answer(&self) -> String {
        let mut labels: Vec<u32> = Vec::new();
        for &group in &self.groups {
            if !labels.contains(&group) {
                labels.push(group);
            }
        }
        let members = |label: u32| {
            let of_group = self.groups.iter().enumerate().filter(move |&(_, &group)| group == label);
            of_group.map(|(id, _)| id as u32).collect()
        };
        let groups: Vec<Vec<u32>> = labels.into_iter().map(members).collect();
        self.shown().group_list(&groups)
    }

    fn shown(&self) -> Shown {
        Shown { names: self.nodes.clone(), edges: Vec::new(), directed: false }
    }

    /// About what the best fixed answer earns where nodes are named at random, estimated: two, three or four groups of equal size, or two
    /// groups of three and all others alone. Which of them earns most depends on the right groups, which are not known to
    /// whoever is blind, so that this is a little more than any of them earns on average.
    pub fn blind_score(&self) -> f32 {
        const GROUP: usize = 3;
        let count = self.groups.len();
        blind::of_draws(1..=4, |shape, rng| {
            let group = |place: usize| match shape {
                1 if place < 2 * GROUP => place / GROUP,
                1 => place,
                _ => place % shape,
            };
            let given: Vec<u32> = rng.permutation(count).into_iter().map(|place| group(place) as u32).collect();
            adjusted_rand(&given, &self.groups).max(0.0)
        })
        .min(1.0_f32.next_down())
    }
}

/// The adjusted Rand index of two labellings of the same nodes; 1 where both are the same partition.
pub fn adjusted_rand(left: &[u32], right: &[u32]) -> f64 {
    let count = left.len().min(right.len());
    let (mut both, mut in_left, mut in_right) = (0_usize, 0_usize, 0_usize);
    for one in 0..count {
        for other in one + 1..count {
            let (together_left, together_right) = (left[one] == left[other], right[one] == right[other]);
            both += usize::from(together_left && together_right);
            in_left += usize::from(together_left);
            in_right += usize::from(together_right);
        }
    }
    if both == in_left && both == in_right {
        return 1.0;
    }
    let pairs = (count * count.saturating_sub(1)) as f64 / 2.0;
    let expected = in_left as f64 * in_right as f64 / pairs;
    let spread = f64::midpoint(in_left as f64, in_right as f64) - expected;
    if spread > 0.0 { (both as f64 - expected) / spread } else { 0.0 }
}

/// Scores a partition.
#[derive(Debug, Clone, Copy, Default)]
pub struct Partition;

impl Verifier for Partition {
    const SCORING: &'static str = "adjusted Rand index of the groups, cut at 0";
    type Truth = PartitionTruth;

    fn verify(&self, completion: &str, truth: &PartitionTruth) -> Verdict {
        let Some(text) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        let Some(groups) = answer::groups(text, &truth.shown()) else {
            return Verdict::unreadable("not groups of nodes");
        };
        let mut given = vec![u32::MAX; truth.nodes.len()];
        for (label, group) in groups.iter().enumerate() {
            for &node in group {
                if std::mem::replace(&mut given[node as usize], label as u32) != u32::MAX {
                    return Verdict::wrong(text, "a node is named twice");
                }
            }
        }
        if given.contains(&u32::MAX) || truth.groups.len() != given.len() {
            return Verdict::wrong(text, "a node is left out");
        }
        match adjusted_rand(&given, &truth.groups) {
            score if score >= 1.0 => Verdict::right(text),
            score if score > 0.0 => Verdict::partial(score as f32, text, "right in part"),
            _ => Verdict::wrong(text, "no better than random groups"),
        }
    }
}
