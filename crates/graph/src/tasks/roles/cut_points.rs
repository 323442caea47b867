//! `graph/cut-points`: which nodes, or which edges, hold the graph together: without one of them it has more parts.
//!
//! Scored by F1 of the set named, rescaled so that naming all nodes, or all edges, earns 0.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::SmallGraph;
use crate::exact::{all, connect, members};
use crate::question::ranges::invalid;
use crate::question::{Cut, CutConfig, Shown, Writing, WritingConfig, add_random_edge, answer, blind, f1_above_all};
use crate::sample::Subgraph;
use crate::{Direction, Graph};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Small graphs drawn before the sample is given up.
const DRAWS: usize = 16;
/// Edges added to one small graph, or removed from it.
const CHANGES: usize = 6;
/// Fewest and most nodes shown of each level.
const LEVELS: [(usize, usize); 4] = [(4, 5), (6, 10), (9, 14), (14, 24)];

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CutPart {
    /// Articulation nodes.
    Nodes,
    /// Bridges.
    Edges,
}

/// Settings of [`CutPoints`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CutPointsConfig {
    /// What is asked for, one of them a question: `nodes`, `edges`.
    pub parts: Vec<CutPart>,
    /// Where the small graph comes from.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for CutPointsConfig {
    fn default() -> Self {
        Self {
            parts: vec![CutPart::Nodes, CutPart::Edges],
            cut: CutConfig::default(),
            writing: WritingConfig::default(),
        }
    }
}

/// The graph that was shown and what is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutPointsTruth {
    /// What the prompt shows.
    pub shown: Shown,
    /// What is asked for.
    pub part: CutPart,
    /// The right nodes, or the ends of the right edges, the smaller id first, ascending.
    pub right: Vec<(u32, u32)>,
}

impl CutPointsTruth {
    /// What could be named: nodes or edges.
    fn candidates(&self) -> usize {
        match self.part {
            CutPart::Nodes => self.shown.node_count(),
            CutPart::Edges => self.shown.edges.len(),
        }
    }

    /// F1 of a set of `size` of which `hits` are right, rescaled so that all candidates earn 0.
    fn credit(&self, hits: usize, size: usize) -> f64 {
        f1_above_all(hits, size, self.right.len(), self.candidates())
    }
}

/// Compares sets.
#[derive(Debug, Clone, Copy, Default)]
pub struct CutPointsVerifier;

impl Verifier for CutPointsVerifier {
    const SCORING: &'static str = "F1 of the set, rescaled so that naming everything earns 0";
    type Truth = CutPointsTruth;

    fn verify(&self, completion: &str, truth: &CutPointsTruth) -> Verdict {
        let Some(text) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        let given = match truth.part {
            CutPart::Nodes => answer::nodes(text, &truth.shown)
                .map(|nodes| nodes.into_iter().map(|node| (node, node)).collect::<Vec<_>>()),
            CutPart::Edges => answer::edges(text, &truth.shown),
        };
        let Some(mut given) = given else { return Verdict::unreadable("the answer does not have the form asked for") };
        for pair in &mut given {
            *pair = (pair.0.min(pair.1), pair.0.max(pair.1));
        }
        given.sort_unstable();
        given.dedup();
        let parsed = written(&given, truth);
        if given == truth.right {
            return Verdict::right(parsed);
        }
        let hits = given.iter().filter(|pair| truth.right.binary_search(pair).is_ok()).count();
        let why = format!("{hits} of {} are named, {} in all", truth.right.len(), given.len());
        let credit = truth.credit(hits, given.len());
        if credit > 0.0 { Verdict::partial(credit as f32, parsed, why) } else { Verdict::wrong(parsed, why) }
    }
}

fn written(pairs: &[(u32, u32)], truth: &CutPointsTruth) -> String {
    match truth.part {
        CutPart::Nodes => truth.shown.list(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>()),
        CutPart::Edges => truth.shown.edge_list(pairs),
    }
}

