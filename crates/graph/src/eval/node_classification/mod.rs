//! `graph/node-classification` and `graph/ego-classification`: the classes of a public split's test nodes.
//!
//! A prompt shows what its [settings](NodeConfig) say of the test node, of some neighbours, and of training nodes with their
//! class. Labels of validation, test and unlabelled nodes are never shown. Answers are read strictly: one option, by its text
//! or letter; an answer with several classes is wrong, and what cannot be read is counted apart.
//!
//! For `graph/ego-classification` the whole ego-net of the test node is the question, and its centre is not named.
//!
//! The baselines are scored on the same nodes and choose among the same classes. `leaky vote` sees the true labels of all
//! neighbours but test nodes, which no prompt does: a model that is shown neighbours' labels has to beat it.

mod config;
mod nodes;
mod prompt;

pub use config::{ClassNames, Content, NodeConfig, Shots, Wording};

use rayon::prelude::*;
use serde_json::Value;

use super::baselines::{labels, words};
use super::benchmark::{graph_of, json, refused, settings, writing};
use super::metrics::{Classification, Said};
use super::{Benchmark, EvalError, Exam, Reply, Respondent, Row, Subject};
use crate::Node;
use nodes::Labelled;
use prompt::{Asked, Prompter};
use ssl4rl_tasks::Verifier;
use ssl4rl_tasks::protocol::{self, AnswerRule};
use ssl4rl_tasks::verifiers::Choice;

/// Classes of nodes.
pub const NODES: NodeClassification = NodeClassification { whole: false };
/// Classes of ego-nets.
pub const EGO_NETS: NodeClassification = NodeClassification { whole: true };

/// The benchmark.
pub struct NodeClassification {
    /// Whether whole ego-nets are classified.
    whole: bool,
}

impl NodeClassification {
    fn config(&self) -> NodeConfig {
        let config = NodeConfig::default();
        if self.whole { NodeConfig { content: Content::Title, neighbours: 8, ..config } } else { config }
    }
}

impl Benchmark for NodeClassification {
    fn name(&self) -> &'static str {
        if self.whole { "graph/ego-classification" } else { "graph/node-classification" }
    }

    fn summary(&self) -> &'static str {
        if self.whole { "the class of a whole ego-net" } else { "the classes of the public split's test nodes" }
    }

    fn defaults(&self) -> Value {
        json(&self.config())
    }

    fn exam(&self, subject: &Subject, changes: Value) -> Result<Box<dyn Exam>, EvalError> {
        let labelled = Labelled::of(self.name(), graph_of(self.name(), subject)?)?;
        let config = settings(self.name(), &self.config(), &changes, NodeConfig::check)?;
        if config.ways > labelled.classes.len() {
            let (most, ways) = (labelled.classes.len(), config.ways);
            let problem = format!("`ways` must be at most {most}, the number of classes, got {ways}");
            return Err(refused(self.name(), &self.config(), problem));
        }
        let writing = writing(self.name(), &self.config(), &config.writing)?;
        let prompter = Prompter { labelled: &labelled, config: &config, writing: &writing, whole: self.whole };
        let nodes = labelled.asked(&config);
        let asked = nodes.par_iter().enumerate().filter_map(|(index, &(node, class))| prompter.ask(index, node, class));
        let asked: Vec<Asked> = asked.collect();
        Ok(Box::new(NodeExam { name: self.name(), whole: self.whole, config, labelled, asked }))
    }
}

struct NodeExam {
    name: &'static str,
    whole: bool,
    config: NodeConfig,
    labelled: Labelled,
    asked: Vec<Asked>,
}

impl Exam for NodeExam {
    fn settings(&self) -> Value {
        json(&self.config)
    }

