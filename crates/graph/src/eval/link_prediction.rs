//! `graph/link-prediction`: are two nodes of a graph without relations linked?
//!
//! The positives are the held-out edges of the graph, those that [`Split::HeldOut`] owns: one in ten, hidden from every prompt
//! of every pretext task, whatever the seed. The negatives, as many of each kind as positives and owned by the same split, are
//!
//! - `random`: any two nodes that are not linked
//! - `degree-matched`: ends of the same degrees as a positive's
//! - `two-hop`: two nodes with a common neighbour
//!
//! and each kind is a part of its own, since they differ in difficulty. A prompt shows neighbours of both nodes, common ones
//! first, as far as they are not held out. The score of a pair is P(yes), the softmax over the log-probs of the two answers;
//! accuracy counts P(yes) above one half.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::baselines::links::{LinkScorer, Links};
use super::benchmark::{graph_of, json, settings, writing};
use super::metrics::{Estimate, Separation};
use super::{Benchmark, EvalError, Exam, LogLikelihood, Respondent, Row, Subject, yes_probability};
use crate::question::{Writing, WritingConfig, options};
use crate::sample::{Subgraph, View, edges_between, owns_pair};
use crate::{Edge, Graph, Node};
use ssl4rl_tasks::protocol::wrap;
use ssl4rl_tasks::verifiers::AnswerStyle;
use ssl4rl_tasks::{Split, TaskRng};

const NAME: &str = "graph/link-prediction";
/// Draws of a negative before the one that is wanted is given up.
const DRAWS: usize = 100_000;
/// Nodes among which one of like degree is drawn, at least.
const ALIKE: usize = 20;
/// Degree above which neighbours are drawn and not listed.
const HUB: usize = 4096;
/// Ranks of Hits@k; left out where there are fewer negatives than k, since all positives are hits then.
const HITS: [usize; 3] = [20, 50, 100];

/// A kind of negatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Negatives {
    /// Any two nodes that are not linked.
    Random,
    /// Ends of the same degrees as a positive's.
    DegreeMatched,
    /// Two nodes with a common neighbour.
    TwoHop,
}

impl Negatives {
    fn part(self) -> &'static str {
        match self {
            Self::Random => "random negatives",
            Self::DegreeMatched => "degree-matched negatives",
            Self::TwoHop => "two-hop negatives",
        }
    }
}

/// Settings of the benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinkConfig {
    /// Positives, drawn by the seed, and negatives of each kind; 0: all held-out edges.
    pub samples: usize,
    /// Seed of every draw.
    pub seed: u64,
    /// Kinds of negatives, each a part of the result: `random`, `degree-matched`, `two-hop`.
    pub negatives: Vec<Negatives>,
    /// Neighbours shown of each of the two nodes, 0 to 50.
    pub neighbours: usize,
    /// Features shown of each of the two nodes, 0 to 1,000.
    pub words: usize,
    /// Answer by `text`, yes or no, or by `letter`.
    pub answer_style: AnswerStyle,
    /// How the subgraph is written and nodes are named.
    pub writing: WritingConfig,
}

impl Default for LinkConfig {
    fn default() -> Self {
        Self {
            samples: 0,
            seed: 0,
            negatives: vec![Negatives::Random, Negatives::DegreeMatched, Negatives::TwoHop],
            neighbours: 5,
            words: 0,
            answer_style: AnswerStyle::Text,
            writing: WritingConfig::default(),
        }
    }
}

impl LinkConfig {
    fn check(&self) -> Result<(), String> {
        if self.neighbours > 50 || self.words > 1000 {
            return Err("`neighbours` must be at most 50 and `words` at most 1000".into());
        }
        if self.negatives.is_empty() {
            return Err("`negatives` must name at least one kind".into());
        }
        Ok(())
    }
}

/// The benchmark.
pub struct LinkPrediction;

