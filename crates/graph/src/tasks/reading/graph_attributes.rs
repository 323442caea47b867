//! `graph/graph-attributes`: numbers about the shown graph as a whole.
//!
//! The answer is drawn first, uniformly from at most `spread` neighbouring values; a few graphs of the same size are
//! searched for it, and if none has it, edges of the last one are changed until it does. A density, the share of pairs
//! that are linked, is right to two decimals: 0.005 more or less. Where a single edge changes it by less, densities lie farther
//! apart, so that no answer is right for two of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::SmallGraph;
use crate::question::ranges::{check, invalid};
use crate::question::{Cut, CutConfig, DrawnNumber, DrawnVerifier, Writing, WritingConfig, settle};
use crate::sample::Subgraph;
use crate::{Direction, Graph};
use ssl4rl_tasks::verifiers::{NumberCredit, NumberTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

/// Graphs searched before one is changed.
const SEARCHED: usize = 3;
/// Small graphs whose edges are changed until one has the value.
const SETTLED: usize = 32;
/// Half of the last decimal asked for, and as much as the truth itself is rounded by.
const DENSITY_TOLERANCE: f64 = 0.0051;
/// A density is kept as a whole number of so many parts of 1.
const DENSITY_STEPS: f64 = 1e4;

/// Settings of [`GraphAttributes`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GraphAttributesConfig {
    /// What is asked, one of them per question: `nodes`, `edges`, `density`, `maximum-degree`, `leaves` (nodes with one
    /// neighbour).
    pub attributes: Vec<GraphAttribute>,
    /// Number of different answers to a question, 2 to 20; fewer where the graph is too small for them. The number of nodes
    /// varies as `cut` says.
    pub spread: u64,
    /// What a near miss earns: `exact` (nothing), `relative` (one minus the relative error), `inverse` or `log-ratio`.
    pub credit: NumberCredit,
    /// The small graph; at least 4 nodes.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for GraphAttributesConfig {
    fn default() -> Self {
        Self {
            attributes: vec![
                GraphAttribute::Nodes,
                GraphAttribute::Edges,
                GraphAttribute::Density,
                GraphAttribute::MaximumDegree,
                GraphAttribute::Leaves,
            ],
            spread: 5,
            credit: NumberCredit::Exact,
            cut: CutConfig::default(),
            writing: WritingConfig::default(),
        }
    }
}

/// What is asked of a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GraphAttribute {
    /// Number of nodes.
    Nodes,
    /// Number of edges.
    Edges,
    /// Share of pairs that are linked.
    Density,
    /// Most neighbours of any node.
    MaximumDegree,
    /// Number of nodes with one neighbour.
    Leaves,
}

impl GraphAttribute {
    /// Integers drawn from, given the number of nodes; a density is drawn as a number of edges.
    fn possible(self, nodes: u64, spread: u64) -> Vec<u64> {
        let pairs = nodes * (nodes - 1) / 2;
        let (smallest, largest) = match self {
            Self::Nodes => (nodes, nodes),
            Self::Edges | Self::Density => (nodes - 1, pairs),
            Self::MaximumDegree => (2, nodes - 1),
            Self::Leaves => (0, nodes - 1),
        };
        let apart = match self {
            Self::Density => ((2.0 * DENSITY_TOLERANCE + 1.0 / DENSITY_STEPS) * pairs as f64).ceil() as usize,
            _ => 1,
        };
        (smallest..=largest).step_by(apart).take(spread as usize).collect()
    }

    fn count(self, subgraph: &Subgraph) -> Option<u64> {
        let small = SmallGraph::of(subgraph).ok()?;
        let degrees = (0..subgraph.len() as u32).map(|node| small.degree(node));
        Some(match self {
            Self::Nodes => subgraph.len() as u64,
            Self::Edges | Self::Density => small.edge_count(),
            Self::MaximumDegree => degrees.max()?,
            Self::Leaves => degrees.filter(|&degree| degree == 1).count() as u64,
        })
    }

