//! `graph/partition`: the partition of the nodes into communities that has the greatest modularity.
//!
//! Groups have no names, and any partition of that modularity is right. Others earn the adjusted Rand index (Hubert and Arabie
//! 1985) with the one that was found, cut at 0, so that one group for all or one for each node earns 0.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::SmallGraph;
use crate::exact::modularity::{self, MOST_NODES};
use crate::exact::{all, members, set_of};
use crate::question::partition::adjusted_rand;
use crate::question::ranges::check;
use crate::question::{Cut, CutConfig, Shown, Writing, WritingConfig, answer, blind};
use crate::{Direction, Graph};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Small graphs drawn before the sample is given up.
const DRAWS: usize = 16;
/// Fewest and most nodes shown of each level.
const LEVELS: [(usize, usize); 3] = [(5, 6), (6, 8), (8, 10)];

/// Settings of [`Partition`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PartitionConfig {
    /// Where the small graph comes from; `cut.max_nodes` is at most 12.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for PartitionConfig {
    fn default() -> Self {
        Self { cut: CutConfig::default().sized(6, 8), writing: WritingConfig::default() }
    }
}

/// The graph that was shown and a best partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionTruth {
    /// What the prompt shows.
    pub shown: Shown,
    /// A partition of greatest modularity.
    pub groups: Vec<Vec<u32>>,
    /// Its modularity, times `4 m²`.
    pub modularity: i64,
}

/// Grades a partition.
#[derive(Debug, Clone, Copy, Default)]
pub struct PartitionVerifier;

impl Verifier for PartitionVerifier {
    const SCORING: &'static str = "1 for the greatest modularity, else the adjusted Rand index, cut at 0";
    type Truth = PartitionTruth;

    fn verify(&self, completion: &str, truth: &PartitionTruth) -> Verdict {
        let Some(text) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        let Some(groups) = answer::groups(text, &truth.shown) else {
            return Verdict::unreadable("the answer does not have the form asked for");
        };
        let parsed = truth.shown.group_list(&groups);
        let Ok(graph) = truth.shown.small() else { return Verdict::wrong(parsed, "the stored graph cannot be read") };
        let (Some(given), Some(best)) = (covering(&graph, &groups), covering(&graph, &truth.groups)) else {
            return Verdict::wrong(parsed, "not every node is in one group");
        };
        if modularity::of(&graph, &given) >= truth.modularity {
            return Verdict::right(parsed);
        }
        let index = adjusted_rand(&labels(&given), &labels(&best));
        if index > 0.0 {
            Verdict::partial(index as f32, parsed, "the modularity is not the greatest")
        } else {
            Verdict::wrong(parsed, "no more alike than by chance")
        }
    }
}

/// The groups as sets, if they hold every node once.
pub(super) fn covering(graph: &SmallGraph, groups: &[Vec<u32>]) -> Option<Vec<u64>> {
    if set_of(&groups.concat()) != Some(all(graph)) {
        return None;
    }
    groups.iter().map(|group| set_of(group)).collect()
}

/// The position of each node's group; the groups hold every node once.
fn labels(groups: &[u64]) -> Vec<u32> {
    let nodes = groups.iter().fold(0, |all, group| all | group).count_ones();
    let group_of = |node: u32| groups.iter().position(|group| group >> node & 1 == 1).unwrap_or(groups.len()) as u32;
    (0..nodes).map(group_of).collect()
}

/// The task.
pub struct Partition {
    cut: Cut,
    writing: Writing,
}

impl PretextTask for Partition {
    const NAME: &'static str = "graph/partition";
    const SUMMARY: &'static str = "part the nodes into communities of the greatest modularity";
    const BY_DEFAULT: bool = false;
    type Config = PartitionConfig;
    type Input = Graph;
    type Truth = PartitionTruth;
    type Verifier = PartitionVerifier;

    fn new(config: PartitionConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "cut.max_nodes", &config.cut.max_nodes, 3..=MOST_NODES)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<PartitionTruth>> {
        let (subgraph, best) = (0..DRAWS).find_map(|_| {
            let subgraph = self.cut.draw(graph, rng)?;
            let best = modularity::best(&SmallGraph::of(&subgraph).ok()?)?;
            (best.groups.len() > 1 && best.groups.len() < subgraph.len()).then_some((subgraph, best))
        })?;
        let ask = |_: &dyn Fn(u32) -> String| "Part the nodes into groups so that modularity is greatest.\n".into();
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, ask)?;
        let groups = best.groups.iter().map(|&group| members(group).map(|node| posed.id(node)).collect()).collect();
        let truth = PartitionTruth { shown: posed.shown(), groups, modularity: best.modularity };
        let reply = "Reply <answer>nodes of one group | nodes of the next | …</answer>.";
        Some(Sample { prompt: vec![Part::Text(posed.text + reply)], truth })
    }

    fn verifier(&self) -> &PartitionVerifier {
        &PartitionVerifier
    }

    fn oracle(&self, truth: &PartitionTruth) -> String {
        protocol::wrap(&truth.shown.group_list(&truth.groups))
    }

    fn chance(&self, truth: &PartitionTruth) -> f32 {
        let nodes = truth.shown.node_count();
        let Ok(graph) = truth.shown.small() else { return 0.0 };
        let Some(best) = covering(&graph, &truth.groups).map(|best| labels(&best)) else { return 0.0 };
        let chance = blind::of_draws(2..=4.min(nodes), |count, rng| {
            let mut groups = vec![0_u64; count];
            for (at, node) in rng.permutation(nodes).into_iter().enumerate() {
                groups[at % count] |= 1 << node;
            }
            if modularity::of(&graph, &groups) >= truth.modularity {
                1.0
            } else {
                adjusted_rand(&labels(&groups), &best).max(0.0)
            }
        });
        chance.clamp(0.0, 1.0_f32.next_down())
    }

    fn levels(config: &PartitionConfig) -> Vec<PartitionConfig> {
        LEVELS.map(|(least, most)| PartitionConfig { cut: config.cut.sized(least, most), ..config.clone() }).to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agreement_of_two_partitions_by_hand() {
        // {0 1 2} {3 4 5} against {0 1} {2 3} {4 5}: 2 pairs together in both, 6 and 3 in each, 15 in all:
        // (2 - 6 * 3 / 15) / (4.5 - 1.2) = 0.8 / 3.3.
        let agreement = |left: &[u64], right: &[u64]| adjusted_rand(&labels(left), &labels(right));
        let index = agreement(&[0b000_111, 0b111_000], &[0b000_011, 0b001_100, 0b110_000]);
        assert!((index - 0.8 / 3.3).abs() < 1e-12);
        assert!((agreement(&[0b11, 0b1100], &[0b1100, 0b11]) - 1.0).abs() < 1e-12);
        assert!(agreement(&[0b1111], &[0b1100, 0b11]).abs() < 1e-12);
    }
}