impl Benchmark for LinkPrediction {
    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "held-out edges of a graph without relations against three kinds of negatives"
    }

    fn defaults(&self) -> Value {
        json(&LinkConfig::default())
    }

    fn exam(&self, subject: &Subject, changes: Value) -> Result<Box<dyn Exam>, EvalError> {
        let graph = graph_of(NAME, subject)?;
        let config = settings(NAME, &LinkConfig::default(), &changes, LinkConfig::check)?;
        let writing = writing(NAME, &LinkConfig::default(), &config.writing)?;
        let unusable = |reason: &str| {
            Err(EvalError::Unusable { benchmark: NAME, dataset: graph.name().to_owned(), reason: reason.to_owned() })
        };
        if graph.has_relations() {
            return unusable("its edges have relations; `graph/completion` is for knowledge graphs");
        }
        let positives = positives(graph, &config);
        if positives.is_empty() {
            return unusable("none of its edges is held out");
        }
        let mut exam = LinkExam { graph: graph.clone(), positives: Vec::new(), negatives: Vec::new(), config };
        exam.positives = exam.pairs(&positives, &writing, "positive");
        for kind in exam.config.negatives.clone() {
            let pairs = exam.negatives(kind, &positives);
            if pairs.is_empty() {
                return unusable("no negatives could be drawn");
            }
            let asked = exam.pairs(&pairs, &writing, kind.part());
            exam.negatives.push((kind, asked));
        }
        Ok(Box::new(exam))
    }
}

/// Two nodes and what is asked about them.
struct Pair {
    left: Node,
    right: Node,
    prompt: String,
}

struct LinkExam {
    graph: Graph,
    config: LinkConfig,
    positives: Vec<Pair>,
    negatives: Vec<(Negatives, Vec<Pair>)>,
}

/// The edges that are asked about.
fn positives(graph: &Graph, config: &LinkConfig) -> Vec<(Node, Node)> {
    let held_out = |edge: &&Edge| edge.source != edge.target && owns_pair(Split::HeldOut, edge.source, edge.target);
    let mut pairs: Vec<(Node, Node)> =
        graph.edges().iter().filter(held_out).map(|edge| (edge.source, edge.target)).collect();
    pairs.dedup();
    if config.samples > 0 {
        let mut rng = TaskRng::new(config.seed, NAME, Split::HeldOut, u64::MAX);
        let count = rng.sample_front(&mut pairs, config.samples).len();
        pairs.truncate(count);
    }
    pairs
}

impl LinkExam {
    /// Pairs of one kind, none twice; fewer than positives where the graph does not have enough.
    fn negatives(&self, kind: Negatives, positives: &[(Node, Node)]) -> Vec<(Node, Node)> {
        let mut rng = TaskRng::new(self.config.seed, kind.part(), Split::HeldOut, u64::MAX);
        let mut of_degree: Vec<Node> = (0..self.graph.node_count() as Node).collect();
        of_degree.sort_by_key(|&node| self.graph.degree(node));
        let mut found = std::collections::BTreeSet::new();
        for &(left, right) in positives {
            let drawn = (0..DRAWS).find_map(|_| {
                let (left, right) = match kind {
                    Negatives::Random => (self.any(&mut rng), self.any(&mut rng)),
                    Negatives::DegreeMatched => {
                        (self.like(left, &of_degree, &mut rng), self.like(right, &of_degree, &mut rng))
                    }
                    Negatives::TwoHop => self.two_hop(&mut rng)?,
                };
                let pair = (left.min(right), left.max(right));
                let usable = left != right
                    && !self.graph.adjacent(left, right)
                    && owns_pair(Split::HeldOut, left, right)
                    && !found.contains(&pair);
                usable.then_some(pair)
            });
            found.extend(drawn);
        }
        let mut pairs: Vec<(Node, Node)> = found.into_iter().collect();
        rng.shuffle(&mut pairs);
        pairs
    }

