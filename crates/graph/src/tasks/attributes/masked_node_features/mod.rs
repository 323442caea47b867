//! `graph/masked-node-features`: one feature of a node is hidden; its neighbourhood tells which.
//!
//! A target node and an ego-net around it are drawn. Every node of the net shows a few of its features; the hidden one
//! is a feature of the target that at least `support` other nodes show. The wrong options are features that the target
//! lacks, so two nodes with equal features never make two options right.
//!
//! With `negatives = "frequency"` each wrong option is the hidden feature of another target, drawn by the same process,
//! and no target has another's. The options are then exchangeable: whoever sees nothing but them can do no better than
//! one in k, however well he knows which features are common.
//!
//! Training prompts show no node that is held out, so neither its features nor its edges are ever trained on.
//!
//! With `attribute = "title"` the hidden feature is the node's title, and other nodes show their titles.
//! With `form = "open"` several features are hidden, there are no options, and the answer is scored by F1.

mod titles;
mod words;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words::too_few_known;
use crate::question::ranges::{check, invalid};
use crate::question::{Writing, WritingConfig, Written};
use crate::sample::{EgoNet, Subgraph, View};
use crate::{Graph, Node};
use ssl4rl_tasks::verifiers::wording::write_items;
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth, SetF1};
use ssl4rl_tasks::{PretextTask, Sample, Split, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Draws of a whole question, or of a node, before the sample is given up.
const DRAWS: usize = 64;
/// Draws of a target; many, because features may be known of few nodes.
const TARGET_DRAWS: usize = 512;
/// Stated chance of an open answer; rare hidden words keep any constant answer below it.
const OPEN_CHANCE: f32 = 0.05;

/// Settings of [`MaskedNodeFeatures`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MaskedNodeFeaturesConfig {
    /// What is hidden: `words` (one non-zero feature) or `title` (the node's title, where nodes have texts or names).
    pub attribute: Attribute,
    /// `choice` between options, or `open`: name the hidden words, scored by F1 (needs `attribute = "words"`).
    pub form: Form,
    /// Number of options, 2 to 10.
    pub options: usize,
    /// Where wrong options come from: `uniform` over all features, `frequency` (drawn as the hidden one is, for other
    /// targets), or `neighbourhood` (from nodes two steps away).
    pub negatives: Negatives,
    /// Answer by the option's `text` or its `letter`.
    pub answer_style: AnswerStyle,
    /// Words hidden in the open form, 1 to 10.
    pub hidden: usize,
    /// Shown nodes that must show the hidden word, or share a word with the hidden title; 0 to 10.
    pub support: usize,
    /// Steps from the target to the farthest shown node, 1 to 3.
    pub hops: usize,
    /// Neighbours followed from each node, 1 to 20.
    pub neighbours: usize,
    /// Shown nodes in all, 2 to 60.
    pub max_nodes: usize,
    /// Words shown of each other node, 1 to 100.
    pub words: usize,
    /// Words shown of the target itself, 0 to 100; never the hidden ones.
    pub own_words: usize,
    /// How the subgraph is written.
    pub writing: WritingConfig,
}

impl Default for MaskedNodeFeaturesConfig {
    fn default() -> Self {
        Self {
            attribute: Attribute::Words,
            form: Form::Choice,
            options: 4,
            negatives: Negatives::Frequency,
            answer_style: AnswerStyle::Text,
            hidden: 3,
            support: 1,
            hops: 1,
            neighbours: 3,
            max_nodes: 4,
            words: 3,
            own_words: 0,
            writing: WritingConfig::default(),
        }
    }
}

/// What is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Attribute {
    /// A non-zero feature.
    Words,
    /// The title.
    Title,
}

/// How the question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// One of several options.
    Choice,
    /// A set of words, without options.
    Open,
}

/// Where wrong options come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Negatives {
    /// Any feature that the target lacks.
    Uniform,
    /// The hidden feature of another target, so that right and wrong options are equally common.
    Frequency,
    /// A feature of a node two steps from the target.
    Neighbourhood,
}

/// What the verifier compares with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "kebab-case")]
pub enum FeatureTruth {
    /// One of several options.
    Choice(ChoiceTruth),
    /// The hidden words.
    Open {
        /// All of them.
        words: BTreeSet<String>,
        /// Number of different words that the prompt shows.
        #[serde(default)]
        shown: usize,
    },
}

/// Scores an option exactly and a set of words by F1.
#[derive(Debug, Clone, Copy, Default)]
pub struct FeatureVerifier;

impl Verifier for FeatureVerifier {
    const SCORING: &'static str = "1 for the right option; F1 of the words where the form is open";
    type Truth = FeatureTruth;

    fn verify(&self, completion: &str, truth: &FeatureTruth) -> Verdict {
        match truth {
            FeatureTruth::Choice(choice) => Choice.verify(completion, choice),
            FeatureTruth::Open { words, .. } => SetF1.verify(completion, words),
        }
    }

    fn choice<'truth>(&self, truth: &'truth FeatureTruth) -> Option<&'truth ChoiceTruth> {
        match truth {
            FeatureTruth::Choice(choice) => Some(choice),
            FeatureTruth::Open { .. } => None,
        }
    }
}

