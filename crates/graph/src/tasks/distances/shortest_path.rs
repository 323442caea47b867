//! `graph/shortest-path`: name a shortest path from one node to another.
//!
//! Every path of the least number of steps, or of the least total weight where edges have `weights`, is right. Other answers are checked against the graph as well:
//!
//! - a path from the one node to the other that is longer than need be earns the least length over its own
//! - a walk that leaves the graph's edges, or ends elsewhere, earns 0.3 times its steps up to there, over the larger of the
//!   fewest steps that arrive and its own
//! - an answer that begins elsewhere, or comes to a node twice, earns nothing
//!
//! The two nodes are at least two steps apart; how far, is drawn first, uniformly, so that long paths are as frequent as
//! short ones. Chance is what an answer of the two nodes with any third between them earns on average.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::question::ranges::{check, invalid};
use crate::question::{Cut, CutConfig, Shown, Writing, WritingConfig, answer};
use crate::{Direction, Graph};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

use super::placing::place;

/// What a walk that does not arrive earns at most.
const FALSE_PATH: f64 = 0.3;

/// Settings of [`ShortestPath`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ShortestPathConfig {
    /// Steps of the longest shortest path asked for, 2 to 12, less than `cut.min_nodes`.
    pub longest: u32,
    /// Largest weight of an edge, 2 to 100, every weight from 1 to it being equally likely; 0 for edges without weights.
    pub weights: u32,
    /// The small graph.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for ShortestPathConfig {
    fn default() -> Self {
        Self { longest: 4, weights: 0, cut: CutConfig::default(), writing: WritingConfig::default() }
    }
}

/// The graph, the two ends, and how long a shortest path is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathTruth {
    /// The graph of the prompt.
    pub shown: Shown,
    /// Weight of each edge of `shown`; empty where every edge counts 1.
    #[serde(default)]
    pub weights: Vec<u32>,
    /// Where the path begins.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// Fewest steps that lead there.
    pub steps: u32,
    /// Length of a shortest path: its steps, or its total weight.
    pub length: u64,
}

impl PathTruth {
    /// The edges with their lengths, all at least 1.
    fn lengths(&self) -> impl Iterator<Item = (u32, u32, u64)> {
        let weight = |at: usize| u64::from(self.weights.get(at).copied().unwrap_or(1).max(1));
        self.shown.edges.iter().enumerate().map(move |(at, &(left, right))| (left, right, weight(at)))
    }

    /// Length of the edge between two nodes.
    fn step(&self, one: u32, other: u32) -> Option<u64> {
        let joins =
            |&(left, right, _): &(u32, u32, u64)| (left, right) == (one, other) || (right, left) == (one, other);
        self.lengths().find(joins).map(|(_, _, length)| length)
    }

    /// Length of a shortest path from every node to the end, by repeated relaxation of all edges.
    fn to_end(&self) -> Vec<Option<u64>> {
        let mut lengths: Vec<Option<u64>> = vec![None; self.shown.node_count()];
        let Some(end) = lengths.get_mut(self.to as usize) else { return lengths };
        *end = Some(0);
        for _ in 0..self.shown.node_count() {
            for (left, right, length) in self.lengths() {
                for (from, to) in [(left, right), (right, left)] {
                    let through = lengths.get(to as usize).copied().flatten().map(|rest| rest.saturating_add(length));
                    let Some(known) = lengths.get_mut(from as usize) else { continue };
                    *known = [*known, through].into_iter().flatten().min();
                }
            }
        }
        lengths
    }

    /// A shortest path; empty where there is none.
    fn path(&self) -> Vec<u32> {
        let lengths = self.to_end();
        let rest = |node: u32| lengths.get(node as usize).copied().flatten();
        let mut path = vec![self.from];
        let mut here = self.from;
        while let Some(left) = rest(here).filter(|&left| left > 0) {
            let leads = |&next: &u32| {
                let step = self.step(here, next).unwrap_or(u64::MAX);
                rest(next).is_some_and(|after| after.saturating_add(step) == left)
            };
            let Some(next) = self.shown.successors(here).into_iter().find(leads) else { return Vec::new() };
            path.push(next);
            here = next;
        }
        path
    }