/// The task.
pub struct CutPoints {
    config: CutPointsConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for CutPoints {
    const NAME: &'static str = "graph/cut-points";
    const SUMMARY: &'static str = "name the nodes or the edges without which the graph falls apart";
    const BY_DEFAULT: bool = false;
    type Config = CutPointsConfig;
    type Input = Graph;
    type Truth = CutPointsTruth;
    type Verifier = CutPointsVerifier;

    fn new(config: CutPointsConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        if config.parts.is_empty() {
            return Err(invalid(Self::NAME, "parts", "nodes, edges or both", "none"));
        }
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<CutPointsTruth>> {
        let part = *rng.choose(&self.config.parts)?;
        let subgraph = (0..DRAWS).find_map(|_| {
            let mut subgraph = self.cut.draw(graph, rng)?;
            settle(&mut subgraph, part, rng)?;
            Some(subgraph)
        })?;
        let (question, reply) = match part {
            CutPart::Nodes => ("Which nodes, if removed, split the graph into more parts?", "nodes"),
            CutPart::Edges => {
                ("Which edges, if removed, split the graph into more parts?", "(node, node) (node, node) …")
            }
        };
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |_| format!("{question}\n"))?;
        let shown = posed.shown();
        let right = right_of(&shown.small().ok()?, part);
        let text = format!("{}Reply <answer>{reply}</answer>.", posed.text);
        Some(Sample { prompt: vec![Part::Text(text)], truth: CutPointsTruth { shown, part, right } })
    }

    fn verifier(&self) -> &CutPointsVerifier {
        &CutPointsVerifier
    }

    fn oracle(&self, truth: &CutPointsTruth) -> String {
        protocol::wrap(&written(&truth.right, truth))
    }

    fn chance(&self, truth: &CutPointsTruth) -> f32 {
        let nodes = truth.shown.node_count();
        let blindly_named = match truth.part {
            CutPart::Nodes => nodes,
            // Whoever does not look at the edges guesses among all pairs.
            CutPart::Edges => nodes * nodes.saturating_sub(1) / 2,
        };
        let score = |hits: usize, size: usize| {
            let exact = hits == truth.right.len() && size == hits;
            if exact { 1.0 } else { truth.credit(hits, size) }
        };
        let named = blind::of_hits(blindly_named, truth.right.len(), score);
        // The last node listed is some node's neighbour, and neighbours hold graphs together more often than others.
        let beside = match truth.shown.small() {
            Ok(graph) if truth.part == CutPart::Nodes => {
                beside(&graph, |node| score(usize::from(truth.right.contains(&(node, node))), 1)) as f32
            }
            _ => 0.0,
        };
        named.max(beside).clamp(0.0, 1.0_f32.next_down())
    }

    fn levels(config: &CutPointsConfig) -> Vec<CutPointsConfig> {
        LEVELS.map(|(least, most)| CutPointsConfig { cut: config.cut.sized(least, most), ..config.clone() }).to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

/// Mean score of a random neighbour of a random node that has any.
fn beside(graph: &SmallGraph, score: impl Fn(u32) -> f64) -> f64 {
    let linked = members(all(graph)).filter(|&node| graph.degree(node) > 0);
    let mean = |node: u32| members(graph.neighbours(node)).map(&score).sum::<f64>() / graph.degree(node) as f64;
    linked.clone().map(mean).sum::<f64>() / linked.count().max(1) as f64
}

/// The right nodes, each as a pair with itself, or the right edges.
fn right_of(graph: &SmallGraph, part: CutPart) -> Vec<(u32, u32)> {
    match part {
        CutPart::Nodes => members(connect::articulation_nodes(graph)).map(|node| (node, node)).collect(),
        CutPart::Edges => connect::bridges(graph),
    }
}

/// Adds or removes random edges until some, but at most two thirds of all, are right.
fn settle(subgraph: &mut Subgraph, part: CutPart, rng: &mut TaskRng) -> Option<()> {
    for _ in 0..CHANGES {
        let right = right_of(&SmallGraph::of(subgraph).ok()?, part).len();
        let all = if part == CutPart::Nodes { subgraph.len() } else { subgraph.edges.len() };
        if right > 0 && 3 * right <= 2 * all {
            rng.shuffle(&mut subgraph.edges);
            return Some(());
        }
        if right == 0 && !subgraph.edges.is_empty() {
            let at = rng.below(subgraph.edges.len());
            subgraph.edges.swap_remove(at);
        } else {
            add_random_edge(subgraph, rng);
        }
    }
    None
}