/// The task.
pub struct MaskedNodeFeatures {
    config: MaskedNodeFeaturesConfig,
    writing: Writing,
}

impl PretextTask for MaskedNodeFeatures {
    const NAME: &'static str = "graph/masked-node-features";
    const SUMMARY: &'static str = "tell a node's hidden feature from its neighbourhood";
    type Config = MaskedNodeFeaturesConfig;
    type Input = Graph;
    type Truth = FeatureTruth;
    type Verifier = FeatureVerifier;

    fn new(config: MaskedNodeFeaturesConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "options", &config.options, 2..=10)?;
        check(Self::NAME, "hidden", &config.hidden, 1..=10)?;
        check(Self::NAME, "support", &config.support, 0..=10)?;
        check(Self::NAME, "hops", &config.hops, 1..=3)?;
        check(Self::NAME, "neighbours", &config.neighbours, 1..=20)?;
        check(Self::NAME, "max_nodes", &config.max_nodes, 2..=60)?;
        check(Self::NAME, "words", &config.words, 1..=100)?;
        check(Self::NAME, "own_words", &config.own_words, 0..=100)?;
        if config.support >= config.max_nodes {
            return Err(invalid(Self::NAME, "support", "below max_nodes", config.support.to_string()));
        }
        if config.form == Form::Open && config.attribute == Attribute::Title {
            return Err(invalid(Self::NAME, "form", "\"choice\" where attribute is \"title\"", "\"open\""));
        }
        if config.attribute == Attribute::Title && config.writing.naming == "real" {
            return Err(invalid(
                Self::NAME,
                "writing.naming",
                "a scheme that does not show the hidden title",
                "\"real\"",
            ));
        }
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<FeatureTruth>> {
        let view = View { hide_held_out_nodes: rng.split() != Split::HeldOut, ..View::context(graph) };
        match (self.config.attribute, self.config.form) {
            (Attribute::Title, _) => self.title_choice(&view, rng),
            (Attribute::Words, Form::Choice) => self.word_choice(&view, graph.features()?, rng),
            (Attribute::Words, Form::Open) => self.open_words(&view, graph.features()?, rng),
        }
    }

    fn verifier(&self) -> &FeatureVerifier {
        &FeatureVerifier
    }

    fn oracle(&self, truth: &FeatureTruth) -> String {
        protocol::wrap(&match truth {
            FeatureTruth::Choice(choice) => choice.right_answer(),
            FeatureTruth::Open { words, .. } => write_items(words),
        })
    }

    fn chance(&self, truth: &FeatureTruth) -> f32 {
        match truth {
            FeatureTruth::Choice(choice) => choice.blind_score(),
            // Naming all that is shown, or a constant.
            FeatureTruth::Open { words, shown } => SetF1::blind_score(*shown, words.len()).max(OPEN_CHANCE),
        }
    }

    /// More options are harder, and more hidden words where there are none.
    fn levels(config: &MaskedNodeFeaturesConfig) -> Vec<MaskedNodeFeaturesConfig> {
        match config.form {
            Form::Choice => {
                [2, 3, 4, 6, 8].map(|options| MaskedNodeFeaturesConfig { options, ..config.clone() }).to_vec()
            }
            Form::Open => [1, 2, 3, 5].map(|hidden| MaskedNodeFeaturesConfig { hidden, ..config.clone() }).to_vec(),
        }
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        if graph.edges().is_empty() {
            return Some("the graph has no edges, so no node has a neighbourhood".into());
        }
        if graph.node_count() < self.config.options {
            return Some(format!("it has only {} nodes, fewer than there are options", graph.node_count()));
        }
        match self.config.attribute {
            Attribute::Title if graph.node_texts().is_none() && graph.node_names().is_none() => {
                Some("its nodes have neither texts nor names".into())
            }
            Attribute::Title => None,
            Attribute::Words => match graph.features() {
                None => Some("its nodes have no features".into()),
                Some(features) if features.matrix.nnz() == 0 => Some("every feature of every node is zero".into()),
                Some(features) => too_few_known(features).or_else(|| self.unsupported(graph, features)),
            },
        }
    }
}

impl MaskedNodeFeatures {
    fn reach(&self) -> EgoNet {
        EgoNet { hops: self.config.hops, neighbours: self.config.neighbours, max_nodes: self.config.max_nodes }
    }

    fn write(&self, view: &View<'_>, nodes: &[Node], rng: &mut TaskRng) -> Option<Written> {
        let edges = view.edges_among(nodes);
        let subgraph = Subgraph::new(nodes.to_vec(), edges, view.graph.direction(), rng);
        self.writing.write(view.graph, subgraph, rng)
    }
}

/// A node reached by two visible steps that is neither the start nor its neighbour.
fn two_steps_away(view: &View<'_>, start: Node, rng: &mut TaskRng) -> Option<Node> {
    (0..DRAWS).find_map(|_| {
        let middle = *view.draw_neighbours(start, 1, rng).first()?;
        let end = *view.draw_neighbours(middle, 1, rng).first()?;
        (end != start && !view.graph.adjacent(start, end)).then_some(end)
    })
}
