//! `graph/neighbours`: which nodes are linked to a node, or to both of two nodes?
//!
//! Scored by F1. At most half of the other nodes are right, so that naming all of them is never a good answer; what that
//! earns is the stated chance.

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
        let (subgraph, asked, right) = (0..SEARCHED).find_map(|_| {
            let subgraph = self.cut.draw(graph, rng)?;
            let (asked, right) = asked(&SmallGraph::of(&subgraph).ok()?, of, rng)?;
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

/// One or two nodes to ask about and the nodes linked to all of them: at least one, at most half of the others.
fn asked(small: &SmallGraph, of: NeighboursOf, rng: &mut TaskRng) -> Option<(Vec<u32>, u64)> {
    let mut nodes: Vec<u32> = (0..small.node_count() as u32).collect();
    let count = if of == NeighboursOf::Node { 1 } else { 2 };
    let most = (nodes.len() - count) as u32 / 2;
    for _ in 0..nodes.len() {
        let asked = rng.sample_front(&mut nodes, count).to_vec();
        let right = asked.iter().fold(u64::MAX, |right, &node| right & small.neighbours(node));
        if (1..=most).contains(&right.count_ones()) {
            return Some((asked, right));
        }
    }
    None
}
