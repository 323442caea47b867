//! `graph/pagerank-step`: the scores of all nodes after a few steps of page rank from given scores.
//!
//! With damping d, all at once, a node's new score is `(1 - d)` times the mean of all scores plus `d` times what its
//! neighbours give it; a node gives its score to its neighbours in equal shares, and one without neighbours to all nodes
//! (power iteration; Page et al. 1999). The answer gives every node's score to `decimals` decimals; the score is the share
//! of right ones.
//!
//! Chance: a new score grows with the node's own first score, which is one of `largest` whole numbers with equal
//! probability whatever the rest, and by more than the rounding; so no fixed number is right more often than one time in
//! `largest`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::{SmallGraph, members};
use crate::question::ranges::check;
use crate::question::{Assignment, AssignmentTruth, Cut, CutConfig, Writing, WritingConfig, assignment::given};
use crate::{Direction, Graph};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

/// Settings of [`PagerankStep`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PagerankStepConfig {
    /// Share of a node's score that goes to its neighbours, 0.1 to 0.9.
    pub damping: f64,
    /// Steps, 1 to 4.
    pub steps: usize,
    /// Decimals asked for, 3 to 6.
    pub decimals: usize,
    /// Largest first score, 10 to 1000; the smallest is 1.
    pub largest: usize,
    /// The small graph.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for PagerankStepConfig {
    fn default() -> Self {
        Self {
            damping: 0.8,
            steps: 1,
            decimals: 3,
            largest: 20,
            cut: CutConfig::default().sized(4, 7),
            writing: WritingConfig::default(),
        }
    }
}

/// The task.
pub struct PagerankStep {
    config: PagerankStepConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for PagerankStep {
    const NAME: &'static str = "graph/pagerank-step";
    const SUMMARY: &'static str = "run steps of PageRank from given scores and tell every node's score";
    const BY_DEFAULT: bool = false;
    type Config = PagerankStepConfig;
    type Input = Graph;
    type Truth = AssignmentTruth;
    type Verifier = Assignment;

    fn new(config: PagerankStepConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "damping", &config.damping, 0.1..=0.9)?;
        check(Self::NAME, "steps", &config.steps, 1..=4)?;
        check(Self::NAME, "decimals", &config.decimals, 3..=6)?;
        check(Self::NAME, "largest", &config.largest, 10..=1000)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<AssignmentTruth>> {
        let subgraph = self.cut.draw(graph, rng)?;
        let small = SmallGraph::of(&subgraph).ok()?;
        let first: Vec<usize> = (0..subgraph.len()).map(|_| 1 + rng.below(self.config.largest)).collect();
        let mut scores: Vec<f64> = first.iter().map(|&score| score as f64).collect();
        for _ in 0..self.config.steps {
            scores = stepped(&small, &scores, self.config.damping);
        }
        let posed = self
            .writing
            .pose(graph, subgraph, Direction::Undirected, rng, |name| self.wording(&small, &given(name, &first)))?;
        let stored = self.config.decimals + 3;
        let values = scores.iter().map(|score| format!("{score:.stored$}")).collect();
        let truth = AssignmentTruth {
            decimals: Some(self.config.decimals),
            ..AssignmentTruth::exact(&posed, values, 1.0 / self.config.largest as f32)
        };
        let text = posed.text + "Reply <answer>node: score, node: score, …</answer> with every node.";
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &Assignment {
        &Assignment
    }

    fn oracle(&self, truth: &AssignmentTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &AssignmentTruth) -> f32 {
        truth.blind
    }

    fn levels(config: &PagerankStepConfig) -> Vec<PagerankStepConfig> {
        [(3, 4, 1), (4, 7, 1), (6, 10, 1), (6, 10, 2), (8, 14, 3)]
            .map(|(least, most, steps)| PagerankStepConfig {
                steps,
                cut: config.cut.sized(least, most),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

impl PagerankStep {
    fn wording(&self, small: &SmallGraph, start: &str) -> String {
        let PagerankStepConfig { damping, steps, decimals, .. } = self.config;
        let times = if steps == 1 { "one step".to_owned() } else { format!("{steps} steps") };
        let alone = (0..small.node_count() as u32).any(|node| small.degree(node) == 0);
        let to_all = if alone { " (a node without neighbours to all nodes)" } else { "" };
        // One minus a decimal is rarely what it looks like in binary.
        let rest = format!("{:.6}", 1.0 - damping);
        let rest = rest.trim_end_matches('0');
        format!(
            "In a step, all at once, every node gives its score in equal shares to its neighbours{to_all}; its new score is \
             {rest} times the mean of all scores plus {damping} times what it is given. Which scores, to {decimals} decimals, \
             do the nodes have after {times}?\nScores: {start}\n"
        )
    }
}

/// Scores after one step.
fn stepped(small: &SmallGraph, scores: &[f64], damping: f64) -> Vec<f64> {
    let count = scores.len() as f64;
    let mean = scores.iter().sum::<f64>() / count;
    let nodes = 0..small.node_count() as u32;
    let alone = nodes.clone().filter(|&node| small.degree(node) == 0);
    let from_alone: f64 = alone.map(|node| scores[node as usize] / count).sum();
    let share = |node: u32| scores[node as usize] / small.degree(node) as f64;
    nodes
        .map(|node| {
            let given: f64 = members(small.neighbours(node)).map(share).sum();
            (1.0 - damping) * mean + damping * (given + from_alone)
        })
        .collect()
}
