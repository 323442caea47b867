//! `graph/neighbourhood`: which nodes lie within a few steps of a node, or how many are there?
//!
//! How many is drawn first, uniformly from 2 to at most `most` and half of the other nodes; a few graphs are searched
//! for such a node, and if there is none, edges of the last graph are changed. A list is scored by F1.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::{SmallGraph, members};
use crate::question::ranges::{check, invalid};
use crate::question::{
    Cut, CutConfig, DrawnNumber, DrawnVerifier, NodeSet, NodeSetVerifier, Writing, WritingConfig, settle,
};
use crate::sample::Subgraph;
use crate::{Direction, Graph};
use ssl4rl_tasks::verifiers::NumberCredit;
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Graphs searched before one is changed.
const SEARCHED: usize = 3;
/// Nodes around which edges are changed until one has the size.
const SETTLED: usize = 32;
/// Fewest nodes within reach, so that neither answer is empty.
const FEWEST: u64 = 2;

/// Settings of [`Neighbourhood`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NeighbourhoodConfig {
    /// What is asked: the `list` of nodes or its `size`.
    pub ask: NeighbourhoodAsk,
    /// Steps from the node, 1 to 4.
    pub steps: u32,
    /// Most nodes within reach, 2 to 20.
    pub most: u64,
    /// What a near miss of the size earns: `exact` (nothing), `relative`, `inverse` or `log-ratio`.
    pub credit: NumberCredit,
    /// The small graph; at least 5 nodes.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for NeighbourhoodConfig {
    fn default() -> Self {
        Self {
            ask: NeighbourhoodAsk::List,
            steps: 2,
            most: 6,
            credit: NumberCredit::Exact,
            cut: CutConfig { min_nodes: 8, max_nodes: 12, ..CutConfig::default() },
            writing: WritingConfig::default(),
        }
    }
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NeighbourhoodAsk {
    /// Which nodes.
    List,
    /// How many.
    Size,
}

/// The right list or number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum NeighbourhoodTruth {
    /// The nodes within reach.
    List(NodeSet),
    /// Their number.
    Size(DrawnNumber),
}

/// Scores the list or the number.
#[derive(Debug, Clone, Copy, Default)]
pub struct NeighbourhoodVerifier;

impl Verifier for NeighbourhoodVerifier {
    const SCORING: &'static str = "F1 of the nodes; for their number 1, and for a near one what the credit says";
    type Truth = NeighbourhoodTruth;

    fn verify(&self, completion: &str, truth: &NeighbourhoodTruth) -> Verdict {
        match truth {
            NeighbourhoodTruth::List(nodes) => NodeSetVerifier.verify(completion, nodes),
            NeighbourhoodTruth::Size(number) => DrawnVerifier.verify(completion, number),
        }
    }
}