    fn any(&self, rng: &mut TaskRng) -> Node {
        rng.below(self.graph.node_count()) as Node
    }

    /// A node of the same degree, or where few have it, of one of the nearest.
    fn like(&self, node: Node, of_degree: &[Node], rng: &mut TaskRng) -> Node {
        let degree = self.graph.degree(node);
        let first = of_degree.partition_point(|&other| self.graph.degree(other) < degree);
        let end = of_degree.partition_point(|&other| self.graph.degree(other) <= degree);
        let missing = ALIKE.saturating_sub(end - first).div_ceil(2);
        let (first, end) = (first.saturating_sub(missing), (end + missing).min(of_degree.len()));
        of_degree[first + rng.below(end - first)]
    }

    /// The ends of two steps that prompts may show.
    fn two_hop(&self, rng: &mut TaskRng) -> Option<(Node, Node)> {
        let view = View::context(&self.graph);
        let start = self.any(rng);
        let middle = *view.draw_neighbours(start, 1, rng).first()?;
        Some((start, *view.draw_neighbours(middle, 1, rng).first()?))
    }

    fn pairs(&self, pairs: &[(Node, Node)], writing: &Writing, stream: &str) -> Vec<Pair> {
        let ask = |(index, &(left, right)): (usize, &(Node, Node))| {
            let mut rng = TaskRng::new(self.config.seed, stream, Split::HeldOut, index as u64);
            let (left, right) = if rng.coin() { (left, right) } else { (right, left) };
            Some(Pair { left, right, prompt: self.prompt(left, right, writing, &mut rng)? })
        };
        pairs.par_iter().enumerate().filter_map(ask).collect()
    }

    fn prompt(&self, left: Node, right: Node, writing: &Writing, rng: &mut TaskRng) -> Option<String> {
        let view = View::context(&self.graph).hiding(left, right);
        let mut edges = Vec::new();
        for (end, other) in [(left, right), (right, left)] {
            let shown = self.shown(&view, end, other, rng).into_iter().take(self.config.neighbours);
            edges.extend(shown.filter_map(|node| edges_between(&self.graph, end, node).next()));
        }
        let subgraph = Subgraph::new(vec![left, right], edges, self.graph.direction(), rng);
        let written = writing.write(&self.graph, subgraph, rng)?;
        let (one, other) = (written.name(left)?, written.name(right)?);
        let mut text = format!("Some links are hidden. Was node {one} linked to node {other}?\n{}", written.text);
        if let Some(features) = self.graph.features().filter(|_| self.config.words > 0) {
            text.push_str("Features:\n");
            for (name, node) in [(one, left), (other, right)] {
                let mut words = features.of(node).to_vec();
                let words = rng.sample_front(&mut words, self.config.words).iter().map(|&word| features.name(word));
                let words = words.collect::<Vec<_>>().join(" ");
                text.extend([name, ": ", if words.is_empty() { "unknown" } else { &words }, "\n"]);
            }
        }
        options::append(&options::yes_no(true, self.config.answer_style), &mut text);
        Some(text)
    }

    /// Neighbours of one end, those that the other end has too before the rest, each in random order. Of a hub, no more than are
    /// shown are drawn, since it may have a million.
    fn shown(&self, view: &View<'_>, end: Node, other: Node, rng: &mut TaskRng) -> Vec<Node> {
        if self.graph.degree(end) <= HUB {
            let mut all: Vec<Node> = view.neighbours(end).collect();
            rng.shuffle(&mut all);
            all.sort_by_key(|&node| !view.joins(other, node));
            return all;
        }
        let fewer = if self.graph.degree(other) <= self.graph.degree(end) { (other, end) } else { (end, other) };
        let mut found: Vec<Node> = view.neighbours(fewer.0).filter(|&node| view.joins(fewer.1, node)).collect();
        rng.shuffle(&mut found);
        found.truncate(self.config.neighbours);
        let rest = view.draw_neighbours(end, self.config.neighbours, rng);
        found.extend(rest.into_iter().filter(|node| !view.joins(other, *node)));
        found
    }

