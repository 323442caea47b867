//! `graph/encoder-translation`: the graph of one text, written in another form.
//!
//! The form is shown by a small example. The answer is read by the form's own parser and compared as a set of edges between
//! names, and of nodes without edges; the order of edges, and of the ends of one, means nothing. The credit is the F1 of
//! that set, rescaled so that naming every pair earns 0.
//!
//! Chance: the best mean credit of a random set of pairs of one size; names are dealt at random.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::encode::{self, Encoder, Scene, naming};
use crate::question::blind::choose;
use crate::question::ranges::invalid;
use crate::question::{Cut, CutConfig, Shown, Writing, WritingConfig, answer, f1_above_all};
use crate::sample::Subgraph;
use crate::{Direction, Edge, Graph};
use ssl4rl_tasks::verifiers::wording::normalised;
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Settings of [`EncoderTranslation`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EncoderTranslationConfig {
    /// Encoders to translate to, one of them per question, none of them the one that `writing` names.
    pub to: Vec<String>,
    /// The small graph.
    pub cut: CutConfig,
    /// How the graph is written.
    pub writing: WritingConfig,
}

impl Default for EncoderTranslationConfig {
    fn default() -> Self {
        Self {
            to: ["adjacency", "edge-list", "json", "dot"].map(String::from).to_vec(),
            cut: CutConfig::default(),
            writing: WritingConfig::default(),
        }
    }
}

/// The graph, and the form asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TranslationTruth {
    /// The graph.
    pub shown: Shown,
    /// Name of the encoder that reads the answer.
    pub to: String,
}

/// An edge, the smaller name first, or a node without edges.
type Item = (String, Option<String>);

impl TranslationTruth {
    fn items(&self) -> BTreeSet<Item> {
        let mut items: BTreeSet<Item> =
            self.shown.edges.iter().map(|&(left, right)| item(self.shown.name(left), self.shown.name(right))).collect();
        for (id, name) in self.shown.names.iter().enumerate() {
            if self.shown.successors(id as u32).is_empty() {
                items.insert((normalised(name), None));
            }
        }
        items
    }

    /// Credit of a set of `given` items of which `hits` are right.
    fn credit(&self, hits: usize, given: usize, right: usize) -> f64 {
        f1_above_all(hits, given, right, self.pairs().max(right))
    }

    /// The best mean credit of a random set of pairs, over a few sizes; see the module's documentation.
    fn blind_score(&self) -> f32 {
        let right = self.items().len();
        let pairs = self.pairs().max(right);
        let mean = |given: usize| -> f64 {
            let probability = |hits| choose(right, hits) * choose(pairs - right, given - hits) / choose(pairs, given);
            (0..=right.min(given)).map(|hits| probability(hits) * self.credit(hits, given, right)).sum()
        };
        [right.div_ceil(2), right, right.midpoint(pairs)].into_iter().map(mean).fold(0.0, f64::max).min(0.99) as f32
    }

    fn pairs(&self) -> usize {
        let nodes = self.shown.node_count();
        nodes * nodes.saturating_sub(1) / 2
    }
}

fn item(left: &str, right: &str) -> Item {
    let (left, right) = (normalised(left), normalised(right));
    if left <= right { (left, Some(right)) } else { (right, Some(left)) }
}

/// What stands in a fenced block of code, where the text is one.
fn unfenced(text: &str) -> &str {
    let inside = text.trim().strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    inside.and_then(|inside| inside.split_once('\n')).map_or(text, |(_language, code)| code)
}

/// Scores a text by the edges it says.
#[derive(Debug, Clone, Copy, Default)]
pub struct TranslationVerifier;

impl Verifier for TranslationVerifier {
    const SCORING: &'static str = "F1 of the edges read back, rescaled so that naming every pair earns 0";
    type Truth = TranslationTruth;