    fn baselines(&self) -> Result<Vec<Row>, EvalError> {
        let Labelled { graph, train, documents, .. } = &self.labelled;
        let classes = self.labelled.classes.len();
        let mut rows = vec![self.majority()];
        if self.asked.iter().any(|asked| !asked.shown.is_empty()) {
            rows.push(self.row("vote of the classes shown", |asked| {
                let mut counts = vec![0.0; classes];
                asked.shown.iter().for_each(|&class| counts[class as usize] += 1.0);
                counts
            }));
        }
        let propagated = labels::propagation(graph, classes, train);
        rows.push(self.row("label propagation", |asked| propagated[asked.node as usize].clone()));
        rows.push(self.row("leaky vote of true neighbours", |asked| {
            labels::vote(graph, asked.node, classes, |other| self.leaked(other))
        }));
        if let Some(documents) = documents {
            let documents = if self.whole { &self.pooled(documents) } else { documents };
            let posteriors = words::posteriors(documents, classes, train);
            rows.push(self.row("naive Bayes on words", |asked| posteriors[asked.node as usize].clone()));
            let spread = words::propagated(graph, &posteriors, train);
            rows.push(self.row("naive Bayes, propagated", |asked| spread[asked.node as usize].clone()));
        }
        Ok(rows)
    }

    fn sit(&self, respondent: &mut dyn Respondent) -> Result<Vec<Row>, EvalError> {
        let prompts: Vec<String> = self.asked.iter().map(|asked| asked.prompt.clone()).collect();
        let replies = respondent.reply(&prompts)?;
        let rule = respondent.answer_rule();
        let said = self.asked.iter().zip(&replies).filter_map(|(asked, reply)| {
            let reply = reply.as_ref()?;
            Some((asked.class, read(asked, reply, rule)))
        });
        let said: Vec<(u32, Said)> = said.collect();
        if said.is_empty() {
            return Err(EvalError::NothingFits { benchmark: self.name, questions: self.asked.len() });
        }
        let (answered, skipped) = (said.len(), self.asked.len() - said.len());
        Ok(vec![scored(Row::MODEL, answered, &Classification::of(said)).skipping(skipped)])
    }
}

/// The class that a reply names.
fn read(asked: &Asked, reply: &Reply, rule: AnswerRule) -> Said {
    let Some(answer) = reply.answer(rule) else { return Said::Nothing };
    let verdict = Choice.verify(&protocol::wrap(&answer), &asked.truth);
    let Some(parsed) = verdict.parsed else { return Said::Nothing };
    let option = asked.truth.options.iter().position(|option| *option == parsed);
    option.map_or(Said::Several, |option| Said::One(asked.class_of_option[option]))
}

fn scored(who: &str, questions: usize, seen: &Classification) -> Row {
    Row::new("test nodes", who, questions)
        .with("accuracy", seen.accuracy())
        .with("macro-F1", seen.macro_f1())
        .with("unread", seen.unread())
}

impl NodeExam {
    /// The row of whoever picks the class of the highest score among those asked about.
    fn row(&self, who: &str, scores: impl Fn(&Asked) -> Vec<f64>) -> Row {
        let said = self.asked.iter().map(|asked| {
            let scores = scores(asked);
            let among: Vec<f64> = asked.among.iter().map(|&class| scores[class as usize]).collect();
            (asked.class, Said::One(asked.among[labels::predicted(&among) as usize]))
        });
        scored(who, self.asked.len(), &Classification::of(said))
    }

    /// The best constant answer: always the most frequent class of these nodes.
    fn majority(&self) -> Row {
        let mut counts = vec![0.0; self.labelled.classes.len()];
        self.asked.iter().for_each(|asked| counts[asked.class as usize] += 1.0);
        self.row("majority class", |_| counts.clone())
    }

    /// The true class of any node but test nodes.
    fn leaked(&self, node: Node) -> Option<u32> {
        let test = self.labelled.test.binary_search_by_key(&node, |&(node, _)| node).is_ok();
        if test { None } else { self.labelled.graph.labels()?.of_node[node as usize] }
    }

    /// The words of every node's whole ego-net.
    fn pooled(&self, documents: &[Vec<u32>]) -> Vec<Vec<u32>> {
        let of_net = |node: usize| {
            let neighbours = self.labelled.graph.neighbours(node as Node).iter().map(|&other| other as usize);
            let mut words: Vec<u32> = neighbours.chain([node]).flat_map(|node| documents[node].clone()).collect();
            words.sort_unstable();
            words.dedup();
            words
        };
        (0..documents.len()).into_par_iter().map(of_net).collect()
    }
}