    fn wording(self) -> &'static str {
        match self {
            Self::Nodes => "How many nodes are there?\n",
            Self::Edges => "How many edges are there?\n",
            Self::Density => "What share of all pairs of nodes is linked, to two decimals?\n",
            Self::MaximumDegree => "How many neighbours does the node with the most have?\n",
            Self::Leaves => "How many nodes have exactly one neighbour?\n",
        }
    }
}

/// The task.
pub struct GraphAttributes {
    config: GraphAttributesConfig,
    cut: Cut,
    /// Cuts of one size each, from the smallest on.
    sized: Vec<Cut>,
    writing: Writing,
}

impl PretextTask for GraphAttributes {
    const NAME: &'static str = "graph/graph-attributes";
    const SUMMARY: &'static str = "tell a number about the shown graph as a whole";
    const BY_DEFAULT: bool = false;
    type Config = GraphAttributesConfig;
    type Input = Graph;
    type Truth = DrawnNumber;
    type Verifier = DrawnVerifier;

    fn new(config: GraphAttributesConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "spread", &config.spread, 2..=20)?;
        if config.attributes.is_empty() {
            return Err(invalid(Self::NAME, "attributes", "at least one attribute", "none"));
        }
        let cut = Cut::new(Self::NAME, &config.cut)?;
        let (least, most) = (config.cut.min_nodes, config.cut.max_nodes);
        if least < 4 {
            return Err(invalid(Self::NAME, "cut.min_nodes", "at least 4", least.to_string()));
        }
        if least == most && config.attributes.contains(&GraphAttribute::Nodes) {
            let limit = format!("more than cut.min_nodes ({least}) where the number of nodes is asked");
            return Err(invalid(Self::NAME, "cut.max_nodes", limit, most.to_string()));
        }
        let sized: Result<Vec<Cut>, TaskError> =
            (least..=most).map(|size| Cut::new(Self::NAME, &config.cut.sized(size, size))).collect();
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { sized: sized?, config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<DrawnNumber>> {
        let attribute = *rng.choose(&self.config.attributes)?;
        // Of one size or not at all, so that every number of nodes is equally frequent.
        let cut = rng.choose(&self.sized)?;
        let mut subgraph = cut.draw(graph, rng)?;
        let possible = attribute.possible(subgraph.len() as u64, self.config.spread);
        let value = *rng.choose(&possible)?;
        for _ in 0..SEARCHED {
            if attribute.count(&subgraph)? == value {
                break;
            }
            subgraph = cut.draw(graph, rng)?;
        }
        // Rather another small graph than another value, which would make some values rarer than others.
        for _ in 0..SETTLED {
            if settle(&mut subgraph, value, rng, |now| attribute.count(now)) {
                break;
            }
            subgraph = cut.draw(graph, rng)?;
        }
        if attribute.count(&subgraph)? != value {
            return None;
        }
        let truth = self.truth(attribute, value, possible, subgraph.len());
        let posed =
            self.writing.pose(graph, subgraph, Direction::Undirected, rng, |_| attribute.wording().to_owned())?;
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

    fn levels(config: &GraphAttributesConfig) -> Vec<GraphAttributesConfig> {
        [(3, 4, 6), (5, 6, 10), (6, 10, 14), (8, 14, 24)]
            .map(|(spread, least, largest)| GraphAttributesConfig {
                spread,
                cut: config.cut.sized(least, largest),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

impl GraphAttributes {
    fn truth(&self, attribute: GraphAttribute, value: u64, possible: Vec<u64>, nodes: usize) -> DrawnNumber {
        match attribute {
            GraphAttribute::Nodes => {
                let sizes = self.config.cut.min_nodes as u64..=self.config.cut.max_nodes as u64;
                DrawnNumber::integer(value, sizes, self.config.credit)
            }
            GraphAttribute::Density => {
                let pairs = (nodes * (nodes - 1) / 2) as f64;
                let density = |edges: u64| (edges as f64 / pairs * DENSITY_STEPS).round() / DENSITY_STEPS;
                let number =
                    NumberTruth { value: density(value), tolerance: DENSITY_TOLERANCE, credit: self.config.credit };
                DrawnNumber { number, possible: possible.into_iter().map(density).collect() }
            }
            _ => DrawnNumber::integer(value, possible, self.config.credit),
        }
    }
}
