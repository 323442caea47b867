//! The labelled graph, and the test nodes that are asked about.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::config::{NodeConfig, Shots};
use crate::eval::EvalError;
use crate::eval::baselines::words;
use crate::{Graph, Labels, Node, NodeSplit};
use ssl4rl_tasks::{Split, TaskRng};

/// Steps beyond which a training node counts as infinitely far.
const FARTHEST: usize = 4;

/// A graph with classes and a public split.
pub(super) struct Labelled {
    pub(super) graph: Graph,
    pub(super) classes: Vec<String>,
    /// Training nodes and their classes.
    pub(super) train: Vec<(Node, u32)>,
    /// Class of each training node.
    pub(super) train_class: BTreeMap<Node, u32>,
    /// Test nodes and their classes.
    pub(super) test: Vec<(Node, u32)>,
    /// Words of each node as numbers, where there are any.
    pub(super) documents: Option<Vec<Vec<u32>>>,
}

impl Labelled {
    pub(super) fn of(benchmark: &'static str, graph: &Graph) -> Result<Self, EvalError> {
        let unusable = |reason: &str| EvalError::Unusable {
            benchmark,
            dataset: graph.name().to_owned(),
            reason: reason.to_owned(),
        };
        let labels = graph.labels().ok_or_else(|| unusable("its nodes have no classes"))?;
        let split = graph.split().ok_or_else(|| unusable("it has no split into training and test nodes"))?;
        let (train, test) = labelled_split(labels, split);
        if train.is_empty() || test.is_empty() {
            return Err(unusable("its split has no training or no test nodes with a class"));
        }
        let mut documents = words::documents(graph);
        if let Some(documents) = &mut documents {
            for words in documents.iter_mut() {
                words.sort_unstable();
            }
        }
        let (classes, train_class) = (labels.classes.clone(), train.iter().copied().collect());
        Ok(Self { graph: graph.clone(), classes, train, train_class, test, documents })
    }

    /// The test nodes asked about.
    pub(super) fn asked(&self, config: &NodeConfig) -> Vec<(Node, u32)> {
        let mut asked = self.test.clone();
        if config.samples > 0 {
            let mut rng = TaskRng::new(config.seed, "graph/node-classification", Split::HeldOut, u64::MAX);
            let count = rng.sample_front(&mut asked, config.samples).len();
            asked.truncate(count);
        }
        asked
    }

    /// Training nodes of the classes in `among`, in the order in which they are shown as examples for `target`.
    pub(super) fn shots(&self, target: Node, among: &[u32], config: &NodeConfig, rng: &mut TaskRng) -> Vec<Node> {
        if config.shots == 0 {
            return Vec::new();
        }
        let mut candidates: Vec<Node> =
            self.train.iter().filter(|(_, class)| among.contains(class)).map(|&(node, _)| node).collect();
        rng.shuffle(&mut candidates);
        match config.shot_choice {
            Shots::Nearest => {
                let steps = self.steps_from(target);
                let far = |node: Node| steps.get(&node).copied().unwrap_or(usize::MAX);
                candidates.sort_by(|&left, &right| {
                    let alike = self.similarity(target, right).total_cmp(&self.similarity(target, left));
                    far(left).cmp(&far(right)).then(alike)
                });
            }
            Shots::Similar => candidates
                .sort_by(|&left, &right| self.similarity(target, right).total_cmp(&self.similarity(target, left))),
            Shots::Balanced => {
                let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
                let mut round = |node: &Node| {
                    let count = seen.entry(self.train_class[node]).or_default();
                    *count += 1;
                    *count
                };
                let mut rounds: Vec<(usize, Node)> = candidates.iter().map(|node| (round(node), *node)).collect();
                rounds.sort_by_key(|&(round, _)| round);
                candidates = rounds.into_iter().map(|(_, node)| node).collect();
            }
        }
        candidates.truncate(config.shots);
        candidates
    }

    /// Cosine of two nodes' sets of words; 0 without words.
    fn similarity(&self, left: Node, right: Node) -> f64 {
        let Some(documents) = &self.documents else { return 0.0 };
        let (left, right) = (&documents[left as usize], &documents[right as usize]);
        let shared = left.iter().filter(|word| right.binary_search(word).is_ok()).count();
        shared as f64 / ((left.len() * right.len()) as f64).sqrt().max(1.0)
    }

    /// Steps from a node to those within [`FARTHEST`].
    fn steps_from(&self, start: Node) -> BTreeMap<Node, usize> {
        let mut steps = BTreeMap::from([(start, 0)]);
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            let next = steps[&node] + 1;
            if next > FARTHEST {
                break;
            }
            for &other in self.graph.neighbours(node) {
                if let std::collections::btree_map::Entry::Vacant(free) = steps.entry(other) {
                    free.insert(next);
                    queue.push_back(other);
                }
            }
        }
        steps
    }
}

/// Nodes and their classes.
type WithClass = Vec<(Node, u32)>;

/// Training and test nodes with their classes. A node that is in both is a training node.
fn labelled_split(labels: &Labels, split: &NodeSplit) -> (WithClass, WithClass) {
    let with_class = |nodes: &[Node]| -> WithClass {
        nodes.iter().filter_map(|&node| Some((node, labels.of_node[node as usize]?))).collect()
    };
    let train: BTreeSet<Node> = split.train.iter().copied().collect();
    let test: Vec<Node> = split.test.iter().copied().filter(|node| !train.contains(node)).collect();
    let mut test = with_class(&test);
    test.sort_unstable();
    (with_class(&split.train), test)
}
