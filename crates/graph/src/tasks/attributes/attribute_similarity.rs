//! `graph/attribute-similarity`: which of two pairs of nodes is closer in features?
//!
//! Closeness is the Jaccard index of all features of both nodes (pairwise attribute similarity; Jin et al. 2020); the prompt
//! shows some of the four nodes' features and of their neighbours', and the edges among all. Both pairs are linked or neither
//! is, by a fair coin, so that no edge tells which is closer; each begins at a node of the split. They differ by at least `margin`.
//!
//! Training prompts show no node that is held out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words::{append_list, shared_words, some_words, unusable};
use crate::question::ranges::{check, invalid};
use crate::question::{Writing, WritingConfig, options};
use crate::sample::{Subgraph, View};
use crate::{Features, Graph, Node};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, Split, TaskError, TaskRng, protocol};

/// Draws of two pairs, or of a node, before the sample is given up.
const DRAWS: usize = 256;

/// Settings of [`AttributeSimilarity`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AttributeSimilarityConfig {
    /// Least difference of the two Jaccard indices, 0.01 to 0.5.
    pub margin: f64,
    /// Features shown of each of the four nodes, 0 to 100.
    pub words: usize,
    /// Neighbours shown of each of the four nodes, 0 to 5.
    pub neighbours: usize,
    /// Features shown of each neighbour, 1 to 100.
    pub neighbour_words: usize,
    /// Answer by the pair's `text` or its `letter`.
    pub answer_style: AnswerStyle,
    /// How the subgraph is written.
    pub writing: WritingConfig,
}

impl Default for AttributeSimilarityConfig {
    fn default() -> Self {
        Self {
            margin: 0.1,
            words: 10,
            neighbours: 1,
            neighbour_words: 4,
            answer_style: AnswerStyle::Text,
            writing: WritingConfig::default(),
        }
    }
}

/// The task.
pub struct AttributeSimilarity {
    config: AttributeSimilarityConfig,
    writing: Writing,
}

impl PretextTask for AttributeSimilarity {
    const NAME: &'static str = "graph/attribute-similarity";
    const SUMMARY: &'static str = "tell which of two pairs of nodes is closer in features";
    const BY_DEFAULT: bool = false;
    type Config = AttributeSimilarityConfig;
    type Input = Graph;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: AttributeSimilarityConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "margin", &config.margin, 0.01..=0.5)?;
        check(Self::NAME, "words", &config.words, 0..=100)?;
        check(Self::NAME, "neighbours", &config.neighbours, 0..=5)?;
        check(Self::NAME, "neighbour_words", &config.neighbour_words, 1..=100)?;
        if config.words == 0 && config.neighbours == 0 {
            return Err(invalid(Self::NAME, "words", "at least 1 where no neighbours are shown", "0"));
        }
        if config.writing.naming == "real" {
            return Err(invalid(Self::NAME, "writing.naming", "a scheme that does not tell the features", "\"real\""));
        }
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let features = graph.features()?;
        let view = View { hide_held_out_nodes: rng.split() != Split::HeldOut, ..View::context(graph) };
        let (closer, farther) = (0..DRAWS).find_map(|_| self.pairs(&view, features, rng))?;
        let asked = [closer.0, closer.1, farther.0, farther.1];
        let mut nodes = asked.to_vec();
        for node in asked {
            nodes.extend(view.draw_neighbours(node, self.config.neighbours, rng));
        }
        nodes.sort_unstable();
        nodes.dedup();
        let edges = view.edges_among(&nodes);
        let subgraph = Subgraph::new(nodes, edges, graph.direction(), rng);
        let written = self.writing.write(graph, subgraph, rng)?;
        let mut pair = |(left, right): (Node, Node)| {
            let (left, right) = if rng.coin() { (left, right) } else { (right, left) };
            Some(format!("{} and {}", written.name(left)?, written.name(right)?))
        };
        let (closer, farther) = (pair(closer)?, pair(farther)?);
        let truth = options::shuffled(closer, vec![farther], self.config.answer_style, rng)?;
        let mut text = format!(
            "Which two nodes share the larger part of their features? Only some features are shown.\n{}Features:\n",
            written.text
        );
        for (name, &node) in written.names.iter().zip(&written.subgraph.nodes) {
            let count = if asked.contains(&node) { self.config.words } else { self.config.neighbour_words };
            append_list(name, &some_words(features.of(node), count, rng), features, &mut text);
        }
        options::append(&truth, &mut text);
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &Choice {
        &Choice
    }

    fn oracle(&self, truth: &ChoiceTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &ChoiceTruth) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &AttributeSimilarityConfig) -> Vec<AttributeSimilarityConfig> {
        [(0.15, 20), (0.1, 10), (0.05, 10), (0.05, 4), (0.05, 0)]
            .map(|(margin, words)| AttributeSimilarityConfig {
                margin,
                words,
                neighbours: config.neighbours.max(usize::from(words == 0)),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        unusable(graph)
    }
}

impl AttributeSimilarity {
    /// Four different nodes: the pair that is closer by the margin, and the other.
    fn pairs(&self, view: &View<'_>, features: &Features, rng: &mut TaskRng) -> Option<((Node, Node), (Node, Node))> {
        let linked = rng.coin();
        let (one, other) = (pair(view, features, linked, rng)?, pair(view, features, linked, rng)?);
        if [one.0, one.1].iter().any(|node| *node == other.0 || *node == other.1) {
            return None;
        }
        let difference = closeness(features, one) - closeness(features, other);
        if difference.abs() < self.config.margin {
            return None;
        }
        Some(if difference > 0.0 { (one, other) } else { (other, one) })
    }
}

/// A node of the split, and a neighbour, or a node that it is not linked to.
fn pair(view: &View<'_>, features: &Features, linked: bool, rng: &mut TaskRng) -> Option<(Node, Node)> {
    let count = view.graph.node_count();
    (0..DRAWS).find_map(|_| {
        let node = rng.below(count) as Node;
        if !rng.split().owns("node", u64::from(node)) || features.of(node).is_empty() {
            return None;
        }
        let other = if linked { *view.draw_neighbours(node, 1, rng).first()? } else { rng.below(count) as Node };
        let as_wanted = other != node && linked == view.graph.adjacent(node, other);
        (as_wanted && view.shows_node(other) && !features.of(other).is_empty()).then_some((node, other))
    })
}

/// Shared features over features of either.
fn closeness(features: &Features, (left, right): (Node, Node)) -> f64 {
    let (left, right) = (features.of(left), features.of(right));
    let shared = shared_words(left, right);
    shared as f64 / (left.len() + right.len() - shared).max(1) as f64
}
