//! `graph/neighbours`: which nodes are linked to a node, or to both of two nodes?
//!
//! Scored by F1. At most half of the other nodes are right, so that naming all of them is never a good answer; what that
//! earns is the stated chance.
//!
//! Most pairs share the node of most links. Whether a shared one is among those of most links is therefore drawn first: it is so
//! as often as naming all nodes would pay for one right node.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::{SmallGraph, members};
use crate::question::ranges::invalid;
use crate::question::{Cut, CutConfig, NodeSet, NodeSetVerifier, Writing, WritingConfig};
use crate::{Direction, Graph};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

/// Graphs searched before the sample is given up.
const SEARCHED: usize = 8;

/// Settings of [`Neighbours`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NeighboursConfig {
    /// What is asked, one of them per question: `node` (all neighbours of a node), `common` (all common neighbours of two).
    pub of: Vec<NeighboursOf>,
    /// The small graph.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for NeighboursConfig {
    fn default() -> Self {
        Self {
            of: vec![NeighboursOf::Node, NeighboursOf::Common],
            cut: CutConfig::default(),
            writing: WritingConfig::default(),
        }
    }
}

/// Whose neighbours are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NeighboursOf {
    /// One node's.
    Node,
    /// Those that two nodes share.
    Common,
}

/// The task.
pub struct Neighbours {
    config: NeighboursConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for Neighbours {
    const NAME: &'static str = "graph/neighbours";
    const SUMMARY: &'static str = "name the neighbours of a node, or those that two nodes share";
    const BY_DEFAULT: bool = false;
    type Config = NeighboursConfig;
    type Input = Graph;
    type Truth = NodeSet;
    type Verifier = NodeSetVerifier;

    fn new(config: NeighboursConfig) -> Result<Self, TaskError> {
        if config.of.is_empty() {
            return Err(invalid(Self::NAME, "of", "`node`, `common` or both", "nothing"));
        }
        let cut = Cut::new(Self::NAME, &config.cut)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<NodeSet>> {
        let of = *rng.choose(&self.config.of)?;
        let luck = rng.unit();
        let (subgraph, asked, right) = (0..SEARCHED).find_map(|_| {
            let subgraph = self.cut.draw(graph, rng)?;
            let small = SmallGraph::of(&subgraph).ok()?;
            let (asked, right) = match of {
                NeighboursOf::Node => of_node(&small, rng),
                NeighboursOf::Common => of_pair(&small, luck, rng),
            }?;
            Some((subgraph, asked, right))
        })?;
        let candidates = subgraph.len() - asked.len();
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |name| match *asked.as_slice() {
            [left, right] => format!("Which nodes are linked to both node {} and node {}?\n", name(left), name(right)),
            _ => {
                format!("Which nodes are linked to node {}?\n", asked.first().map_or(String::new(), |&node| name(node)))
            }
        })?;
        let right = members(right).map(|node| posed.id(node)).collect();
        let text = posed.text.clone() + "Reply <answer>nodes</answer>, with commas.";
        Some(Sample { prompt: vec![Part::Text(text)], truth: NodeSet { shown: posed.shown(), right, candidates } })
    }

    fn verifier(&self) -> &NodeSetVerifier {
        &NodeSetVerifier
    }

    fn oracle(&self, truth: &NodeSet) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &NodeSet) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &NeighboursConfig) -> Vec<NeighboursConfig> {
        [(5, 6), (6, 10), (10, 16), (16, 30)]
            .map(|(least, largest)| NeighboursConfig { cut: config.cut.sized(least, largest), ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

/// A node to ask about and its neighbours: at least one, at most half of the others.
fn of_node(small: &SmallGraph, rng: &mut TaskRng) -> Option<(Vec<u32>, u64)> {
    let nodes = small.node_count() as u32;
    let suits = |&node: &u32| (1..=u64::from((nodes - 1) / 2)).contains(&small.degree(node));
    let suitable: Vec<u32> = (0..nodes).filter(suits).collect();
    rng.choose(&suitable).map(|&node| (vec![node], small.neighbours(node)))
}

/// Two nodes and the neighbours that both have: at least one, at most half of the others. Among them is one of most links of all
/// others if `luck`, uniform from 0 to 1, is below what naming all nodes earns where one is right.
fn of_pair(small: &SmallGraph, luck: f64, rng: &mut TaskRng) -> Option<(Vec<u32>, u64)> {
    let nodes = small.node_count() as u32;
    let others = nodes - 2;
    let with_most = luck < 2.0 / f64::from(others + 1);
    let pairs =
        (0..nodes).flat_map(|left| (0..nodes).filter(move |&right| right != left).map(move |right| (left, right)));
    let suitable: Vec<(Vec<u32>, u64)> = pairs
        .map(|(left, right)| (vec![left, right], small.neighbours(left) & small.neighbours(right)))
        .filter(|&(_, shared)| (1..=others / 2).contains(&shared.count_ones()))
        .filter(|(asked, shared)| (shared & of_most_links(small, asked) != 0) == with_most)
        .collect();
    rng.choose(&suitable).cloned()
}

/// Of the nodes that are not asked about, those of most links.
fn of_most_links(small: &SmallGraph, asked: &[u32]) -> u64 {
    let others = || (0..small.node_count() as u32).filter(|node| !asked.contains(node));
    let most = others().map(|node| small.degree(node)).max().unwrap_or(0);
    others().filter(|&node| small.degree(node) == most).fold(0, |set, node| set | 1 << node)
}
