//! `graph/masked-edges`: some edges of a small graph are hidden; where were they?
//!
//! Every node that lost edges is named with their number, so that the answer must add up. Most often several ways of
//! joining the loose ends do; which one is right is told by the triangles and short cycles that real edges close.
//! Questions with one way only are not asked. Scored by F1.
//!
//! Chance is what the best answer earns that is chosen by the loose ends alone, every way of joining them being equally
//! likely: none of its edges is shown, and no pair is joined twice.
//!
//! Held-out targets are as in [`edge_prediction`](super::edge_prediction): a held-out question hides all held-out edges
//! among its nodes, a training question others, and neither shows a held-out one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::question::ranges::check;
use crate::question::{EdgeSet, EdgeSetVerifier, Writing, WritingConfig, make_simple};
use crate::sample::{Subgraph, View, Walk, owns_pair, random_walk};
use crate::{Direction, Edge, Graph};
use ssl4rl_tasks::verifiers::SetF1;
use ssl4rl_tasks::{Part, PretextTask, Sample, Split, TaskError, TaskRng, counted, protocol};

/// Graphs cut out before the sample is given up.
const DRAWS: usize = 128;
/// Steps of a random walk per node wanted.
const STEPS_PER_NODE: usize = 6;

/// Settings of [`MaskedEdges`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MaskedEdgesConfig {
    /// Edges hidden, 2 to 4.
    pub hidden: usize,
    /// Fewest nodes shown, 4 to 30.
    pub min_nodes: usize,
    /// Most nodes shown, `min_nodes` to 30.
    pub max_nodes: usize,
    /// Probability of returning to the start before each step of the walk that cuts the graph out, 0 to 1 exclusive.
    pub restart: f64,
    /// How the graph is written.
    pub writing: WritingConfig,
}

impl Default for MaskedEdgesConfig {
    fn default() -> Self {
        Self { hidden: 2, min_nodes: 6, max_nodes: 10, restart: 0.2, writing: WritingConfig::default() }
    }
}

/// The task.
pub struct MaskedEdges {
    config: MaskedEdgesConfig,
    writing: Writing,
}

impl PretextTask for MaskedEdges {
    const NAME: &'static str = "graph/masked-edges";
    const SUMMARY: &'static str = "find out where hidden edges were";
    const BY_DEFAULT: bool = false;
    type Config = MaskedEdgesConfig;
    type Input = Graph;
    type Truth = EdgeSet;
    type Verifier = EdgeSetVerifier;

    fn new(config: MaskedEdgesConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "hidden", &config.hidden, 2..=4)?;
        check(Self::NAME, "min_nodes", &config.min_nodes, 4..=30)?;
        check(Self::NAME, "max_nodes", &config.max_nodes, config.min_nodes..=30)?;
        check(Self::NAME, "restart", &config.restart, 0.0..=1.0_f64.next_down())?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<EdgeSet>> {
        let (subgraph, hidden) = (0..DRAWS).find_map(|_| self.masked(graph, rng))?;
        let stubs = stubs(subgraph.len(), &hidden);
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |name| {
            let lost: Vec<String> = (0..)
                .zip(&stubs)
                .filter(|&(_, &lost)| lost > 0)
                .map(|(node, lost)| format!("{}: {lost}", name(node)))
                .collect();
            format!(
                "{} links are hidden. Links missing at each node: {}. Which are they?\n",
                hidden.len(),
                lost.join(", ")
            )
        })?;
        let right: Vec<(u32, u32)> = hidden.iter().map(|&(left, right)| (posed.id(left), posed.id(right))).collect();
        let truth = EdgeSet { shown: posed.shown(), candidates: right.len(), right };
        let text = posed.text + "Reply <answer>(node, node) (node, node)</answer>, with every hidden link in brackets.";
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &EdgeSetVerifier {
        &EdgeSetVerifier
    }

