//! [`Shown`]: the small graph of a prompt, stored with the truth so that any answer about it can be checked again offline.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::count::{NotSmall, SmallGraph};
use ssl4rl_tasks::verifiers::wording::normalised;

/// Names and edges of a small graph. Ids are positions in `names`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Name of each node as the prompt has it; distinct once normalised.
    pub names: Vec<String>,
    /// Edges between ids, each once, in the order in which the prompt may list them.
    pub edges: Vec<(u32, u32)>,
    /// Whether an edge leads from its first node to its second only.
    #[serde(default)]
    pub directed: bool,
}

impl Shown {
    /// Number of nodes.
    pub fn node_count(&self) -> usize {
        self.names.len()
    }

    /// The name of a node, blank for an id that does not exist.
    pub fn name(&self, id: u32) -> &str {
        self.names.get(id as usize).map_or("", String::as_str)
    }

    /// Names of nodes as a list or path that [`answer::nodes`](super::answer::nodes) reads.
    pub fn list(&self, nodes: &[u32]) -> String {
        let blanks = self.names.iter().any(|name| name.contains(' '));
        let names: Vec<&str> = nodes.iter().map(|&id| self.name(id)).collect();
        names.join(if blanks { ", " } else { " " })
    }

    /// Edges as a list that [`answer::edges`](super::answer::edges) reads.
    pub fn edge_list(&self, edges: &[(u32, u32)]) -> String {
        let pairs: Vec<String> =
            edges.iter().map(|&(left, right)| format!("({}, {})", self.name(left), self.name(right))).collect();
        pairs.join(" ")
    }

    /// Groups of nodes as [`answer::groups`](super::answer::groups) reads them.
    pub fn group_list(&self, groups: &[Vec<u32>]) -> String {
        groups.iter().map(|group| self.list(group)).collect::<Vec<_>>().join(" | ")
    }

    /// Whether an edge leads from one node to the other. O(edges).
    pub fn links(&self, from: u32, to: u32) -> bool {
        self.edges.iter().any(|&edge| edge == (from, to) || !self.directed && edge == (to, from))
    }

    /// Nodes that an edge leads to, ascending. O(edges).
    pub fn successors(&self, from: u32) -> Vec<u32> {
        let mut found: Vec<u32> = self
            .edges
            .iter()
            .filter_map(|&(source, target)| match (source == from, target == from) {
                (true, _) => Some(target),
                (false, true) if !self.directed => Some(source),
                _ => None,
            })
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The undirected graph with one bit row a node.
    pub fn small(&self) -> Result<SmallGraph, NotSmall> {
        SmallGraph::new(self.node_count(), self.edges.iter().copied())
    }

    /// Ids by normalised name, for reading many names. A leading `node ` is accepted where no name has it.
    pub fn index(&self) -> NameIndex {
        NameIndex {
            ids: self.names.iter().enumerate().map(|(id, name)| (normalised(name), id as u32)).collect(),
            words: self.names.iter().map(|name| words_of(name)).collect(),
        }
    }
}

/// The words of a text, normalised one by one.
pub(super) fn words_of(text: &str) -> Vec<String> {
    text.split_whitespace().map(normalised).collect()
}

/// Finds ids by name.
#[derive(Debug, Clone)]
pub struct NameIndex {
    ids: BTreeMap<String, u32>,
    /// The words of every name, normalised.
    words: Vec<Vec<String>>,
}

impl NameIndex {
    /// The id of a name, whatever its case, quotes or white space; `node 3` is read as `3`.
    pub fn id(&self, name: &str) -> Option<u32> {
        let name = normalised(name);
        self.ids.get(&name).or_else(|| self.ids.get(name.strip_prefix("node ")?)).copied()
    }

    /// The words of every name by id, as [`words_of`] gives them.
    pub(super) fn words(&self) -> &[Vec<String>] {
        &self.words
    }
}
