//! `graph/same-community`: are two nodes in one group of the partition with the greatest modularity?
//!
//! Only small graphs with exactly one such partition are shown. With `certificate` the partition must be given too, else a
//! bare yes or no counts. Yes and no are drawn first, and so is, apart from it, whether the two are linked or share a
//! neighbour, of which they do one. A node of one neighbour is in that one's group whatever the rest, so that either of the two has more.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::partition::covering;
use crate::count::SmallGraph;
use crate::exact::modularity::{self, MOST_NODES};
use crate::exact::{adjacent, members};
use crate::question::ranges::check;
use crate::question::{Cut, CutConfig, Shown, Writing, WritingConfig, answer, blind};
use crate::{Direction, Graph};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Small graphs drawn before the sample is given up.
const DRAWS: usize = 64;
/// Fewest and most nodes shown of each level.
const LEVELS: [(usize, usize); 3] = [(5, 6), (6, 8), (8, 10)];

/// Settings of [`SameCommunity`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SameCommunityConfig {
    /// Whether the answer counts only with the partition.
    pub certificate: bool,
    /// Where the small graph comes from; `cut.max_nodes` is at most 12.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for SameCommunityConfig {
    fn default() -> Self {
        Self { certificate: true, cut: CutConfig::default().sized(6, 8), writing: WritingConfig::default() }
    }
}

/// The graph that was shown, its best partition, and the pair asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SameCommunityTruth {
    /// What the prompt shows.
    pub shown: Shown,
    /// The partition of greatest modularity.
    pub groups: Vec<Vec<u32>>,
    /// Whether the two nodes are in one group.
    pub yes: bool,
    /// Whether the partition is asked for.
    pub certificate: bool,
}

/// Compares the answer, then the partition.
#[derive(Debug, Clone, Copy, Default)]
pub struct SameCommunityVerifier;

impl Verifier for SameCommunityVerifier {
    const SCORING: &'static str =
        "1 for the right answer with the best partition (with `certificate = false`, for the bare word)";
    type Truth = SameCommunityTruth;

    fn verify(&self, completion: &str, truth: &SameCommunityTruth) -> Verdict {
        let Some(text) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        let (word, witness) = match answer::decided(text, truth.yes, truth.certificate) {
            Ok(found) => found,
            Err(verdict) => return verdict,
        };
        let Some(groups) = answer::groups(witness, &truth.shown) else {
            return Verdict::wrong(word, "the witness is no list of groups");
        };
        let parsed = format!("{word}: {}", truth.shown.group_list(&groups));
        let Ok(graph) = truth.shown.small() else { return Verdict::wrong(parsed, "the stored graph cannot be read") };
        match (covering(&graph, &groups), covering(&graph, &truth.groups)) {
            (Some(mut given), Some(mut best)) => {
                given.sort_unstable();
                best.sort_unstable();
                if given == best { Verdict::right(parsed) } else { Verdict::wrong(parsed, "another partition is best") }
            }
            _ => Verdict::wrong(parsed, "not every node is in one group"),
        }
    }
}

/// The task.
pub struct SameCommunity {
    config: SameCommunityConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for SameCommunity {
    const NAME: &'static str = "graph/same-community";
    const SUMMARY: &'static str = "whether two nodes are in one community of the best partition, with the partition";
    const BY_DEFAULT: bool = false;
    type Config = SameCommunityConfig;
    type Input = Graph;
    type Truth = SameCommunityTruth;
    type Verifier = SameCommunityVerifier;

    fn new(config: SameCommunityConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "cut.max_nodes", &config.cut.max_nodes, 3..=MOST_NODES)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<SameCommunityTruth>> {
        let (yes, linked) = (rng.coin(), rng.coin());
        let (subgraph, groups, pair) = (0..DRAWS).find_map(|_| {
            let subgraph = self.cut.draw(graph, rng)?;
            let small = SmallGraph::of(&subgraph).ok()?;
            let best = modularity::best(&small)?;
            if best.count != 1 || best.groups.len() < 2 {
                return None;
            }
            let pair = *rng.choose(&pairs(&small, &best.groups, yes, linked))?;
            Some((subgraph, best.groups, pair))
        })?;
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |name| {
            format!(
                "Are node {} and node {} in the same group of the partition with the greatest modularity?\n",
                name(pair.0),
                name(pair.1)
            )
        })?;
        let reply = if self.config.certificate {
            "Reply <answer>yes: groups</answer> or <answer>no: groups</answer>, where groups are: nodes of one | nodes of the next | …"
        } else {
            "Reply <answer>yes</answer> or <answer>no</answer>."
        };
        let groups = groups.iter().map(|&group| members(group).map(|node| posed.id(node)).collect()).collect();
        let shown = posed.shown();
        let truth = SameCommunityTruth { shown, groups, yes, certificate: self.config.certificate };
        Some(Sample { prompt: vec![Part::Text(posed.text + reply)], truth })
    }

    fn verifier(&self) -> &SameCommunityVerifier {
        &SameCommunityVerifier
    }

    fn oracle(&self, truth: &SameCommunityTruth) -> String {
        let word = if truth.yes { "yes" } else { "no" };
        if truth.certificate {
            protocol::wrap(&format!("{word}: {}", truth.shown.group_list(&truth.groups)))
        } else {
            protocol::wrap(word)
        }
    }

    fn chance(&self, truth: &SameCommunityTruth) -> f32 {
        if !truth.certificate {
            return 0.5;
        }
        (luck(&truth.groups, truth.yes) as f32).clamp(0.0, 0.99)
    }

    fn levels(config: &SameCommunityConfig) -> Vec<SameCommunityConfig> {
        LEVELS
            .map(|(least, most)| SameCommunityConfig { cut: config.cut.sized(least, most), ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

/// Pairs of nodes of more than one neighbour, either linked or with a neighbour in common, that are in one group if `together`, else not.
fn pairs(small: &SmallGraph, groups: &[u64], together: bool, linked: bool) -> Vec<(u32, u32)> {
    let group_of = |node: u32| groups.iter().position(|group| group >> node & 1 == 1);
    let size = small.node_count() as u32;
    let suits = |&(left, right): &(u32, u32)| {
        let shared = small.neighbours(left) & small.neighbours(right) != 0;
        left != right
            && adjacent(small, left, right) == linked
            && shared != linked
            && small.degree(left).min(small.degree(right)) > 1
            && (group_of(left) == group_of(right)) == together
    };
    (0..size).flat_map(|left| (0..size).map(move |right| (left, right))).filter(suits).collect()
}

/// One over the number of partitions with these sizes of groups that answer the question the same way.
fn luck(groups: &[Vec<u32>], yes: bool) -> f64 {
    let mut sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
    sizes.sort_unstable();
    let nodes: usize = sizes.iter().sum();
    let mut ways = blind::arrangements(nodes, nodes);
    for &size in &sizes {
        ways /= blind::arrangements(size, size);
    }
    // Groups of one size can change places.
    for same in sizes.chunk_by(|left, right| left == right) {
        ways /= blind::arrangements(same.len(), same.len());
    }
    let together: f64 =
        sizes.iter().map(|&size| blind::choose(size, 2)).sum::<f64>() / blind::choose(nodes, 2).max(1.0);
    1.0 / (ways * if yes { together } else { 1.0 - together }).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luck_by_hand() {
        // Two pairs of four nodes: three partitions, in one of which given nodes are together.
        let groups = [vec![0, 1], vec![2, 3]];
        assert!((luck(&groups, true) - 1.0).abs() < 1e-12);
        assert!((luck(&groups, false) - 0.5).abs() < 1e-12);
    }
}
