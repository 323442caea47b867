//! `graph/subgraph-counting`: how many triangles, 4-cycles, edges … does the shown subgraph hold, or hold a given node?
//!
//! A small subgraph is cut out of the data and the answer is drawn first, uniformly from a range that depends on the
//! question and the number of nodes. If a few subgraphs of that size do not have the drawn count, edges of the last one
//! are removed or added at random until it does. Answers are therefore uniform whatever the data looks like, and the
//! stated chance is what the best constant answer earns, partial credit included.
//!
//! Which split a question belongs to is decided by what it says; see [`Writing::pose`].
//! Directions and relations are left out. Patterns are counted wherever their edges are, whatever further edges join
//! their nodes.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::SmallGraph;
use crate::question::ranges::{check, invalid};
use crate::question::{Writing, WritingConfig, add_random_edge, make_simple};
use crate::sample::{EgoNet, Subgraph, View, Walk, ego_net, random_walk};
use crate::{Direction, Graph, Node};
use ssl4rl_tasks::verifiers::{Number, NumberCredit, NumberTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Draws of a start node before the sample is given up.
const DRAWS: usize = 64;
/// Further subgraphs tried for the drawn count before edges are changed.
const MATCHES: usize = 6;
/// Edges removed or added before the sample is given up.
const EDITS: usize = 256;
/// Small graphs whose edges are changed.
const EDITED: usize = 32;
/// Steps of a random walk per node wanted.
const STEPS_PER_NODE: usize = 6;

/// Settings of [`SubgraphCounting`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SubgraphCountingConfig {
    /// What is counted, one of them per question: `edges`, `wedges` (paths of two edges), `triangles`, `four-cycles`,
    /// `four-cliques`.
    pub patterns: Vec<Pattern>,
    /// `graph` (all of them), `node` (those that contain a given node), or `both`, half of the questions each.
    pub scope: Scope,
    /// Number of different answers to a question, 2 to 20; fewer where the subgraph is too small for them.
    pub spread: u64,
    /// Fewest nodes shown, 3 to 30.
    pub min_nodes: usize,
    /// Most nodes shown, `min_nodes` to 30.
    pub max_nodes: usize,
    /// How subgraphs are cut out: `walk` (random walk with restart) or `ego-net`.
    pub source: Source,
    /// Probability of returning to the start before each step of a walk, 0 to 1 exclusive.
    pub restart: f64,
    /// What a near miss earns: `exact` (nothing), `relative` (one minus the relative error) or `log-ratio`. Partial credit
    /// pays a guess in the middle of the range, so a small policy that earns it stays there.
    pub credit: NumberCredit,
    /// How the subgraph is written.
    pub writing: WritingConfig,
}

impl Default for SubgraphCountingConfig {
    fn default() -> Self {
        Self {
            patterns: vec![Pattern::Edges, Pattern::Triangles],
            scope: Scope::Graph,
            spread: 5,
            min_nodes: 5,
            max_nodes: 8,
            source: Source::Walk,
            restart: 0.2,
            credit: NumberCredit::Exact,
            writing: WritingConfig::default(),
        }
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pattern {
    /// Adjacent pairs.
    Edges,
    /// Paths of two edges.
    Wedges,
    /// Three mutually adjacent nodes.
    Triangles,
    /// Cycles of four nodes, chords allowed.
    FourCycles,
    /// Four mutually adjacent nodes.
    FourCliques,
}

/// Where it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// In the whole subgraph.
    Graph,
    /// Around one node.
    Node,
    /// Either, by a fair coin.
    Both,
}

/// How subgraphs are cut out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Nodes of a random walk with restart.
    Walk,
    /// Nodes within two steps of a centre.
    EgoNet,
}

/// The count, and the range it was drawn from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CountTruth {
    /// The right number and how nearness pays.
    pub number: NumberTruth,
    /// Smallest answer that the question could have had.
    pub smallest: u64,
    /// Largest.
    pub largest: u64,
}

/// Scores the number.
#[derive(Debug, Clone, Copy, Default)]
pub struct CountVerifier;

impl Verifier for CountVerifier {
    const SCORING: &'static str = Number::SCORING;
    type Truth = CountTruth;

    fn verify(&self, completion: &str, truth: &CountTruth) -> Verdict {
        Number.verify(completion, &truth.number)
    }
}

/// The task.
pub struct SubgraphCounting {
    config: SubgraphCountingConfig,
    writing: Writing,
}

impl PretextTask for SubgraphCounting {
    const NAME: &'static str = "graph/subgraph-counting";
    const SUMMARY: &'static str = "count small patterns in a subgraph, or around one of its nodes";
    type Config = SubgraphCountingConfig;
    type Input = Graph;
    type Truth = CountTruth;
    type Verifier = CountVerifier;

