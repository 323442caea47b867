//! `graph/corrupted-view`: which of two ways to deal features to nodes is the real one?
//!
//! One option gives every node its own features, the other deals some of the same lists to other nodes, as the negatives
//! of deep graph infomax do (Veličković et al. 2019). Linked nodes share features more often than others; `margin` asks
//! that the real option shows it. Both options hold the same lists, so neither looks odd by itself.
//!
//! Training prompts show no node that is held out.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::question::ranges::{check, invalid};
use crate::question::{Writing, WritingConfig, Written};
use crate::sample::{EgoNet, Subgraph, View, ego_nodes};
use crate::tasks::attributes::words::{append_list, shared_words, some_words, unusable};
use crate::{Features, Graph, Node};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, Split, TaskError, TaskRng, protocol};

/// Draws of a centre, or of a dealing, before the sample is given up.
const DRAWS: usize = 128;

/// Settings of [`CorruptedView`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CorruptedViewConfig {
    /// Nodes that get another's features in the corrupted option, 2 to `max_nodes`; all where fewer are shown.
    pub moved: usize,
    /// By how many the real option must have more shared features over all edges than the other, 0 to 10.
    pub margin: usize,
    /// Steps from the centre to the farthest shown node, 1 to 3.
    pub hops: usize,
    /// Neighbours followed from each node, 1 to 20.
    pub neighbours: usize,
    /// Shown nodes in all, 3 to 30.
    pub max_nodes: usize,
    /// Features shown of each node, 1 to 100.
    pub words: usize,
    /// How the subgraph is written.
    pub writing: WritingConfig,
}

impl Default for CorruptedViewConfig {
    fn default() -> Self {
        Self { moved: 5, margin: 1, hops: 2, neighbours: 3, max_nodes: 5, words: 6, writing: WritingConfig::default() }
    }
}

/// Features of each node of a subgraph, by its id.
type Lists = Vec<Vec<u32>>;

/// The task.
pub struct CorruptedView {
    config: CorruptedViewConfig,
    writing: Writing,
}

impl PretextTask for CorruptedView {
    const NAME: &'static str = "graph/corrupted-view";
    const SUMMARY: &'static str = "tell a graph with its own features from one with shuffled features";
    const BY_DEFAULT: bool = false;
    type Config = CorruptedViewConfig;
    type Input = Graph;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: CorruptedViewConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "margin", &config.margin, 0..=10)?;
        check(Self::NAME, "hops", &config.hops, 1..=3)?;
        check(Self::NAME, "neighbours", &config.neighbours, 1..=20)?;
        check(Self::NAME, "max_nodes", &config.max_nodes, 3..=30)?;
        check(Self::NAME, "moved", &config.moved, 2..=config.max_nodes)?;
        check(Self::NAME, "words", &config.words, 1..=100)?;
        if config.writing.naming == "real" {
            return Err(invalid(Self::NAME, "writing.naming", "a scheme that does not tell the features", "\"real\""));
        }
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let features = graph.features()?;
        let view = View { hide_held_out_nodes: rng.split() != Split::HeldOut, ..View::context(graph) };
        let (written, real, dealt) = (0..DRAWS).find_map(|_| self.draft(&view, features, rng))?;
        let real_first = rng.coin();
        let mut text = format!(
            "Linked nodes tend to share features. In one option every node has its own features, in the other some nodes \
             have those of others. In which option has every node its own?\n{}",
            written.text
        );
        for (letter, own) in [("A", real_first), ("B", !real_first)] {
            let _ = writeln!(text, "Option {letter}:");
            append_lists(&written, features, if own { &real } else { &dealt }, &mut text);
        }
        text.push_str("Reply <answer>letter</answer>.");
        let truth = ChoiceTruth::new(["A", "B"], usize::from(!real_first), AnswerStyle::Text);
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

    fn levels(config: &CorruptedViewConfig) -> Vec<CorruptedViewConfig> {
        [(4, 4, 2), (5, 5, 1), (8, 5, 1), (10, 3, 1), (12, 2, 0)]
            .map(|(max_nodes, moved, margin)| CorruptedViewConfig { moved, margin, max_nodes, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        unusable(graph)
    }
}

impl CorruptedView {
    /// A written subgraph, the features of each of its ids, and the same lists dealt to other nodes.
    fn draft(&self, view: &View<'_>, features: &Features, rng: &mut TaskRng) -> Option<(Written, Lists, Lists)> {
        let centre = rng.below(view.graph.node_count()) as Node;
        if !rng.split().owns("node", u64::from(centre)) {
            return None;
        }
        let CorruptedViewConfig { hops, neighbours, max_nodes, words, .. } = self.config;
        let nodes = ego_nodes(view, centre, EgoNet { hops, neighbours, max_nodes }, rng);
        if nodes.len() < 3 || nodes.iter().any(|&node| features.of(node).is_empty()) {
            return None;
        }
        let edges = view.edges_among(&nodes);
        let subgraph = Subgraph::new(nodes, edges, view.graph.direction(), rng);
        let real: Vec<Vec<u32>> =
            subgraph.nodes.iter().map(|&node| some_words(features.of(node), words, rng)).collect();
        let dealt = self.dealt(&real, rng)?;
        let more = shared_over_edges(&subgraph, &real).checked_sub(shared_over_edges(&subgraph, &dealt));
        if self.config.margin > 0 && more.is_none_or(|more| more < self.config.margin) {
            return None;
        }
        let written = self.writing.write(view.graph, subgraph, rng)?;
        Some((written, real, dealt))
    }

    /// The lists with those of some nodes passed on in a circle; `None` where one of them would look the same.
    fn dealt(&self, real: &[Vec<u32>], rng: &mut TaskRng) -> Option<Vec<Vec<u32>>> {
        let mut ids: Vec<usize> = (0..real.len()).collect();
        let circle = rng.sample_front(&mut ids, self.config.moved);
        let mut dealt = real.to_vec();
        for (position, &id) in circle.iter().enumerate() {
            let from = circle[(position + 1) % circle.len()];
            if real[from] == real[id] {
                return None;
            }
            dealt[id].clone_from(&real[from]);
        }
        Some(dealt)
    }
}

/// Features that both ends of an edge show, over all edges.
fn shared_over_edges(subgraph: &Subgraph, lists: &[Vec<u32>]) -> usize {
    let shared = |left: u32, right: u32| shared_words(&lists[left as usize], &lists[right as usize]);
    subgraph.edges.iter().map(|edge| shared(edge.source, edge.target)).sum()
}

fn append_lists(written: &Written, features: &Features, lists: &[Vec<u32>], text: &mut String) {
    for (name, words) in written.names.iter().zip(lists) {
        append_list(name, words, features, text);
    }
}
