//! `graph/triple-corruption`: one of a few listed triples is false; which?
//!
//! Every listed triple stands among other triples of its head and its tail. Those of a true one share at least
//! `support` neighbours. The false one has the head of one hidden triple and the tail of another of the same relation, each with its own
//! triples around it, so that type and relation fit, and only what is shown around it does not. It is true in none of the
//! training, validation and test triples. True ones are hidden from everything but the list; held-out ones are as in
//! [`relation_prediction`](super::relation_prediction).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::question::ranges::check;
use crate::question::{Writing, WritingConfig};
use crate::sample::Subgraph;
use crate::{Edge, Graph};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

use super::pieces::check_evidence;
use super::triples::{TriplePieces, unsupported};

/// Settings of [`TripleCorruption`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TripleCorruptionConfig {
    /// Number of triples listed, 2 to 8.
    pub triples: usize,
    /// Common neighbours shown of a true triple's two ends, 0 to 5.
    pub support: usize,
    /// Triples shown of each end, 1 to 20, at least `support`.
    pub neighbours: usize,
    /// How the context is written.
    pub writing: WritingConfig,
}

impl Default for TripleCorruptionConfig {
    fn default() -> Self {
        Self { triples: 3, support: 1, neighbours: 2, writing: WritingConfig::default() }
    }
}

/// The task.
pub struct TripleCorruption {
    config: TripleCorruptionConfig,
    pieces: TriplePieces,
    writing: Writing,
}

impl PretextTask for TripleCorruption {
    const NAME: &'static str = "graph/triple-corruption";
    const SUMMARY: &'static str = "find the false one among listed triples";
    const BY_DEFAULT: bool = false;
    type Config = TripleCorruptionConfig;
    type Input = Graph;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: TripleCorruptionConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "triples", &config.triples, 2..=8)?;
        check_evidence(Self::NAME, config.support, config.neighbours, 5)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        let pieces = TriplePieces { support: config.support, neighbours: config.neighbours };
        Ok(Self { config, pieces, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let mut pieces = self.pieces.alike(graph, 2, rng)?;
        self.pieces.join_others(graph, &mut pieces, self.config.triples + 1, rng)?;
        let (taken, from) = (pieces.first()?, pieces.get(1)?);
        let [head_context, _] = &taken.context;
        let [_, tail_context] = &from.context;
        let falsehood = Edge { target: from.triple.target, ..taken.triple };
        let mut listed = vec![falsehood];
        let mut context = [head_context.as_slice(), tail_context].concat();
        for piece in &pieces[2..] {
            listed.push(piece.triple);
            context.extend(piece.context.iter().flatten());
        }
        let ends = listed.iter().flat_map(|triple| [triple.source, triple.target]).collect();
        let written = self.writing.write(graph, Subgraph::new(ends, context, graph.direction(), rng), rng)?;
        rng.shuffle(&mut listed);
        let mut text = String::from("One of these triples is false. Which one?\n");
        for (position, triple) in listed.iter().enumerate() {
            let (head, tail) = (written.name(triple.source)?, written.name(triple.target)?);
            let relation = graph.relation_names().get(triple.relation as usize)?;
            text.extend([&(position + 1).to_string(), ": (", head, ", ", relation, ", ", tail, ")\n"]);
        }
        text.push_str("Around them:\n");
        text.push_str(&written.text);
        text.push_str("Reply <answer>number</answer>.");
        let correct = listed.iter().position(|triple| *triple == falsehood)?;
        let truth = ChoiceTruth::new((1..=listed.len()).map(|number| number.to_string()), correct, AnswerStyle::Text);
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

    fn levels(config: &TripleCorruptionConfig) -> Vec<TripleCorruptionConfig> {
        [(2, 1), (3, 2), (4, 3), (6, 4), (8, 5)]
            .map(|(triples, neighbours)| TripleCorruptionConfig {
                triples,
                neighbours: neighbours.max(config.support),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        unsupported(graph, self.config.support)
    }
}
