//! `graph/core-number`: the largest k such that a node lies in a part of the graph where every node has k neighbours.
//!
//! The number is drawn first, uniformly from 1 to `largest`; random edges are added or removed until the node has it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::SmallGraph;
use crate::exact::cores;
use crate::question::ranges::check;
use crate::question::{Cut, CutConfig, Writing, WritingConfig, add_random_edge};
use crate::sample::Subgraph;
use crate::{Direction, Graph};
use ssl4rl_tasks::verifiers::{Number, NumberCredit, NumberTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Edges changed before the sample is given up.
const CHANGES: usize = 400;
/// Small graphs tried for one core number.
const DRAWS: usize = 32;
/// Largest number, fewest and most nodes shown of each level.
const LEVELS: [(u64, usize, usize); 4] = [(2, 5, 7), (3, 6, 10), (4, 8, 14), (5, 12, 20)];

/// Settings of [`CoreNumber`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CoreNumberConfig {
    /// Largest answer, 2 to 6 and below `cut.min_nodes`.
    pub largest: u64,
    /// Where the small graph comes from.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for CoreNumberConfig {
    fn default() -> Self {
        Self { largest: 3, cut: CutConfig::default(), writing: WritingConfig::default() }
    }
}

/// The core number, and the range it was drawn from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoreTruth {
    /// The right number; only equality counts.
    pub number: NumberTruth,
    /// Largest number that was possible; the smallest is 1.
    pub largest: u64,
}

/// Scores the number.
#[derive(Debug, Clone, Copy, Default)]
pub struct CoreVerifier;

impl Verifier for CoreVerifier {
    const SCORING: &'static str = Number::SCORING;
    type Truth = CoreTruth;

    fn verify(&self, completion: &str, truth: &CoreTruth) -> Verdict {
        Number.verify(completion, &truth.number)
    }
}

/// The task.
pub struct CoreNumber {
    config: CoreNumberConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for CoreNumber {
    const NAME: &'static str = "graph/core-number";
    const SUMMARY: &'static str = "the core number of a node";
    const BY_DEFAULT: bool = false;
    type Config = CoreNumberConfig;
    type Input = Graph;
    type Truth = CoreTruth;
    type Verifier = CoreVerifier;

    fn new(config: CoreNumberConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "largest", &config.largest, 2..=6.min(config.cut.min_nodes as u64 - 1))?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<CoreTruth>> {
        let wanted = 1 + rng.below(self.config.largest as usize) as u64;
        let (subgraph, node) = (0..DRAWS).find_map(|_| {
            let mut subgraph = self.cut.draw(graph, rng)?;
            let node = settle(&mut subgraph, wanted as u32, rng)?;
            Some((subgraph, node))
        })?;
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |name| {
            format!("What is the core number of node {}?\n", name(node))
        })?;
        let truth =
            CoreTruth { number: NumberTruth::integer(wanted, NumberCredit::Exact), largest: self.config.largest };
        Some(Sample { prompt: vec![Part::Text(posed.text + "Reply <answer>number</answer>.")], truth })
    }

    fn verifier(&self) -> &CoreVerifier {
        &CoreVerifier
    }

    fn oracle(&self, truth: &CoreTruth) -> String {
        protocol::wrap(&truth.number.right_answer())
    }

    fn chance(&self, truth: &CoreTruth) -> f32 {
        1.0 / truth.largest.max(2) as f32
    }

    fn levels(config: &CoreNumberConfig) -> Vec<CoreNumberConfig> {
        LEVELS
            .map(|(largest, least, most)| CoreNumberConfig {
                largest,
                cut: config.cut.sized(least, most),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

/// A random node, and random edges added or removed until it has the core number `wanted`. One edge changes it by at most one.
fn settle(subgraph: &mut Subgraph, wanted: u32, rng: &mut TaskRng) -> Option<u32> {
    let node = rng.below(subgraph.len()) as u32;
    for _ in 0..CHANGES {
        let now = cores::numbers(&SmallGraph::of(subgraph).ok()?)[node as usize];
        if now == wanted {
            rng.shuffle(&mut subgraph.edges);
            return Some(node);
        }
        if now < wanted {
            add_random_edge(subgraph, rng);
        } else {
            let at = rng.below(subgraph.edges.len());
            subgraph.edges.swap_remove(at);
        }
    }
    None
}
