//! `graph/masked-feature-sets`: the features of several nodes are hidden and listed in random order; which list is whose?
//!
//! The nodes lie in one ego-net (several masked nodes at once, as in Hou et al. 2022). Every masked node's list
//! shares at least `support` features with those shown of its neighbours. Lists of nodes that are not shown may stand among
//! the options. The score is the share of masked nodes with their own list; no fixed answer earns more than one over the
//! number of lists.
//!
//! The centre is a target of the sample's split. Training prompts show no node that is held out.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words::{append_list, shared_words, some_words, unusable};
use crate::encode::naming;
use crate::question::ranges::{check, invalid};
use crate::question::{Assignment, AssignmentTruth, Writing, WritingConfig};
use crate::sample::{EgoNet, Subgraph, View, ego_nodes};
use crate::{Features, Graph, Node};
use ssl4rl_tasks::{Part, PretextTask, Sample, Split, TaskError, TaskRng, protocol};

/// Draws of a centre before the sample is given up.
const DRAWS: usize = 512;

/// Settings of [`MaskedFeatureSets`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MaskedFeatureSetsConfig {
    /// Nodes whose features are hidden, 2 to 6.
    pub masked: usize,
    /// Lists of other nodes among the options, 0 to 6.
    pub distractors: usize,
    /// Features that a hidden list shares with the lists shown of the node's neighbours, 0 to 10.
    pub support: usize,
    /// Steps from the centre to the farthest shown node, 1 to 3.
    pub hops: usize,
    /// Neighbours followed from each node, 1 to 20.
    pub neighbours: usize,
    /// Shown nodes in all, 3 to 30, more than are masked.
    pub max_nodes: usize,
    /// Features listed of each node, 1 to 100.
    pub words: usize,
    /// How the subgraph is written.
    pub writing: WritingConfig,
}

impl Default for MaskedFeatureSetsConfig {
    fn default() -> Self {
        Self {
            masked: 2,
            distractors: 1,
            support: 1,
            hops: 2,
            neighbours: 3,
            max_nodes: 6,
            words: 6,
            writing: WritingConfig::default(),
        }
    }
}

/// The task.
pub struct MaskedFeatureSets {
    config: MaskedFeatureSetsConfig,
    writing: Writing,
}

impl PretextTask for MaskedFeatureSets {
    const NAME: &'static str = "graph/masked-feature-sets";
    const SUMMARY: &'static str = "match the hidden features of several nodes with the nodes";
    const BY_DEFAULT: bool = false;
    type Config = MaskedFeatureSetsConfig;
    type Input = Graph;
    type Truth = AssignmentTruth;
    type Verifier = Assignment;

