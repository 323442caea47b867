//! `graph/edge-prediction`: an edge is removed before anything is sampled; the rest tells where it was.
//!
//! The question is which of k nodes a node was linked to (`form = "choice"`), or whether two nodes were linked
//! (`form = "yes-no"`); `pieces` says how the candidates are made alike. Graphs with relations have
//! [`relation_prediction`](super::relation_prediction) instead.
//!
//! Held-out targets: one edge in ten, by the unordered pair, whatever the seed. No prompt of any split shows one, neither as
//! target nor as context, so training never sees what evaluation asks for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Graph;
use crate::question::ranges::check;
use crate::question::{Writing, WritingConfig, options};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

pub use super::pieces::LinkNegatives;
use super::pieces::{Pieces, check_evidence};

/// Settings of [`EdgePrediction`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EdgePredictionConfig {
    /// `choice` among `options` candidates, or `yes-no`.
    pub form: EdgeForm,
    /// Number of candidates to choose from, 2 to 10; a yes-no question has two answers.
    pub options: usize,
    /// Where wrong candidates come from: `uniform` over all nodes, `degree-matched` (ends of
    /// other edges, of like degree), or `two-hop` (two steps from the node asked about).
    pub negatives: LinkNegatives,
    /// Answer by the option's `text` or its `letter`.
    pub answer_style: AnswerStyle,
    /// Shown evidence: common neighbours of the hidden edge's two ends, 0 to 5.
    pub support: usize,
    /// Neighbours listed of each end, 1 to 20, at least `support`.
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

/// The task.
pub struct EdgePrediction {
    config: EdgePredictionConfig,
    pieces: Pieces,
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
    const SUMMARY: &'static str = "tell where a removed edge was";
    type Config = EdgePredictionConfig;
    type Input = Graph;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: EdgePredictionConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "options", &config.options, 2..=10)?;
        check_evidence(Self::NAME, config.support, config.neighbours, 5)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        let pieces = Pieces { negatives: config.negatives, support: config.support, neighbours: config.neighbours };
        Ok(Self { config, pieces, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let pieces = self.pieces.draw(graph, self.option_count(), rng)?;
        let subgraph = Pieces::together(graph, &pieces, rng);
        let asked = subgraph.id_of(pieces[0].anchor)?;
        let candidates: Option<Vec<u32>> = pieces.iter().map(|piece| subgraph.id_of(piece.candidate)).collect();
        let candidates = candidates?;
        let style = self.config.answer_style;
        let (mut text, truth) = match self.config.form {
            EdgeForm::Choice => {
                let posed = self.writing.pose_related(graph, subgraph, rng, |name| {
                    format!("One link of node {} is hidden. Which option did it lead to?\n", name(asked))
                })?;
                let mut names: Vec<String> = candidates.iter().map(|&id| posed.name(id).to_owned()).collect();
                let right = names.remove(0);
                (posed.text, options::shuffled(right, names, style, rng)?)
            }
            EdgeForm::YesNo => {
                let yes = rng.coin();
                let other = candidates[usize::from(!yes)];
                let posed = self.writing.pose_related(graph, subgraph, rng, |name| {
                    format!("Some links are hidden. Was node {} linked to node {}?\n", name(asked), name(other))
                })?;
                (posed.text, options::yes_no(yes, style))
            }
        };
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
        self.pieces.unusable(graph, self.option_count())
    }
}
