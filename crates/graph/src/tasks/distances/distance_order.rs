//! `graph/distance-order`: put a few nodes in the order of their distance from another.
//!
//! The distances are drawn first, `gap` or more apart, so that one order is right; `placing` finds a graph that has them.
//! Source: the contextual position of S2GRL, as an order instead of a class.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::question::ranges::{check, invalid};
use crate::question::{Cut, CutConfig, Writing, WritingConfig};
use crate::{Direction, Graph};
use ssl4rl_tasks::verifiers::{OrderCredit, Ordering, OrderingTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

use super::placing::place;

/// Settings of [`DistanceOrder`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DistanceOrderConfig {
    /// Nodes to put in order, 2 to 6.
    pub nodes: usize,
    /// Least difference of two distances, 1 to 3.
    pub gap: u32,
    /// Largest distance, at least 1 + `gap` (`nodes` - 1) and less than `cut.min_nodes`.
    pub most: u32,
    /// What an order that is right in part earns: `pairs` (Kendall's tau, cut at 0) or `positions`.
    pub credit: OrderCredit,
    /// The small graph.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for DistanceOrderConfig {
    fn default() -> Self {
        Self {
            nodes: 3,
            gap: 1,
            most: 4,
            credit: OrderCredit::Pairs,
            cut: CutConfig::default(),
            writing: WritingConfig::default(),
        }
    }
}

/// The task.
pub struct DistanceOrder {
    config: DistanceOrderConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for DistanceOrder {
    const NAME: &'static str = "graph/distance-order";
    const SUMMARY: &'static str = "order nodes by their distance from another";
    const BY_DEFAULT: bool = false;
    type Config = DistanceOrderConfig;
    type Input = Graph;
    type Truth = OrderingTruth;
    type Verifier = Ordering;

    fn new(config: DistanceOrderConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "nodes", &config.nodes, 2..=6)?;
        check(Self::NAME, "gap", &config.gap, 1..=3)?;
        let cut = Cut::new(Self::NAME, &config.cut)?;
        let (least, bound) = (1 + config.gap * (config.nodes as u32 - 1), config.cut.min_nodes as u32);
        if !(least..bound).contains(&config.most) {
            let limit = format!("at least {least} for {} nodes and less than cut.min_nodes ({bound})", config.nodes);
            return Err(invalid(Self::NAME, "most", limit, config.most.to_string()));
        }
        let writing = Writing::with_distractors(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<OrderingTruth>> {
        let wanted: Vec<Option<u32>> = self.distances(rng).into_iter().map(Some).collect();
        let placed = place(&self.cut, graph, &wanted, false, rng)?;
        let listed: Vec<u32> = rng.permutation(wanted.len()).into_iter().map(|at| placed.targets[at]).collect();
        let posed = self.writing.pose(graph, placed.subgraph, Direction::Undirected, rng, |name| {
            let listed: Vec<String> = listed.iter().map(|&node| name(node)).collect();
            format!(
                "Put {} in the order of their distance from node {}, nearest first.\n",
                listed.join(", "),
                name(placed.root)
            )
        })?;
        let truth = OrderingTruth::new(placed.targets.iter().map(|&node| posed.name(node)), self.config.credit);
        let text = posed.text + "Reply <answer>nodes</answer>, with commas.";
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &Ordering {
        &Ordering
    }

    fn oracle(&self, truth: &OrderingTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &OrderingTruth) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &DistanceOrderConfig) -> Vec<DistanceOrderConfig> {
        [(2, 3, 5, 6), (3, 4, 6, 8), (3, 4, 8, 12), (4, 5, 10, 16), (5, 6, 14, 20)]
            .map(|(nodes, most, least, largest)| DistanceOrderConfig {
                nodes,
                gap: 1,
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

impl DistanceOrder {
    /// Distances from 1 to `most`, ascending, `gap` or more apart; every such choice is equally likely.
    fn distances(&self, rng: &mut TaskRng) -> Vec<u32> {
        let DistanceOrderConfig { nodes, gap, most, .. } = self.config;
        let slack = most - (gap - 1) * (nodes as u32 - 1);
        let mut free: Vec<u32> = (1..=slack).collect();
        let mut chosen = rng.sample_front(&mut free, nodes).to_vec();
        chosen.sort_unstable();
        (0..).zip(chosen).map(|(before, distance)| distance + before * (gap - 1)).collect()
    }
}