    fn new(config: MaskedFeatureSetsConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "masked", &config.masked, 2..=6)?;
        check(Self::NAME, "distractors", &config.distractors, 0..=6)?;
        check(Self::NAME, "support", &config.support, 0..=10)?;
        check(Self::NAME, "hops", &config.hops, 1..=3)?;
        check(Self::NAME, "neighbours", &config.neighbours, 1..=20)?;
        check(Self::NAME, "max_nodes", &config.max_nodes, config.masked + 1..=30)?;
        check(Self::NAME, "words", &config.words, 1..=100)?;
        if config.writing.naming == "real" {
            return Err(invalid(Self::NAME, "writing.naming", "a scheme that does not tell the features", "\"real\""));
        }
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<AssignmentTruth>> {
        let features = graph.features()?;
        let view = View { hide_held_out_nodes: rng.split() != Split::HeldOut, ..View::context(graph) };
        let (subgraph, masked, lists) = (0..DRAWS).find_map(|_| self.draft(&view, features, rng))?;
        let mut options: Vec<Vec<u32>> = masked.iter().map(|&id| lists[id].clone()).collect();
        for _ in 0..DRAWS {
            if options.len() == self.config.masked + self.config.distractors {
                break;
            }
            let list = some_words(features.of(rng.below(graph.node_count()) as Node), self.config.words, rng);
            if !list.is_empty() && !options.iter().any(|option| alike(option, &list)) {
                options.push(list);
            }
        }
        let letters = naming::letters(options.len());
        let places = rng.permutation(options.len());
        let written = self.writing.write(graph, subgraph, rng)?;
        let asked: Vec<String> = masked.iter().map(|&id| written.names[id].clone()).collect();
        let mut text = format!(
            "The features of nodes {} are hidden. Which list belongs to which node?\n{}Features:\n",
            asked.join(", "),
            written.text
        );
        for (id, list) in lists.iter().enumerate().filter(|(id, _)| !masked.contains(id)) {
            append_list(&written.names[id], list, features, &mut text);
        }
        text.push_str("Hidden lists:\n");
        for (place, letter) in letters.iter().enumerate() {
            let option = places.iter().position(|&other| other == place)?;
            append_list(letter, &options[option], features, &mut text);
        }
        text.push_str("Reply <answer>node: letter, node: letter, …</answer>.");
        let values = (0..masked.len()).map(|position| letters[places[position]].clone()).collect();
        let truth = AssignmentTruth { nodes: asked, values, decimals: None, blind: 1.0 / options.len() as f32 };
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

    fn levels(config: &MaskedFeatureSetsConfig) -> Vec<MaskedFeatureSetsConfig> {
        [(2, 0, 5, 2), (2, 1, 6, 1), (3, 1, 8, 1), (4, 2, 10, 1)]
            .map(|(masked, distractors, max_nodes, support)| MaskedFeatureSetsConfig {
                masked,
                distractors,
                support,
                max_nodes,
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        unusable(graph)
    }
}

impl MaskedFeatureSets {
    /// A subgraph, the ids of its masked nodes in random order, and a list for each of its ids.
    fn draft(
        &self,
        view: &View<'_>,
        features: &Features,
        rng: &mut TaskRng,
    ) -> Option<(Subgraph, Vec<usize>, Vec<Vec<u32>>)> {
        let centre = rng.below(view.graph.node_count()) as Node;
        if features.of(centre).is_empty() || !rng.split().owns("node", u64::from(centre)) {
            return None;
        }
        let MaskedFeatureSetsConfig { masked, support, hops, neighbours, max_nodes, words, .. } = self.config;
        let nodes = ego_nodes(view, centre, EgoNet { hops, neighbours, max_nodes }, rng);
        if nodes.len() <= masked {
            return None;
        }
        let edges = view.edges_among(&nodes);
        let subgraph = Subgraph::new(nodes, edges, view.graph.direction(), rng);
        let lists: Vec<Vec<u32>> =
            subgraph.nodes.iter().map(|&node| some_words(features.of(node), words, rng)).collect();
        let centre = subgraph.id_of(centre)? as usize;
        let mut others: Vec<usize> = (0..subgraph.len()).filter(|&id| id != centre).collect();
        let mut hidden = rng.sample_front(&mut others, masked - 1).to_vec();
        hidden.push(centre);
        rng.shuffle(&mut hidden);
        let beside: Vec<BTreeSet<usize>> = hidden.iter().map(|&id| shown_beside(&subgraph, &hidden, id)).collect();
        let supported = |position: usize| {
            let shown: Vec<u32> = beside[position].iter().flat_map(|&other| lists[other].clone()).collect();
            shared_words(&lists[hidden[position]], &shown) >= support
        };
        let distinct = (0..hidden.len()).all(|position| {
            let list = &lists[hidden[position]];
            // Nodes with the same neighbours could have each other's lists.
            let differs = |other: usize| beside[position] != beside[other] && !alike(list, &lists[hidden[other]]);
            !list.is_empty() && (0..position).all(differs)
        });
        (distinct && (0..hidden.len()).all(supported)).then_some((subgraph, hidden, lists))
    }
}

/// The neighbours of a node of which lists are shown.
fn shown_beside(subgraph: &Subgraph, hidden: &[usize], id: usize) -> BTreeSet<usize> {
    let others = subgraph.edges.iter().filter_map(|edge| match (edge.source as usize, edge.target as usize) {
        (source, target) if source == id => Some(target),
        (source, target) if target == id => Some(source),
        _ => None,
    });
    others.filter(|other| !hidden.contains(other)).collect()
}

/// Whether two lists hold the same words.
fn alike(left: &[u32], right: &[u32]) -> bool {
    left.len() == right.len() && shared_words(left, right) == left.len()
}
