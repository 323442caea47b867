//! `graph/attribute-clustering`: nodes of a few neighbourhoods, told apart by their features alone.
//!
//! A few nodes of the split are drawn with some neighbours each; no edge joins two neighbourhoods, and no edge is shown.
//! The answer groups the nodes and is scored by the adjusted Rand index (node clustering as a pretext task; You et al.
//! 2020, here with neighbourhoods as clusters). With `clear` every node shares more of the shown features with its own
//! group than with any other, on average.
//!
//! Training prompts show no node that is held out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words::{append_list, shared_words, some_words, unusable};
use crate::question::ranges::{check, invalid};
use crate::question::{Partition, PartitionTruth, Writing, WritingConfig};
use crate::sample::{EgoNet, Subgraph, View, ego_nodes};
use crate::{Features, Graph, Node};
use ssl4rl_tasks::{Part, PretextTask, Sample, Split, TaskError, TaskRng, protocol};

/// Draws of a whole question before the sample is given up.
const DRAWS: usize = 512;
/// Draws of a neighbourhood.
const NEIGHBOURHOOD_DRAWS: usize = 64;

/// Settings of [`AttributeClustering`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AttributeClusteringConfig {
    /// Number of groups, 2 to 5.
    pub groups: usize,
    /// Nodes of each group, 2 to 8; 6 in all at least.
    pub size: usize,
    /// Features shown of each node, 1 to 100.
    pub words: usize,
    /// Whether the shown features must tell every node's group.
    pub clear: bool,
    /// How nodes are named; no edge is written.
    pub writing: WritingConfig,
}

impl Default for AttributeClusteringConfig {
    fn default() -> Self {
        Self { groups: 2, size: 3, words: 10, clear: true, writing: WritingConfig::default() }
    }
}

/// The task.
pub struct AttributeClustering {
    config: AttributeClusteringConfig,
    writing: Writing,
}

impl PretextTask for AttributeClustering {
    const NAME: &'static str = "graph/attribute-clustering";
    const SUMMARY: &'static str = "group nodes of a few neighbourhoods by their features";
    const BY_DEFAULT: bool = false;
    type Config = AttributeClusteringConfig;
    type Input = Graph;
    type Truth = PartitionTruth;
    type Verifier = Partition;

    fn new(config: AttributeClusteringConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "groups", &config.groups, 2..=5)?;
        check(Self::NAME, "size", &config.size, 2..=8)?;
        check(Self::NAME, "words", &config.words, 1..=100)?;
        if config.groups * config.size < 6 {
            return Err(invalid(Self::NAME, "size", "6 nodes in all at least", config.size.to_string()));
        }
        if config.writing.naming == "real" {
            return Err(invalid(Self::NAME, "writing.naming", "a scheme that does not tell the groups", "\"real\""));
        }
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<PartitionTruth>> {
        let features = graph.features()?;
        let view = View { hide_held_out_nodes: rng.split() != Split::HeldOut, ..View::context(graph) };
        let (nodes, lists) = (0..DRAWS).find_map(|_| self.draft(&view, features, rng))?;
        let subgraph = Subgraph::new(nodes.clone(), Vec::new(), graph.direction(), rng);
        let names = self.writing.names(graph, &subgraph, rng)?;
        let mut text = format!(
            "These nodes come from {} neighbourhoods of a graph, {} nodes each. Linked nodes tend to share features. Group \
             them.\nFeatures:\n",
            self.config.groups, self.config.size
        );
        let mut groups = Vec::with_capacity(names.len());
        for (name, node) in names.iter().zip(&subgraph.nodes) {
            let position = nodes.iter().position(|other| other == node)?;
            append_list(name, &lists[position], features, &mut text);
            groups.push((position / self.config.size) as u32);
        }
        text.push_str(
            "Reply <answer>node node … | node node … | …</answer>, one group between bars, every node in one.",
        );
        Some(Sample { prompt: vec![Part::Text(text)], truth: PartitionTruth { nodes: names, groups } })
    }

    fn verifier(&self) -> &Partition {
        &Partition
    }

    fn oracle(&self, truth: &PartitionTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &PartitionTruth) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &AttributeClusteringConfig) -> Vec<AttributeClusteringConfig> {
        [(2, 3, true), (2, 4, true), (3, 3, true), (3, 4, false), (4, 4, false)]
            .map(|(groups, size, clear)| AttributeClusteringConfig { groups, size, clear, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        unusable(graph)
    }
}

impl AttributeClustering {
    /// The nodes, group after group, and the features shown of each.
    fn draft(&self, view: &View<'_>, features: &Features, rng: &mut TaskRng) -> Option<(Vec<Node>, Vec<Vec<u32>>)> {
        let mut nodes: Vec<Node> = Vec::with_capacity(self.config.groups * self.config.size);
        for _ in 0..self.config.groups {
            let group = (0..NEIGHBOURHOOD_DRAWS).find_map(|_| self.neighbourhood(view, features, rng))?;
            let apart = |node: &Node| nodes.iter().all(|other| node != other && !view.graph.adjacent(*node, *other));
            if !group.iter().all(apart) {
                return None;
            }
            nodes.extend(group);
        }
        let lists: Vec<Vec<u32>> =
            nodes.iter().map(|&node| some_words(features.of(node), self.config.words, rng)).collect();
        (!self.config.clear || self.is_clear(&lists)).then_some((nodes, lists))
    }

    /// A node of the split and some of its neighbours.
    fn neighbourhood(&self, view: &View<'_>, features: &Features, rng: &mut TaskRng) -> Option<Vec<Node>> {
        let centre = rng.below(view.graph.node_count()) as Node;
        if !rng.split().owns("node", u64::from(centre)) {
            return None;
        }
        let size = self.config.size;
        let nodes = ego_nodes(view, centre, EgoNet { hops: 2, neighbours: size - 1, max_nodes: size }, rng);
        (nodes.len() == size && nodes.iter().all(|&node| !features.of(node).is_empty())).then_some(nodes)
    }

    /// Whether every list shares more with the others of its group than with those of any other group, on average.
    fn is_clear(&self, lists: &[Vec<u32>]) -> bool {
        let size = self.config.size;
        (0..lists.len()).all(|node| {
            let shared = |group: usize| -> usize {
                let members = (group * size..(group + 1) * size).filter(|&other| other != node);
                members.map(|other| shared_words(&lists[node], &lists[other])).sum()
            };
            let own = node / size;
            (0..self.config.groups)
                .filter(|&group| group != own)
                .all(|group| shared(own) * size > shared(group) * (size - 1))
        })
    }
}
