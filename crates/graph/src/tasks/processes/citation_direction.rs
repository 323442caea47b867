//! `graph/citation-direction`: which way does a hidden edge lead?
//!
//! Only graphs whose edges have directions carry it: citing and cited paper, head and tail of a triple. Every edge between
//! the two ends is hidden. Other edges of both are shown, one of the same relation among them where `support` asks for it.
//! Edges whose reverse is known to be true as well are passed over.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::question::ranges::check;
use crate::question::triples::{is_true, random_incident, random_target};
use crate::question::{Writing, WritingConfig, options, owns_text};
use crate::sample::{Subgraph, View};
use crate::{Direction, Edge, Graph};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, prompt_text, protocol};

/// Draws of an edge before the sample is given up.
const DRAWS: usize = 256;
/// Edges of an end looked at for context; keeps hubs cheap.
const PROBES: usize = 32;

/// Settings of [`CitationDirection`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CitationDirectionConfig {
    /// Edges shown of each end, 1 to 20.
    pub neighbours: usize,
    /// Shown edges that must have the hidden edge's relation, 0 to 4.
    pub support: usize,
    /// Answer by the option's `text` or its `letter`.
    pub answer_style: AnswerStyle,
    /// How the subgraph is written.
    pub writing: WritingConfig,
}

impl Default for CitationDirectionConfig {
    fn default() -> Self {
        Self { neighbours: 4, support: 1, answer_style: AnswerStyle::Text, writing: WritingConfig::default() }
    }
}

/// The task.
pub struct CitationDirection {
    config: CitationDirectionConfig,
    writing: Writing,
}

impl PretextTask for CitationDirection {
    const NAME: &'static str = "graph/citation-direction";
    const SUMMARY: &'static str = "tell which way a hidden edge leads";
    const BY_DEFAULT: bool = false;
    type Config = CitationDirectionConfig;
    type Input = Graph;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: CitationDirectionConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "neighbours", &config.neighbours, 1..=20)?;
        check(Self::NAME, "support", &config.support, 0..=4)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let (hidden, context) = (0..DRAWS).find_map(|_| self.target(graph, rng))?;
        // So few edges are shown that prompts repeat by chance; names are dealt anew until the text is one of the split's.
        (0..DRAWS).find_map(|_| {
            let sample = self.question(graph, hidden, context.clone(), rng)?;
            owns_text(rng.split(), &prompt_text(&sample.prompt)).then_some(sample)
        })
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

    fn levels(config: &CitationDirectionConfig) -> Vec<CitationDirectionConfig> {
        [(2, 4), (1, 4), (0, 4)]
            .map(|(support, neighbours)| CitationDirectionConfig { neighbours, support, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        if graph.edges().is_empty() {
            return Some("the graph has no edges".into());
        }
        (graph.direction() == Direction::Undirected).then(|| "its edges have no direction".into())
    }
}

impl CitationDirection {
    fn question(
        &self,
        graph: &Graph,
        hidden: Edge,
        context: Vec<Edge>,
        rng: &mut TaskRng,
    ) -> Option<Sample<ChoiceTruth>> {
        let subgraph = Subgraph::new(vec![hidden.source, hidden.target], context, graph.direction(), rng);
        let written = self.writing.write(graph, subgraph, rng)?;
        let (source, target) = (written.name(hidden.source)?, written.name(hidden.target)?);
        let truth = options::shuffled(
            format!("{source} -> {target}"),
            vec![format!("{target} -> {source}")],
            self.config.answer_style,
            rng,
        )?;
        // The order in which the question names the ends is as random as that of the options.
        let (one, other) = if rng.coin() { (source, target) } else { (target, source) };
        let relation = graph.relation_names().get(hidden.relation as usize);
        let of_relation = relation.map(|name| format!(" of relation \"{name}\"")).unwrap_or_default();
        let mut text = format!(
            "A hidden edge{of_relation} joins node {one} and node {other}. Which way does it lead?\n{}",
            written.text
        );
        options::append(&truth, &mut text);
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    /// A hidden edge of this split, and the edges shown around its ends.
    fn target(&self, graph: &Graph, rng: &mut TaskRng) -> Option<(Edge, Vec<Edge>)> {
        let hidden = random_target(graph, rng)?;
        if is_true(graph, Edge { source: hidden.target, target: hidden.source, ..hidden }) {
            return None;
        }
        let view = View::context(graph).hiding(hidden.source, hidden.target);
        let mut context: Vec<Edge> = Vec::new();
        for end in [hidden.source, hidden.target] {
            let mut seen: Vec<Edge> = (0..PROBES).filter_map(|_| random_incident(&view, end, rng)).collect();
            // Edges of the hidden one's relation first, in random order otherwise.
            seen.sort_by_key(|edge| edge.relation != hidden.relation);
            let mut shown = 0;
            for edge in seen {
                if shown < self.config.neighbours && edge.source != edge.target && !context.contains(&edge) {
                    context.push(edge);
                    shown += 1;
                }
            }
        }
        let alike = context.iter().filter(|edge| edge.relation == hidden.relation).count();
        (!context.is_empty() && alike >= self.config.support).then_some((hidden, context))
    }
}