    fn judge(&self, path: &[u32], parsed: String) -> Verdict {
        if path.first() != Some(&self.from) {
            return Verdict::wrong(parsed, "does not begin where it should");
        }
        if path.iter().enumerate().any(|(position, node)| path[..position].contains(node)) {
            return Verdict::wrong(parsed, "comes to a node twice");
        }
        let walked: Vec<u64> = path.windows(2).map_while(|step| self.step(step[0], step[1])).collect();
        let steps = path.len() - 1;
        if walked.len() < steps || path.last() != Some(&self.to) {
            let share = walked.len() as f64 / steps.max(self.steps as usize).max(1) as f64;
            return match (FALSE_PATH * share) as f32 {
                score if score > 0.0 => Verdict::partial(score, parsed, format!("{} steps, then astray", walked.len())),
                _ => Verdict::wrong(parsed, "not a path of the graph"),
            };
        }
        let length = walked.iter().fold(0_u64, |sum, step| sum.saturating_add(*step));
        if length <= self.length {
            return Verdict::right(parsed);
        }
        let share = self.length as f64 / length as f64;
        Verdict::partial(share as f32, parsed, format!("length {length}, {} is enough", self.length))
    }
}

/// Walks along the answer.
#[derive(Debug, Clone, Copy, Default)]
pub struct PathVerifier;

impl Verifier for PathVerifier {
    const SCORING: &'static str =
        "1 for any shortest path; least length / length of a longer one; up to 0.3 for one that goes astray";
    type Truth = PathTruth;

    fn verify(&self, completion: &str, truth: &PathTruth) -> Verdict {
        let Some(answer) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        match answer::nodes(answer, &truth.shown) {
            Some(path) if path.len() <= truth.shown.node_count() => truth.judge(&path, answer.into()),
            Some(_) => Verdict::wrong("a list longer than the graph", "comes to a node twice"),
            None => Verdict::unreadable("not a list of nodes"),
        }
    }
}

/// The task.
pub struct ShortestPath {
    config: ShortestPathConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for ShortestPath {
    const NAME: &'static str = "graph/shortest-path";
    const SUMMARY: &'static str = "name a shortest path between two nodes";
    const BY_DEFAULT: bool = false;
    type Config = ShortestPathConfig;
    type Input = Graph;
    type Truth = PathTruth;
    type Verifier = PathVerifier;

    fn new(config: ShortestPathConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "longest", &config.longest, 2..=12)?;
        if config.weights != 0 {
            check(Self::NAME, "weights", &config.weights, 2..=100)?;
        }
        let cut = Cut::new(Self::NAME, &config.cut)?;
        if config.longest as usize >= config.cut.min_nodes {
            let limit = format!("less than cut.min_nodes ({})", config.cut.min_nodes);
            return Err(invalid(Self::NAME, "longest", limit, config.longest.to_string()));
        }
        let writing = Writing::with_distractors(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<PathTruth>> {
        let steps = 2 + rng.below(self.config.longest as usize - 1) as u32;
        let placed = place(&self.cut, graph, &[Some(steps)], false, rng)?;
        let (from, to) = (placed.root, *placed.targets.first()?);
        let largest = self.config.weights;
        let edges = if largest > 0 { placed.subgraph.edges.len() } else { 0 };
        let weights: Vec<u32> = (0..edges).map(|_| 1 + rng.below(largest as usize) as u32).collect();
        let what = if largest > 0 { "a path of the least total weight" } else { "a shortest path" };
        let given = (largest > 0).then_some(weights.as_slice());
        let undirected = Direction::Undirected;
        let posed = self.writing.pose_weighted(graph, placed.subgraph, given, undirected, rng, |name| {
            format!("Name {what} from node {} to node {}.\n", name(from), name(to))
        })?;
        let (from, to) = (posed.id(from), posed.id(to));
        let weights = posed.weights().unwrap_or_default().to_vec();
        let mut truth = PathTruth { shown: posed.shown(), weights, from, to, steps, length: steps.into() };
        truth.length = truth.to_end().get(from as usize).copied().flatten()?;
        let text =
            posed.text + "Reply <answer>nodes</answer> in the order of the path, both ends included, with commas.";
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &PathVerifier {
        &PathVerifier
    }

    fn oracle(&self, truth: &PathTruth) -> String {
        let names: Vec<&str> = truth.path().into_iter().map(|node| truth.shown.name(node)).collect();
        protocol::wrap(&names.join(", "))
    }

    fn chance(&self, truth: &PathTruth) -> f32 {
        let between: Vec<u32> =
            (0..truth.shown.node_count() as u32).filter(|&node| node != truth.from && node != truth.to).collect();
        let earned = |&node: &u32| truth.judge(&[truth.from, node, truth.to], String::new()).score;
        let total: f32 = between.iter().map(earned).sum();
        // A graph in which every third node makes a shortest path would leave nothing to learn.
        (total / between.len().max(1) as f32).min(1.0_f32.next_down())
    }

    fn levels(config: &ShortestPathConfig) -> Vec<ShortestPathConfig> {
        [(2, 5, 6), (3, 5, 8), (4, 6, 10), (5, 8, 14), (6, 12, 20)]
            .map(|(longest, least, largest)| ShortestPathConfig {
                longest,
                cut: config.cut.sized(least, largest),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}