    fn verify(&self, completion: &str, truth: &TranslationTruth) -> Verdict {
        let Some(text) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        if text.is_empty() || text.len() > answer::LONGEST {
            return Verdict::unreadable("blank or too long");
        }
        let Ok(encoder) = encode::by_name(&truth.to) else { return Verdict::unreadable("no such form") };
        let text = unfenced(text);
        let parsed = match encoder.parse(text) {
            Ok(parsed) => parsed,
            Err(error) => return Verdict::unreadable(error.to_string()),
        };
        let mut given: BTreeSet<Item> = parsed.named_edges().map(|(left, _, right, _)| item(left, right)).collect();
        given.extend(parsed.isolated().map(|name| (normalised(name), None)));
        let right = truth.items();
        let hits = given.intersection(&right).count();
        if given == right {
            return Verdict::right(text);
        }
        match truth.credit(hits, given.len(), right.len()) {
            score if score > 0.0 => Verdict::partial(score as f32, text, format!("{hits} of {} edges", right.len())),
            _ => Verdict::wrong(text, "no better than every pair"),
        }
    }
}

/// The task.
pub struct EncoderTranslation {
    cut: Cut,
    writing: Writing,
    to: Vec<&'static dyn Encoder>,
}

impl PretextTask for EncoderTranslation {
    const NAME: &'static str = "graph/encoder-translation";
    const SUMMARY: &'static str = "write a graph in another form";
    const BY_DEFAULT: bool = false;
    type Config = EncoderTranslationConfig;
    type Input = Graph;
    type Truth = TranslationTruth;
    type Verifier = TranslationVerifier;

    fn new(config: EncoderTranslationConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        let known = |name: &String| {
            encode::by_name(name).map_err(|error| invalid(Self::NAME, "to", "known encoders", error.to_string()))
        };
        let to: Vec<&'static dyn Encoder> = config.to.iter().map(known).collect::<Result<_, _>>()?;
        if to.is_empty() || config.to.contains(&config.writing.encoder) {
            let expected = "at least one encoder, not that of `writing`";
            return Err(invalid(Self::NAME, "to", expected, config.to.join(", ")));
        }
        Ok(Self { cut, writing, to })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<TranslationTruth>> {
        let subgraph = self.cut.draw(graph, rng)?;
        let &to = rng.choose(&self.to)?;
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |_| {
            format!("Write the graph below in the form of this example.\nExample:\n{}Graph:\n", example(to))
        })?;
        let truth = TranslationTruth { shown: posed.shown(), to: to.name().to_owned() };
        let text = posed.text + "Reply <answer>the graph in the form of the example</answer>.";
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &TranslationVerifier {
        &TranslationVerifier
    }

    fn oracle(&self, truth: &TranslationTruth) -> String {
        let edges = truth.shown.edges.iter().map(|&(source, target)| Edge { source, target, relation: 0 }).collect();
        let nodes = (0..truth.shown.node_count() as u32).collect();
        let text = encode::by_name(&truth.to)
            .map(|encoder| written(encoder, &Subgraph { nodes, edges }, &truth.shown.names))
            .unwrap_or_default();
        protocol::wrap(text.trim_end())
    }

    fn chance(&self, truth: &TranslationTruth) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &EncoderTranslationConfig) -> Vec<EncoderTranslationConfig> {
        [(3, 4), (5, 7), (6, 10), (10, 16), (16, 24)]
            .map(|(least, most)| EncoderTranslationConfig { cut: config.cut.sized(least, most), ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

/// A path of three nodes in the encoder's form; its letters are no node of a graph named in numbers.
fn example(encoder: &dyn Encoder) -> String {
    let edge = |source, target| Edge { source, target, relation: 0 };
    written(encoder, &Subgraph { nodes: vec![0, 1, 2], edges: vec![edge(0, 1), edge(1, 2)] }, &naming::letters(3))
}

fn written(encoder: &dyn Encoder, subgraph: &Subgraph, node_names: &[String]) -> String {
    let direction = Direction::Undirected;
    let mut text = String::new();
    encoder.encode(&Scene { subgraph, direction, node_names, relation_names: &[], weights: None }, &mut text);
    text
}
