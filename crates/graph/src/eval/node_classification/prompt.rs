//! The prompt of one test node, its options, and the labels it shows.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::config::{ClassNames, Content, NodeConfig, Wording};
use super::nodes::Labelled;
use crate::Node;
use crate::encode::naming;
use crate::question::{Writing, Written, options, titles};
use crate::sample::{EgoNet, Subgraph, View, ego_nodes};
use ssl4rl_tasks::verifiers::ChoiceTruth;
use ssl4rl_tasks::{Split, TaskRng};

/// Most nodes of an ego-net, the neighbours of every node counted together.
const MOST_NODES: usize = 101;

/// One question.
pub(super) struct Asked {
    /// The node whose class is asked for.
    pub(super) node: Node,
    pub(super) class: u32,
    /// Classes to choose from, ascending.
    pub(super) among: Vec<u32>,
    /// Class of each option as listed.
    pub(super) class_of_option: Vec<u32>,
    /// The classes that the prompt shows of training nodes.
    pub(super) shown: Vec<u32>,
    pub(super) truth: ChoiceTruth,
    pub(super) prompt: String,
}

/// Makes prompts.
pub(super) struct Prompter<'graph> {
    pub(super) labelled: &'graph Labelled,
    pub(super) config: &'graph NodeConfig,
    pub(super) writing: &'graph Writing,
    /// Whether the whole ego-net is classified, its centre unnamed.
    pub(super) whole: bool,
}