    fn oracle(&self, truth: &EdgeSet) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &EdgeSet) -> f32 {
        let ways = ways(&truth.shown.edges, stubs(truth.shown.node_count(), &truth.right));
        let shared = |one: &[(u32, u32)], other: &[(u32, u32)]| one.iter().filter(|edge| other.contains(edge)).count();
        let best = ways.iter().map(|way| ways.iter().map(|other| shared(way, other)).sum::<usize>()).max().unwrap_or(0);
        let one_way = best as f32 / (ways.len() * truth.right.len()).max(1) as f32;
        let mut all_ways = ways.concat();
        all_ways.sort_unstable();
        all_ways.dedup();
        one_way.max(SetF1::blind_score(all_ways.len(), truth.right.len())).min(1.0_f32.next_down())
    }

    fn levels(config: &MaskedEdgesConfig) -> Vec<MaskedEdgesConfig> {
        [(2, 5, 8), (2, 6, 10), (3, 8, 14), (4, 12, 20)]
            .map(|(hidden, min_nodes, max_nodes)| MaskedEdgesConfig { hidden, min_nodes, max_nodes, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        if graph.has_relations() {
            return Some(
                "its edges have relations, and this task asks about links without; see `graph/triple-completion`"
                    .into(),
            );
        }
        let (edges, hidden) = (graph.edges().len(), self.config.hidden);
        if edges <= hidden {
            let edges = counted(edges as u64, "edge", "edges");
            return Some(format!("it has only {edges}, too few to hide {hidden}"));
        }
        let (nodes, least) = (graph.node_count(), self.config.min_nodes);
        (nodes < least).then(|| format!("it has only {nodes} nodes; a question shows at least {least}"))
    }
}

impl MaskedEdges {
    /// A small graph without the hidden edges, and the hidden edges.
    fn masked(&self, graph: &Graph, rng: &mut TaskRng) -> Option<(Subgraph, Vec<(u32, u32)>)> {
        let first = *rng.choose(graph.edges())?;
        let split = rng.split();
        if !owns_pair(split, first.source, first.target) {
            return None;
        }
        let view = if split == Split::HeldOut { View::whole(graph) } else { View::context(graph) };
        let size = self.config.min_nodes + rng.below(self.config.max_nodes - self.config.min_nodes + 1);
        let walk = Walk { length: STEPS_PER_NODE * size, restart: self.config.restart, max_nodes: size };
        let start = if rng.coin() { first.source } else { first.target };
        let mut subgraph = random_walk(&view, start, walk, rng);
        make_simple(&mut subgraph.edges);
        if subgraph.len() < self.config.min_nodes {
            return None;
        }
        let owned =
            |edge: &Edge| owns_pair(split, subgraph.nodes[edge.source as usize], subgraph.nodes[edge.target as usize]);
        let mut places: Vec<usize> = (0..subgraph.edges.len()).filter(|&at| owned(&subgraph.edges[at])).collect();
        let count = self.config.hidden;
        // What a held-out question does not hide of them, it would show.
        if places.len() < count || split == Split::HeldOut && places.len() != count {
            return None;
        }
        let chosen = rng.sample_front(&mut places, count).to_vec();
        let hidden: Vec<(u32, u32)> =
            chosen.iter().map(|&at| (subgraph.edges[at].source, subgraph.edges[at].target)).collect();
        let mut position = 0;
        subgraph.edges.retain(|_| {
            position += 1;
            !chosen.contains(&(position - 1))
        });
        let shown: Vec<(u32, u32)> = subgraph.edges.iter().map(|edge| (edge.source, edge.target)).collect();
        (ways(&shown, stubs(subgraph.len(), &hidden)).len() > 1).then_some((subgraph, hidden))
    }
}

/// Number of hidden edges at every node.
fn stubs(nodes: usize, hidden: &[(u32, u32)]) -> Vec<usize> {
    let mut stubs = vec![0; nodes];
    for end in hidden.iter().flat_map(|&(left, right)| [left, right]) {
        // A stored truth may name nodes that do not exist.
        if let Some(count) = stubs.get_mut(end as usize) {
            *count += 1;
        }
    }
    stubs
}

/// Every set of new edges that has `stubs[node]` ends at each node; pairs with the smaller node first, at most
/// 105 sets of up to four edges.
fn ways(shown: &[(u32, u32)], mut stubs: Vec<usize>) -> Vec<Vec<(u32, u32)>> {
    let mut found = Vec::new();
    join(shown, &mut stubs, &mut Vec::new(), &mut found);
    found
}

/// Joins the first loose end in every way, then the rest. A node's partners are taken in ascending order, so that no set
/// comes twice.
fn join(shown: &[(u32, u32)], stubs: &mut [usize], joined: &mut Vec<(u32, u32)>, found: &mut Vec<Vec<(u32, u32)>>) {
    let Some(node) = stubs.iter().position(|&left| left > 0) else {
        found.push(joined.clone());
        return;
    };
    let after = match joined.last() {
        Some(&(left, right)) if left as usize == node => right as usize + 1,
        _ => node + 1,
    };
    for other in after..stubs.len() {
        let pair = (node as u32, other as u32);
        if stubs[other] == 0 || shown.contains(&pair) || shown.contains(&(pair.1, pair.0)) {
            continue;
        }
        stubs[node] -= 1;
        stubs[other] -= 1;
        joined.push(pair);
        join(shown, stubs, joined, found);
        joined.pop();
        stubs[node] += 1;
        stubs[other] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loose_ends_of_two_edges_join_in_three_ways() {
        // Four nodes with one loose end each: three perfect matchings, less those that use a shown edge.
        assert_eq!(ways(&[], vec![1, 1, 1, 1]).len(), 3);
        assert_eq!(ways(&[(3, 2)], vec![1, 1, 1, 1]).len(), 2);
        // Two edges at node 0: one way only.
        assert_eq!(ways(&[], vec![2, 1, 1]), [[(0, 1), (0, 2)]]);
        // Eight loose ends of eight nodes: 7 * 5 * 3 matchings.
        assert_eq!(ways(&[], vec![1; 8]).len(), 105);
        // A cycle of four nodes: three of them.
        assert_eq!(ways(&[], vec![2; 4]).len(), 3);
    }
}
