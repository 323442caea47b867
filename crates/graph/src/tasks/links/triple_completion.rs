//! `graph/triple-completion`: which entity completes (head, relation, ?) or (?, relation, tail)?
//!
//! Pieces of the knowledge graph are made alike. Each holds a triple of the same relation that is hidden, and other triples
//! of its head and tail, at least `support` common neighbours among them. The question gives the relation and one end of one
//! triple; the options are the other ends of all. No option but the right one completes the triple in the training,
//! validation or test triples, so the answer is filtered; that holds for every piece, and which of them is asked for is random, so
//! that the options are exchangeable to whoever does not look at the entity given.
//!
//! With `form = "ranked"` the answer is a list, best first, scored by the reciprocal rank of the right option.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Graph;
use crate::question::ranges::check;
use crate::question::{Writing, WritingConfig, options};
use crate::sample::Subgraph;
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth, RankedList};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

use super::pieces::check_evidence;
use super::triples::{TriplePieces, unsupported};

/// Settings of [`TripleCompletion`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TripleCompletionConfig {
    /// `choice` of one option, or `ranked`: options in order of belief.
    pub form: CompletionForm,
    /// Number of options, 2 to 10.
    pub options: usize,
    /// Answer by the options' `text` or `letter`.
    pub answer_style: AnswerStyle,
    /// Common neighbours shown of a hidden triple's two ends, 0 to 5.
    pub support: usize,
    /// Triples listed of each end, 1 to 20, at least `support`.
    pub neighbours: usize,
    /// How the subgraph is written.
    pub writing: WritingConfig,
}

impl Default for TripleCompletionConfig {
    fn default() -> Self {
        Self {
            form: CompletionForm::Choice,
            options: 4,
            answer_style: AnswerStyle::Text,
            support: 1,
            neighbours: 2,
            writing: WritingConfig::default(),
        }
    }
}

/// How the answer is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CompletionForm {
    /// One option.
    Choice,
    /// Options, best first.
    Ranked,
}

/// The options, and how the answer is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompletionTruth {
    /// The options.
    pub choice: ChoiceTruth,
    /// One of them or a ranking.
    pub form: CompletionForm,
}

/// Scores one option or a ranking.
#[derive(Debug, Clone, Copy, Default)]
pub struct CompletionVerifier;

impl Verifier for CompletionVerifier {
    const SCORING: &'static str = "1 for the right option; 1 / its rank in a ranking";
    type Truth = CompletionTruth;

    fn verify(&self, completion: &str, truth: &CompletionTruth) -> Verdict {
        match truth.form {
            CompletionForm::Choice => Choice.verify(completion, &truth.choice),
            CompletionForm::Ranked => RankedList.verify(completion, &truth.choice),
        }
    }

    fn choice<'truth>(&self, truth: &'truth CompletionTruth) -> Option<&'truth ChoiceTruth> {
        Some(&truth.choice)
    }
}

/// The task.
pub struct TripleCompletion {
    config: TripleCompletionConfig,
    pieces: TriplePieces,
    writing: Writing,
}

impl PretextTask for TripleCompletion {
    const NAME: &'static str = "graph/triple-completion";
    const SUMMARY: &'static str = "tell which entity completes a triple";
    const BY_DEFAULT: bool = false;
    type Config = TripleCompletionConfig;
    type Input = Graph;
    type Truth = CompletionTruth;
    type Verifier = CompletionVerifier;

    fn new(config: TripleCompletionConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "options", &config.options, 2..=10)?;
        check_evidence(Self::NAME, config.support, config.neighbours, 5)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        let pieces = TriplePieces { support: config.support, neighbours: config.neighbours };
        Ok(Self { config, pieces, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<CompletionTruth>> {
        let pieces = self.pieces.alike(graph, self.config.options, rng)?;
        let context = pieces.iter().flat_map(|piece| piece.context.concat()).collect();
        let subgraph = Subgraph::new(Vec::new(), context, graph.direction(), rng);
        let written = self.writing.write(graph, subgraph, rng)?;
        let tail_hidden = rng.coin();
        let ends = |at: usize| -> Option<[&str; 2]> {
            let triple = pieces.get(at)?.triple;
            Some([written.name(triple.source)?, written.name(triple.target)?])
        };
        let hidden_end = usize::from(tail_hidden);
        let others: Option<Vec<String>> = (1..pieces.len()).map(|at| Some(ends(at)?[hidden_end].to_owned())).collect();
        let [head, tail] = ends(0)?;
        let right = if tail_hidden { tail } else { head };
        let choice = options::shuffled(right.to_owned(), others?, self.config.answer_style, rng)?;
        let relation = graph.relation_names().get(pieces.first()?.triple.relation as usize)?;
        let (head, tail) = if tail_hidden { (head, "?") } else { ("?", tail) };
        let mut text = format!("Which option completes the triple ({head}, {relation}, {tail})?\n{}", written.text);
        options::append(&choice, &mut text);
        if self.config.form == CompletionForm::Ranked {
            text.push_str(" You may name several, most likely first, with commas.");
        }
        let truth = CompletionTruth { choice, form: self.config.form };
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &CompletionVerifier {
        &CompletionVerifier
    }

    fn oracle(&self, truth: &CompletionTruth) -> String {
        protocol::wrap(&truth.choice.right_answer())
    }

    fn chance(&self, truth: &CompletionTruth) -> f32 {
        match truth.form {
            CompletionForm::Choice => truth.choice.blind_score(),
            CompletionForm::Ranked => RankedList::blind_score(truth.choice.options.len()),
        }
    }

    fn levels(config: &TripleCompletionConfig) -> Vec<TripleCompletionConfig> {
        [(2, 1), (3, 2), (4, 2), (6, 3), (8, 4)]
            .map(|(options, neighbours)| TripleCompletionConfig {
                options,
                neighbours: neighbours.max(config.support),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        unsupported(graph, self.config.support)
    }
}
