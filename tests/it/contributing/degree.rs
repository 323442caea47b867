//! `graph/degree`: which of four nodes has the most neighbours?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl::graph::Graph;
use ssl4rl::tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl::tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

/// Settings of [`Degree`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DegreeConfig {
    /// Number of nodes to choose from, 2 to 8.
    pub options: usize,
    /// Whether the answer is a node's name or its letter.
    pub answer_style: AnswerStyle,
}

impl Default for DegreeConfig {
    fn default() -> Self {
        Self { options: 4, answer_style: AnswerStyle::Text }
    }
}

/// Which of a few nodes has the most neighbours?
pub struct Degree {
    config: DegreeConfig,
    verifier: Choice,
}

impl PretextTask for Degree {
    const NAME: &'static str = "graph/degree";
    const SUMMARY: &'static str = "which of a few nodes has the most neighbours";
    type Config = DegreeConfig;
    type Input = Graph;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: DegreeConfig) -> Result<Self, TaskError> {
        if !(2..=8).contains(&config.options) {
            return Err(TaskError::InvalidConfig {
                task: Self::NAME,
                field: "options",
                expected: "from 2 to 8".into(),
                got: config.options.to_string(),
            });
        }
        Ok(Self { config, verifier: Choice })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let mut nodes: Vec<u32> = (0..graph.node_count() as u32).collect();
        let chosen = rng.sample_front(&mut nodes, self.config.options);
        let largest = chosen.iter().map(|&node| graph.degree(node)).max()?;
        let mut with_most = (0..chosen.len()).filter(|&position| graph.degree(chosen[position]) == largest);
        let correct = with_most.next()?;
        // Two right options make no question, and a node belongs to the targets of one split only.
        if with_most.next().is_some() || !rng.split().owns("node", chosen[correct].into()) {
            return None;
        }
        // Names of its own for every question: a node's position in the data often tells its degree.
        let names = rng.permutation(chosen.len());
        let mut lines = Vec::new();
        for (position, &node) in chosen.iter().enumerate() {
            for neighbour in graph.neighbours(node) {
                lines.push(format!("node {} is linked to item {neighbour}", names[position]));
            }
        }
        rng.shuffle(&mut lines);
        let options = names.iter().map(|name| format!("node {name}"));
        let truth = ChoiceTruth::new(options, correct, self.config.answer_style);
        let question = format!(
            "{}\n\nWhich node has the most links?\n{}\nReply with <answer>…</answer>.",
            lines.join("\n"),
            truth.listing()
        );
        Some(Sample { prompt: vec![Part::Text(question)], truth })
    }

    fn verifier(&self) -> &Choice {
        &self.verifier
    }

    fn oracle(&self, truth: &ChoiceTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &ChoiceTruth) -> f32 {
        truth.blind_score()
    }
}
