//! `graph/node-degree`: how many neighbours does a node have?
//!
//! The answer is drawn first, uniformly from 1 to `most`. A few graphs are searched for a node that has it; if none does,
//! edges of the last one are changed until one of its nodes does.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::SmallGraph;
use crate::question::ranges::{check, invalid};
use crate::question::{Cut, CutConfig, DrawnNumber, DrawnVerifier, Writing, WritingConfig, settle};
use crate::sample::Subgraph;
use crate::{Direction, Graph};
use ssl4rl_tasks::verifiers::NumberCredit;
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

/// Graphs searched before one is changed.
const SEARCHED: usize = 3;
/// Small graphs whose edges are changed until one node has the degree.
const SETTLED: usize = 32;

/// Settings of [`NodeDegree`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NodeDegreeConfig {
    /// Largest degree asked for, 2 to 20, less than `cut.min_nodes`.
    pub most: u64,
    /// What a near miss earns: `exact` (nothing), `relative` (one minus the relative error), `inverse` or `log-ratio`.
    pub credit: NumberCredit,
    /// The small graph.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for NodeDegreeConfig {
    fn default() -> Self {
        Self { most: 5, credit: NumberCredit::Exact, cut: CutConfig::default(), writing: WritingConfig::default() }
    }
}

/// The task.
pub struct NodeDegree {
    config: NodeDegreeConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for NodeDegree {
    const NAME: &'static str = "graph/node-degree";
    const SUMMARY: &'static str = "count the neighbours of a node";
    const BY_DEFAULT: bool = false;
    type Config = NodeDegreeConfig;
    type Input = Graph;
    type Truth = DrawnNumber;
    type Verifier = DrawnVerifier;

    fn new(config: NodeDegreeConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "most", &config.most, 2..=20)?;
        let cut = Cut::new(Self::NAME, &config.cut)?;
        if config.most as usize >= config.cut.min_nodes {
            let limit = format!("less than cut.min_nodes ({})", config.cut.min_nodes);
            return Err(invalid(Self::NAME, "most", limit, config.most.to_string()));
        }
        let writing = Writing::with_distractors(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<DrawnNumber>> {
        let degree = 1 + rng.below(self.config.most as usize) as u64;
        let (subgraph, node) = self.with_degree(graph, degree, rng)?;
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |name| {
            format!("How many neighbours does node {} have?\n", name(node))
        })?;
        let truth = DrawnNumber::integer(degree, 1..=self.config.most, self.config.credit);
        Some(Sample { prompt: vec![Part::Text(posed.text + "Reply <answer>number</answer>.")], truth })
    }

    fn verifier(&self) -> &DrawnVerifier {
        &DrawnVerifier
    }

    fn oracle(&self, truth: &DrawnNumber) -> String {
        protocol::wrap(&truth.number.right_answer())
    }

    fn chance(&self, truth: &DrawnNumber) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &NodeDegreeConfig) -> Vec<NodeDegreeConfig> {
        [(3, 5, 6), (5, 6, 10), (8, 10, 16), (12, 16, 30)]
            .map(|(most, least, largest)| NodeDegreeConfig {
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

impl NodeDegree {
    /// A small graph and a random node of it that has `degree` neighbours.
    fn with_degree(&self, graph: &Graph, degree: u64, rng: &mut TaskRng) -> Option<(Subgraph, u32)> {
        for _ in 0..SEARCHED {
            let subgraph = self.cut.draw(graph, rng)?;
            let small = SmallGraph::of(&subgraph).ok()?;
            let fitting: Vec<u32> = (0..subgraph.len() as u32).filter(|&node| small.degree(node) == degree).collect();
            if let Some(&node) = rng.choose(&fitting) {
                return Some((subgraph, node));
            }
        }
        // Rather another node than another degree, which would make some degrees rarer than others.
        (0..SETTLED).find_map(|_| {
            let mut subgraph = self.cut.draw(graph, rng)?;
            let node = rng.below(subgraph.len()) as u32;
            let count = |now: &Subgraph| Some(SmallGraph::of(now).ok()?.degree(node));
            settle(&mut subgraph, degree, rng, count).then_some((subgraph, node))
        })
    }
}
