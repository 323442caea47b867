//! `graph/edge-prediction`: an edge is removed before anything is sampled; the rest tells where it was.
//!
//! In a graph without relations the question is which of k nodes a node was linked to (`form = "choice"`), or whether
//! two nodes were linked (`form = "yes-no"`); `links` says how the candidates are made alike. In a knowledge graph the
//! hidden thing is the relation of a triple (head, ?, tail); see `relations`.
//!
//! Held-out targets: one edge in ten of a graph without relations, by the unordered pair, whatever the seed. No prompt of
//! any split shows one, neither as target nor as context, so training never sees what evaluation asks for. A knowledge
//! graph's held-out targets are its validation triples, which are no edges of the graph; where a knowledge graph brings
//! none, one pair in ten is held out as above.

mod links;
mod relations;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::graph::Graph;
use crate::graph::question::ranges::{check, invalid};
use crate::graph::question::{Writing, WritingConfig};
use crate::tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use crate::tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

/// Settings of [`EdgePrediction`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EdgePredictionConfig {
    /// `choice` among `options` candidates, or `yes-no`.
    pub form: EdgeForm,
    /// Number of candidates or relations to choose from, 2 to 10; a yes-no question has two answers.
    pub options: usize,
    /// Where wrong candidates come from in a graph without relations: `uniform` over all nodes, `degree-matched` (ends of
    /// other edges, of like degree), or `two-hop` (two steps from the node asked about).
    pub negatives: LinkNegatives,
    /// Where wrong relations come from in a knowledge graph: `uniform` over all relations, `frequency` (of other triples,
    /// drawn as the hidden one is), or `type-compatible` (relations that head or tail have with other entities). None is
    /// ever true of the pair in training, validation or test triples.
    pub relation_negatives: RelationNegatives,
    /// Answer by the option's `text` or its `letter`.
    pub answer_style: AnswerStyle,
    /// Shown evidence: common neighbours of the hidden edge's two ends, 0 to 5; in a knowledge graph the ends (0 to 2)
    /// that show another triple of the hidden relation.
    pub support: usize,
    /// Neighbours listed of each end, 1 to 20, at least `support`; of each entity in a knowledge graph, its other triples.
    pub neighbours: usize,
    /// How the subgraph is written.
    pub writing: WritingConfig,
}

impl Default for EdgePredictionConfig {
    fn default() -> Self {
        Self {
            form: EdgeForm::Choice,
            options: 4,
            negatives: LinkNegatives::DegreeMatched,
            relation_negatives: RelationNegatives::Frequency,
            answer_style: AnswerStyle::Text,
            support: 1,
            neighbours: 2,
            writing: WritingConfig::default(),
        }
    }
}

/// How the question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeForm {
    /// One of several candidates.
    Choice,
    /// Whether a given candidate is right.
    YesNo,
}

/// Where wrong candidates come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LinkNegatives {
    /// Any node that has an edge.
    Uniform,
    /// An end of another edge, in the same degree bin (powers of two) as the right candidate.
    DegreeMatched,
    /// A node two steps from the node asked about.
    TwoHop,
}

/// Where wrong relations come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RelationNegatives {
    /// Any relation.
    Uniform,
    /// The relation of another triple.
    Frequency,
    /// A relation in which the head is a head, or the tail a tail.
    TypeCompatible,
}

/// The task.
pub struct EdgePrediction {
    config: EdgePredictionConfig,
    writing: Writing,
}

impl EdgePrediction {
    /// Options made for one question; a yes-no question needs the right one and one other.
    fn option_count(&self) -> usize {
        match self.config.form {
            EdgeForm::Choice => self.config.options,
            EdgeForm::YesNo => 2,
        }
    }
}

impl PretextTask for EdgePrediction {
    const NAME: &'static str = "graph/edge-prediction";
    const SUMMARY: &'static str = "tell where a removed edge was, or which relation a hidden triple has";
    type Config = EdgePredictionConfig;
    type Input = Graph;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: EdgePredictionConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "options", &config.options, 2..=10)?;
        check(Self::NAME, "support", &config.support, 0..=5)?;
        check(Self::NAME, "neighbours", &config.neighbours, 1..=20)?;
        if config.support > config.neighbours {
            let limit = format!("at most neighbours ({})", config.neighbours);
            return Err(invalid(Self::NAME, "support", limit, config.support.to_string()));
        }
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        if graph.has_relations() { self.relation_question(graph, rng) } else { self.link_question(graph, rng) }
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

    /// More options are harder; a question of two answers has no levels.
    fn levels(config: &EdgePredictionConfig) -> Vec<EdgePredictionConfig> {
        match config.form {
            EdgeForm::Choice => {
                [2, 3, 4, 6, 8].map(|options| EdgePredictionConfig { options, ..config.clone() }).to_vec()
            }
            EdgeForm::YesNo => Vec::new(),
        }
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        if graph.edges().is_empty() {
            return Some("the graph has no edges".into());
        }
        let options = self.option_count();
        if graph.has_relations() {
            let relations = graph.relation_names().len();
            return (relations < options)
                .then(|| format!("it has only {relations} relations, too few for {options} options"));
        }
        if self.lacks_support(graph) {
            let support = self.config.support;
            return Some(format!(
                "no two linked nodes have {support} common neighbours, so nothing shown would tell a hidden link; set `support = 0`"
            ));
        }
        let nodes = graph.node_count();
        (nodes < 2 * options + 1)
            .then(|| format!("it has only {nodes} nodes; {options} candidates with neighbours need more"))
    }
}