    fn new(config: SubgraphCountingConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "spread", &config.spread, 2..=20)?;
        check(Self::NAME, "min_nodes", &config.min_nodes, 3..=30)?;
        check(Self::NAME, "max_nodes", &config.max_nodes, config.min_nodes..=30)?;
        check(Self::NAME, "restart", &config.restart, 0.0..=1.0_f64.next_down())?;
        if config.patterns.is_empty() {
            return Err(invalid(Self::NAME, "patterns", "at least one pattern", "none"));
        }
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<CountTruth>> {
        let question = self.question(rng)?;
        let size = self.config.min_nodes + rng.below(self.config.max_nodes - self.config.min_nodes + 1);
        let mut subgraph = self.subgraph(graph, size, rng)?;
        let range = question.range(subgraph.len() as u64, self.config.spread);
        let count = range.start() + rng.below((range.end() - range.start() + 1) as usize) as u64;
        let node = self.settle(graph, &mut subgraph, question, count, rng)?;
        let posed =
            self.writing.pose(graph, subgraph, Direction::Undirected, rng, |name| question.wording(&name(node)))?;
        let mut text = posed.text;
        text.push_str("Reply <answer>number</answer>.");
        let number = NumberTruth::integer(count, self.config.credit);
        let truth = CountTruth { number, smallest: *range.start(), largest: *range.end() };
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &CountVerifier {
        &CountVerifier
    }

    fn oracle(&self, truth: &CountTruth) -> String {
        protocol::wrap(&truth.number.right_answer())
    }

    fn chance(&self, truth: &CountTruth) -> f32 {
        let possible: Vec<NumberTruth> =
            (truth.smallest..=truth.largest).map(|count| NumberTruth { value: count as f64, ..truth.number }).collect();
        NumberTruth::best_constant(&possible).map_or(0.0, |(_, score)| score as f32)
    }

    fn levels(config: &SubgraphCountingConfig) -> Vec<SubgraphCountingConfig> {
        let sizes = [(3, 5, 3), (4, 6, 4), (5, 8, 5), (7, 10, 6), (9, 13, 8), (12, 16, 10)];
        let level =
            |(min_nodes, max_nodes, spread)| SubgraphCountingConfig { spread, min_nodes, max_nodes, ..config.clone() };
        sizes.map(level).to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        if graph.edges().is_empty() {
            return Some("the graph has no edges, so there is nothing to count".into());
        }
        let nodes = graph.node_count();
        (nodes < self.config.min_nodes)
            .then(|| format!("it has only {nodes} nodes; a question shows at least {}", self.config.min_nodes))
    }
}

impl SubgraphCounting {
    fn question(&self, rng: &mut TaskRng) -> Option<Question> {
        let pattern = *rng.choose(&self.config.patterns)?;
        let about_node = match self.config.scope {
            Scope::Graph => false,
            Scope::Node => true,
            Scope::Both => rng.coin(),
        };
        Some(Question { pattern, about_node })
    }

    /// A subgraph of at least `min_nodes` and at most `size` nodes around a start node of this split.
    fn subgraph(&self, graph: &Graph, size: usize, rng: &mut TaskRng) -> Option<Subgraph> {
        let view = View::context(graph);
        (0..DRAWS).find_map(|_| {
            let start = rng.below(graph.node_count()) as Node;
            if !rng.split().owns("node", u64::from(start)) {
                return None;
            }
            let mut subgraph = match self.config.source {
                Source::Walk => {
                    let walk = Walk { length: STEPS_PER_NODE * size, restart: self.config.restart, max_nodes: size };
                    random_walk(&view, start, walk, rng)
                }
                Source::EgoNet => ego_net(&view, start, EgoNet { hops: 2, neighbours: size, max_nodes: size }, rng),
            };
            make_simple(&mut subgraph.edges);
            (subgraph.len() >= self.config.min_nodes).then_some(subgraph)
        })
    }