/// The task.
pub struct Neighbourhood {
    config: NeighbourhoodConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for Neighbourhood {
    const NAME: &'static str = "graph/neighbourhood";
    const SUMMARY: &'static str = "name or count the nodes within a few steps of a node";
    const BY_DEFAULT: bool = false;
    type Config = NeighbourhoodConfig;
    type Input = Graph;
    type Truth = NeighbourhoodTruth;
    type Verifier = NeighbourhoodVerifier;

    fn new(config: NeighbourhoodConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "steps", &config.steps, 1..=4)?;
        check(Self::NAME, "most", &config.most, FEWEST..=20)?;
        let cut = Cut::new(Self::NAME, &config.cut)?;
        if config.cut.min_nodes < 5 {
            return Err(invalid(Self::NAME, "cut.min_nodes", "at least 5", config.cut.min_nodes.to_string()));
        }
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<NeighbourhoodTruth>> {
        let mut subgraph = self.cut.draw(graph, rng)?;
        let range = self.range(subgraph.len());
        let size = range.start() + rng.below((range.end() - range.start() + 1) as usize) as u64;
        let node = self.settled(graph, &mut subgraph, size, rng)?;
        let within = SmallGraph::of(&subgraph).ok()?.within(1 << node, self.config.steps) & !(1 << node);
        let others = subgraph.len() - 1;
        let (verb, steps) = match self.config.ask {
            NeighbourhoodAsk::List => ("Which", self.config.steps),
            NeighbourhoodAsk::Size => ("How many", self.config.steps),
        };
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |name| {
            let plural = if steps == 1 { "step" } else { "steps" };
            format!("{verb} other nodes can be reached from node {} in at most {steps} {plural}?\n", name(node))
        })?;
        let (reply, truth) = match self.config.ask {
            NeighbourhoodAsk::List => {
                let right = members(within).map(|node| posed.id(node)).collect();
                let truth = NodeSet { shown: posed.shown(), right, candidates: others };
                ("Reply <answer>nodes</answer>, with commas.", NeighbourhoodTruth::List(truth))
            }
            NeighbourhoodAsk::Size => {
                let truth = DrawnNumber::integer(size, range, self.config.credit);
                ("Reply <answer>number</answer>.", NeighbourhoodTruth::Size(truth))
            }
        };
        Some(Sample { prompt: vec![Part::Text(posed.text + reply)], truth })
    }

    fn verifier(&self) -> &NeighbourhoodVerifier {
        &NeighbourhoodVerifier
    }

    fn oracle(&self, truth: &NeighbourhoodTruth) -> String {
        protocol::wrap(&match truth {
            NeighbourhoodTruth::List(nodes) => nodes.right_answer(),
            NeighbourhoodTruth::Size(number) => number.number.right_answer(),
        })
    }

    fn chance(&self, truth: &NeighbourhoodTruth) -> f32 {
        match truth {
            NeighbourhoodTruth::List(nodes) => nodes.blind_score(),
            NeighbourhoodTruth::Size(number) => number.blind_score(),
        }
    }

    fn levels(config: &NeighbourhoodConfig) -> Vec<NeighbourhoodConfig> {
        [(1, 4, 6, 8), (2, 6, 8, 12), (2, 8, 12, 18), (3, 10, 16, 24), (4, 14, 22, 30)]
            .map(|(steps, most, least, largest)| NeighbourhoodConfig {
                steps,
                most,
                cut: config.cut.sized(least, largest),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

impl Neighbourhood {
    /// Sizes that a question about this many nodes can have.
    fn range(&self, nodes: usize) -> RangeInclusive<u64> {
        let others = nodes as u64 - 1;
        FEWEST..=self.config.most.min(others / 2).max(FEWEST)
    }

    /// Makes `subgraph` one in which `size` nodes are within reach of a node, and says of which.
    fn settled(&self, graph: &Graph, subgraph: &mut Subgraph, size: u64, rng: &mut TaskRng) -> Option<u32> {
        let (nodes, steps) = (subgraph.len(), self.config.steps);
        let reach = |small: &SmallGraph, node: u32| u64::from(small.within(1 << node, steps).count_ones()) - 1;
        for _ in 0..SEARCHED {
            let small = SmallGraph::of(subgraph).ok()?;
            let fitting: Vec<u32> = (0..nodes as u32).filter(|&node| reach(&small, node) == size).collect();
            if let Some(&node) = rng.choose(&fitting) {
                return Some(node);
            }
            if let Some(other) = self.cut.draw(graph, rng)
                && other.len() == nodes
            {
                *subgraph = other;
            }
        }
        // Rather another node than another size, which would make some sizes rarer than others.
        (0..SETTLED).find_map(|_| {
            let mut settled = subgraph.clone();
            let node = rng.below(nodes) as u32;
            if !settle(&mut settled, size, rng, |now| Some(reach(&SmallGraph::of(now).ok()?, node))) {
                return None;
            }
            *subgraph = settled;
            Some(node)
        })
    }
}
