//! `graph/label-propagation`: the labels of all nodes after a few rounds of majority vote.
//!
//! Every node begins with a random label. In each round, all at once, a node takes the label that most of its neighbours
//! have; where no single label is commonest it keeps its own (synchronous label propagation; Raghavan et al. 2007). The
//! answer gives the label of every node; the score is the share of right ones. At least one label changes, so repeating
//! the first labels is never wholly right.
//!
//! Of random first labels the commonest wins most votes, and many nodes keep theirs. Many first labels are therefore drawn, and those
//! are asked about after which the commonest of the labels that were commonest, and the nodes that keep theirs, each make up one over
//! the number of labels, rounded up or down so that this is their mean.
//!
//! Chance: the rule treats all labels alike, so every node ends with each label equally often: one over the number of
//! labels. Where no draw was like that, what repeating the first labels or their commonest earns, if that is more.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::{SmallGraph, members};
use crate::question::ranges::check;
use crate::question::{Assignment, AssignmentTruth, Cut, CutConfig, Writing, WritingConfig, assignment::given};
use crate::{Direction, Graph};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

/// Labels, as many as a question uses from the front.
const LABELS: [&str; 6] = ["red", "green", "blue", "yellow", "black", "white"];
/// Draws of first labels that are compared.
const DRAWS: usize = 256;

/// Settings of [`LabelPropagation`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LabelPropagationConfig {
    /// Number of labels, 2 to 6.
    pub labels: usize,
    /// Rounds, 1 to 10.
    pub rounds: usize,
    /// The small graph.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for LabelPropagationConfig {
    fn default() -> Self {
        Self { labels: 3, rounds: 1, cut: CutConfig::default(), writing: WritingConfig::default() }
    }
}

/// The task.
pub struct LabelPropagation {
    config: LabelPropagationConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for LabelPropagation {
    const NAME: &'static str = "graph/label-propagation";
    const SUMMARY: &'static str = "run rounds of majority vote among neighbours and tell every node's label";
    const BY_DEFAULT: bool = false;
    type Config = LabelPropagationConfig;
    type Input = Graph;
    type Truth = AssignmentTruth;
    type Verifier = Assignment;

    fn new(config: LabelPropagationConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "labels", &config.labels, 2..=LABELS.len())?;
        check(Self::NAME, "rounds", &config.rounds, 1..=10)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<AssignmentTruth>> {
        let subgraph = self.cut.draw(graph, rng)?;
        let small = SmallGraph::of(&subgraph).ok()?;
        let Labelled { first, last, blind } = self.labelled(&small, rng)?;
        let rounds = self.config.rounds;
        let times = if rounds == 1 { "one round".to_owned() } else { format!("{rounds} rounds") };
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |name| {
            format!(
                "In a round, all nodes at once take the label that most of their neighbours have; where no single label is \
                 commonest among them, a node keeps its own. Which labels do the nodes have after {times}?\nLabels: {}\n",
                given(name, first.iter().map(|&label| LABELS[label]))
            )
        })?;
        let values = last.iter().map(|&label| LABELS[label].to_owned()).collect();
        let truth = AssignmentTruth::exact(&posed, values, blind);
        let text = posed.text + "Reply <answer>node: label, node: label, …</answer> with every node.";
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &Assignment {
        &Assignment
    }

    fn oracle(&self, truth: &AssignmentTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &AssignmentTruth) -> f32 {
        truth.blind
    }

    fn levels(config: &LabelPropagationConfig) -> Vec<LabelPropagationConfig> {
        [(4, 5, 1), (6, 10, 1), (6, 10, 2), (10, 16, 3), (12, 20, 5)]
            .map(|(least, most, rounds)| LabelPropagationConfig {
                rounds,
                cut: config.cut.sized(least, most),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

/// Labels before and after the rounds, and what the best answer earns that follows no edge.
struct Labelled {
    first: Vec<usize>,
    last: Vec<usize>,
    blind: f32,
}

impl LabelPropagation {
    /// Of many first labels those whose nodes keep theirs, and end with the commonest, nearest to one in as many as there are labels.
    fn labelled(&self, small: &SmallGraph, rng: &mut TaskRng) -> Option<Labelled> {
        let (nodes, labels) = (small.node_count(), self.config.labels);
        let [wanted_kept, wanted_commonest] = [0; 2].map(|_| (nodes + rng.below(labels)) / labels);
        let mut nearest: Option<(usize, Labelled)> = None;
        for _ in 0..DRAWS {
            let first: Vec<usize> = (0..nodes).map(|_| rng.below(labels)).collect();
            let last = propagate(small, &first, self.config.rounds);
            if last == first {
                continue;
            }
            let kept = first.iter().zip(&last).filter(|(first, last)| first == last).count();
            let counts = commonest(&first).into_iter().map(|label| count(&last, label));
            let commonest = counts.max().unwrap_or(0);
            let distance = kept.abs_diff(wanted_kept) + commonest.abs_diff(wanted_commonest);
            if nearest.as_ref().is_none_or(|&(least, _)| distance < least) {
                let told = if distance == 0 { 0.0 } else { kept.max(commonest) as f32 / nodes as f32 };
                let blind = (1.0 / labels as f32).max(told).min(1.0_f32.next_down());
                nearest = Some((distance, Labelled { first, last, blind }));
            }
            if distance == 0 {
                break;
            }
        }
        nearest.map(|(_, labelled)| labelled)
    }
}

/// The commonest labels.
fn commonest(labels: &[usize]) -> Vec<usize> {
    let most = (0..LABELS.len()).map(|label| count(labels, label)).max().unwrap_or(0);
    (0..LABELS.len()).filter(|&label| count(labels, label) == most).collect()
}

fn count(labels: &[usize], label: usize) -> usize {
    labels.iter().filter(|&&other| other == label).count()
}

/// Labels after the rounds.
fn propagate(small: &SmallGraph, first: &[usize], rounds: usize) -> Vec<usize> {
    let mut labels = first.to_vec();
    for _ in 0..rounds {
        labels = (0..labels.len()).map(|node| voted(small, &labels, node)).collect();
    }
    labels
}

/// The label that more of the node's neighbours have than any other; its own where there is none.
fn voted(small: &SmallGraph, labels: &[usize], node: usize) -> usize {
    let mut votes = [0; LABELS.len()];
    for other in members(small.neighbours(node as u32)) {
        votes[labels[other as usize]] += 1;
    }
    let most = votes.iter().max().copied().unwrap_or(0);
    let mut commonest = (0..LABELS.len()).filter(|&label| votes[label] == most);
    match (commonest.next(), commonest.next()) {
        (Some(label), None) => label,
        _ => labels[node],
    }
}