    /// Makes `subgraph` one that answers `count`, and says around which node.
    fn settle(
        &self,
        graph: &Graph,
        subgraph: &mut Subgraph,
        question: Question,
        count: u64,
        rng: &mut TaskRng,
    ) -> Option<u32> {
        let size = subgraph.len();
        for _ in 0..MATCHES {
            if let Some(node) = question.matching_node(subgraph, count, rng) {
                return Some(node);
            }
            if let Some(other) = self.subgraph(graph, size, rng)
                && other.len() == size
            {
                *subgraph = other;
            }
        }
        // Rather another small graph than another count, which would make some counts rarer than others.
        for _ in 0..EDITED {
            if let Some(node) = question.edit(subgraph, count, rng) {
                return Some(node);
            }
            if let Some(other) = self.subgraph(graph, size, rng)
                && other.len() == size
            {
                *subgraph = other;
            }
        }
        None
    }
}

/// A pattern and where it is counted.
#[derive(Debug, Clone, Copy)]
struct Question {
    pattern: Pattern,
    about_node: bool,
}

impl Question {
    /// Answers drawn from, given the number of nodes shown; at most `spread` of them.
    fn range(self, nodes: u64, spread: u64) -> RangeInclusive<u64> {
        let pairs = |count: u64| count * count.saturating_sub(1) / 2;
        let (smallest, possible) = match (self.pattern, self.about_node) {
            (Pattern::Edges, false) => (nodes - 1, pairs(nodes)),
            (Pattern::Edges, true) => (1, nodes - 1),
            (Pattern::Wedges, false) => (nodes - 1, nodes * pairs(nodes - 1)),
            (Pattern::Wedges, true) => (1, 3 * pairs(nodes - 1)),
            (Pattern::Triangles, false) => (0, nodes * pairs(nodes - 1) / 3),
            (Pattern::Triangles, true) => (0, pairs(nodes - 1)),
            // Every count up to these can be had with few edges more than a tree has.
            (Pattern::FourCycles, _) => (0, nodes.saturating_sub(3) * 3),
            (Pattern::FourCliques, _) => (0, nodes.saturating_sub(3)),
        };
        // K4 has four triangles and three 4-cycles, but no graph on four nodes has three triangles; stay below such gaps.
        let largest = if nodes < 5 { possible.min(smallest + 2) } else { possible };
        smallest..=largest.min(smallest + spread - 1)
    }

    fn count(self, subgraph: &Subgraph, node: u32) -> Option<u64> {
        let small = SmallGraph::of(subgraph).ok()?;
        Some(match (self.pattern, self.about_node) {
            (Pattern::Edges, false) => small.edge_count(),
            (Pattern::Edges, true) => small.degree(node),
            (Pattern::Wedges, false) => small.wedges(),
            (Pattern::Wedges, true) => wedges_at(&small, node),
            (Pattern::Triangles, false) => small.triangles(),
            (Pattern::Triangles, true) => small.triangles_at(node),
            (Pattern::FourCycles, false) => small.four_cycles(),
            (Pattern::FourCycles, true) => small.four_cycles_at(node),
            (Pattern::FourCliques, false) => small.four_cliques(),
            (Pattern::FourCliques, true) => small.four_cliques_at(node),
        })
    }

    /// A random node for which the answer is `count`.
    fn matching_node(self, subgraph: &Subgraph, count: u64, rng: &mut TaskRng) -> Option<u32> {
        let first = rng.below(subgraph.len()) as u32;
        if !self.about_node {
            return (self.count(subgraph, first)? == count).then_some(first);
        }
        let size = subgraph.len() as u32;
        (0..size).map(|step| (first + step) % size).find(|&node| self.count(subgraph, node) == Some(count))
    }

    /// Adds and removes random edges until the answer for a random node is `count`.
    fn edit(self, subgraph: &mut Subgraph, count: u64, rng: &mut TaskRng) -> Option<u32> {
        let node = rng.below(subgraph.len()) as u32;
        for _ in 0..EDITS {
            let now = self.count(subgraph, node)?;
            if now == count {
                rng.shuffle(&mut subgraph.edges);
                return Some(node);
            }
            if now > count {
                subgraph.edges.swap_remove(rng.below(subgraph.edges.len()));
            } else {
                add_random_edge(subgraph, rng);
            }
        }
        None
    }

    fn wording(self, node: &str) -> String {
        let (plural, verb) = match self.pattern {
            Pattern::Edges => ("edges", "touch"),
            Pattern::Wedges => ("paths of two edges", "contain"),
            Pattern::Triangles => ("triangles", "contain"),
            Pattern::FourCycles => ("cycles of four nodes", "contain"),
            Pattern::FourCliques => ("groups of four mutually linked nodes", "contain"),
        };
        if self.about_node {
            format!("How many {plural} {verb} node {node}?\n")
        } else {
            format!("How many {plural} are there?\n")
        }
    }
}

/// Wedges that contain the node, in the middle or at an end.
fn wedges_at(small: &SmallGraph, node: u32) -> u64 {
    let degree = small.degree(node);
    let at_ends: u64 = (0..small.node_count() as u32)
        .filter(|&other| small.neighbours(node) >> other & 1 == 1)
        .map(|other| small.degree(other) - 1)
        .sum();
    degree * degree.saturating_sub(1) / 2 + at_ends
}