    /// The whole answers yes and no.
    fn answers(&self) -> Vec<String> {
        let truth = options::yes_no(true, self.config.answer_style);
        [0, 1].map(|position| wrap(&truth.answer_at(position).unwrap_or_default())).to_vec()
    }

    /// P(yes) of each pair that could be asked.
    fn asked(&self, pairs: &[Pair], respondent: &mut dyn Respondent) -> Result<Vec<f64>, EvalError> {
        let prompts: Vec<String> = pairs.iter().map(|pair| pair.prompt.clone()).collect();
        let found = respondent.log_likelihoods(&prompts, &vec![self.answers(); pairs.len()])?;
        let probability = |likely: &Vec<LogLikelihood>| Some(yes_probability(*likely.first()?, *likely.get(1)?));
        Ok(found.iter().flatten().filter_map(probability).collect())
    }
}

impl Exam for LinkExam {
    fn settings(&self) -> Value {
        json(&self.config)
    }

    fn notes(&self) -> Vec<String> {
        let few = |(kind, pairs): &(Negatives, Vec<Pair>)| {
            let left_out: Vec<String> =
                HITS.iter().filter(|&&limit| limit > pairs.len()).map(|limit| format!("Hits@{limit}")).collect();
            let (part, count, left_out) = (kind.part(), pairs.len(), left_out.join(" and "));
            (!left_out.is_empty()).then(|| format!("{part}: {count} of them; every score would have {left_out} of 1"))
        };
        self.negatives.iter().filter_map(few).collect()
    }

    fn baselines(&self) -> Result<Vec<Row>, EvalError> {
        let links = Links::of(View::context(&self.graph));
        let mut scorers = LinkScorer::STRUCTURAL.to_vec();
        if self.graph.features().is_some() {
            scorers.push(LinkScorer::SharedWords);
        }
        let of_pairs = |scorer: LinkScorer, pairs: &[Pair]| -> Vec<f64> {
            pairs.par_iter().map(|pair| links.score(scorer, pair.left, pair.right)).collect()
        };
        let mut rows = Vec::new();
        for (kind, negatives) in &self.negatives {
            for &scorer in &scorers {
                let (positives, negatives) = (of_pairs(scorer, &self.positives), of_pairs(scorer, negatives));
                rows.push(row(*kind, scorer.name(), &Separation { positives, negatives }));
            }
        }
        Ok(rows)
    }

    fn sit(&self, respondent: &mut dyn Respondent) -> Result<Vec<Row>, EvalError> {
        let positives = self.asked(&self.positives, respondent)?;
        let mut rows = Vec::new();
        for (kind, pairs) in &self.negatives {
            let negatives = self.asked(pairs, respondent)?;
            if positives.is_empty() || negatives.is_empty() {
                return Err(EvalError::NothingFits { benchmark: NAME, questions: self.positives.len() + pairs.len() });
            }
            let right = positives.iter().map(|&score| score > 0.5).chain(negatives.iter().map(|&score| score <= 0.5));
            let accuracy = Estimate::share(right);
            let asked = positives.len() + negatives.len();
            let skipped = self.positives.len() + pairs.len() - asked;
            let separation = Separation { positives: positives.clone(), negatives };
            rows.push(row(*kind, Row::MODEL, &separation).with("accuracy", accuracy).skipping(skipped));
        }
        Ok(rows)
    }
}

fn row(kind: Negatives, who: &str, scores: &Separation) -> Row {
    let questions = scores.positives.len() + scores.negatives.len();
    let row = Row::new(kind.part(), who, questions).with("AUC", scores.area());
    HITS.into_iter()
        .filter(|&limit| limit <= scores.negatives.len())
        .fold(row, |row, limit| row.with(format!("Hits@{limit}"), scores.hits(limit)))
}