impl Prompter<'_> {
    /// The question about test node number `index`; `None` where options cannot be told apart.
    pub(super) fn ask(&self, index: usize, node: Node, class: u32) -> Option<Asked> {
        let stream = if self.whole { "graph/ego-classification" } else { "graph/node-classification" };
        let mut rng = TaskRng::new(self.config.seed, stream, Split::HeldOut, index as u64);
        let among = self.among(class, &mut rng);
        let names = self.class_names(&mut rng);
        let net = self.net(node, &mut rng);
        let shots: Vec<Node> = self.labelled.shots(node, &among, self.config, &mut rng);
        let labels = self.shown_labels(&net, &shots);
        let mut nodes = net.clone();
        nodes.extend(shots.into_iter().filter(|shot| !net.contains(shot)));

        let wrong = among.iter().filter(|&&other| other != class).map(|&other| names[other as usize].clone()).collect();
        let truth = options::shuffled(names[class as usize].clone(), wrong, self.config.answer_style, &mut rng)?;
        let class_of = |option: &String| names.iter().position(|name| name == option).map(|class| class as u32);
        let class_of_option = truth.options.iter().map(class_of).collect::<Option<Vec<u32>>>()?;

        let graph = &self.labelled.graph;
        let edges = View::whole(graph).edges_among(&nodes);
        let subgraph = Subgraph::new(nodes, edges, graph.direction(), &mut rng);
        let written = self.writing.write(graph, subgraph, &mut rng)?;
        let mut prompt = self.question(written.name(node)?);
        if self.config.neighbours > 0 || self.config.shots > 0 {
            prompt.push_str(&written.text);
        }
        self.append_content(&written, node, &labels, &names, &mut prompt, &mut rng);
        options::append(&truth, &mut prompt);
        let shown = labels.values().copied().collect();
        Some(Asked { node, class, among, class_of_option, shown, truth, prompt })
    }

    fn question(&self, name: &str) -> String {
        match (self.whole, self.config.wording) {
            (true, _) => "Which class does this network belong to?\n".into(),
            (false, Wording::Class) => format!("The class of node {name} is hidden. Which option is it?\n"),
            (false, Wording::Feature) => format!("One feature of node {name} is hidden. Which option is it?\n"),
        }
    }

    /// The classes to choose from, ascending.
    fn among(&self, class: u32, rng: &mut TaskRng) -> Vec<u32> {
        let mut others: Vec<u32> = (0..self.labelled.classes.len() as u32).filter(|&other| other != class).collect();
        if self.config.ways > 0 {
            let count = rng.sample_front(&mut others, self.config.ways - 1).len();
            others.truncate(count);
        }
        others.push(class);
        others.sort_unstable();
        others
    }

    fn class_names(&self, rng: &mut TaskRng) -> Vec<String> {
        let classes = &self.labelled.classes;
        match (self.config.class_names, self.labelled.graph.features()) {
            (ClassNames::Names, _) => classes.clone(),
            (ClassNames::Symbols, Some(features)) if features.matrix.cols() >= classes.len() => {
                let mut columns: Vec<u32> = (0..features.matrix.cols() as u32).collect();
                rng.sample_front(&mut columns, classes.len()).iter().map(|&column| features.name(column)).collect()
            }
            (ClassNames::Symbols, _) => {
                let mut letters = naming::letters(classes.len());
                rng.shuffle(&mut letters);
                letters
            }
        }
    }

    /// The node and the neighbours shown of it.
    fn net(&self, node: Node, rng: &mut TaskRng) -> Vec<Node> {
        let reach = EgoNet { hops: self.config.hops, neighbours: self.config.neighbours, max_nodes: MOST_NODES };
        ego_nodes(&View::whole(&self.labelled.graph), node, reach, rng)
    }

    /// Classes shown of training nodes; the node asked about is a test node and never among them.
    fn shown_labels(&self, net: &[Node], shots: &[Node]) -> BTreeMap<Node, u32> {
        let neighbours = if self.config.neighbour_labels && !self.whole { &net[1..] } else { &[] };
        let training = neighbours.iter().chain(shots);
        training.filter_map(|node| Some((*node, *self.labelled.train_class.get(node)?))).collect()
    }

    /// What is shown of each node, in the order of ids.
    fn append_content(
        &self,
        written: &Written,
        asked: Node,
        labels: &BTreeMap<Node, u32>,
        names: &[String],
        prompt: &mut String,
        rng: &mut TaskRng,
    ) {
        let shown: Vec<(&String, Node)> = written.names.iter().zip(written.subgraph.nodes.iter().copied()).collect();
        let label = |node: Node| labels.get(&node).map(|&class| names[class as usize].clone());
        let as_feature = self.config.wording == Wording::Feature && !self.whole;
        let graph = &self.labelled.graph;
        match self.content() {
            Content::None | Content::Auto => {}
            Content::Words => {
                prompt.push_str("Features:\n");
                for &(name, node) in &shown {
                    let mut words = self.words(node, node == asked, rng);
                    if as_feature && let Some(label) = label(node) {
                        words.truncate(self.config.words.saturating_sub(1));
                        words.insert(rng.below(words.len() + 1), label);
                    }
                    let words = if words.is_empty() { "unknown".to_owned() } else { words.join(" ") };
                    let _ = writeln!(prompt, "{name}: {words}");
                }
            }
            Content::Text | Content::Title => {
                prompt.push_str("Texts:\n");
                for &(name, node) in &shown {
                    let text = match (self.content(), graph.node_texts()) {
                        (Content::Text, Some(texts)) => texts[node as usize].clone(),
                        _ => titles::title(graph, node).unwrap_or_default(),
                    };
                    let _ = writeln!(prompt, "{name}: {}", one_line(&text, self.config.text_chars));
                }
            }
        }
        let separate = !(as_feature && self.content() == Content::Words);
        if separate && !labels.is_empty() {
            prompt.push_str("Classes:\n");
            for &(name, node) in shown.iter().filter(|(_, node)| *node != asked) {
                if let Some(label) = label(node) {
                    let _ = writeln!(prompt, "{name}: {label}");
                }
            }
        }
    }

    fn content(&self) -> Content {
        match self.config.content {
            Content::Auto if self.labelled.graph.node_texts().is_some() => Content::Text,
            Content::Auto => Content::Words,
            chosen => chosen,
        }
    }

    /// Some of a node's features, in random order.
    fn words(&self, node: Node, is_asked: bool, rng: &mut TaskRng) -> Vec<String> {
        let Some(features) = self.labelled.graph.features() else { return Vec::new() };
        let count = if is_asked { self.config.own_words.unwrap_or(self.config.words) } else { self.config.words };
        let mut words = features.of(node).to_vec();
        rng.sample_front(&mut words, count).iter().map(|&word| features.name(word)).collect()
    }
}

/// At most `longest` characters of a text, on one line.
fn one_line(text: &str, longest: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(longest).collect()
}
