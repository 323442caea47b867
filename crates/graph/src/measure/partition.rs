//! [`Partition`]: nodes in groups that do not overlap; components and communities are given as one.

use crate::{Graph, Node};

/// A group for every node. Groups are numbered `0..count` in the order of their smallest nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    group_of: Vec<u32>,
    count: usize,
}

impl Partition {
    /// Nodes with the same label are a group; the labels themselves do not matter.
    pub fn from_labels(labels: &[usize]) -> Self {
        let largest = labels.iter().copied().max().map_or(0, |label| label + 1);
        let mut number_of = vec![u32::MAX; largest];
        let mut count = 0;
        let group_of = labels
            .iter()
            .map(|&label| {
                if number_of[label] == u32::MAX {
                    number_of[label] = count;
                    count += 1;
                }
                number_of[label]
            })
            .collect();
        Self { group_of, count: count as usize }
    }

    /// Nodes with the same root are a group; the root of a group is its smallest node.
    pub(super) fn from_roots(roots: &[Node]) -> Self {
        let (mut group_of, mut count) = (Vec::with_capacity(roots.len()), 0);
        for (node, &root) in roots.iter().enumerate() {
            let known = group_of.get(root as usize).copied();
            debug_assert!(known.is_some() || root as usize == node);
            group_of.push(known.unwrap_or(count));
            count += u32::from(known.is_none());
        }
        Self { group_of, count: count as usize }
    }

    /// Number of groups.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The group of every node.
    pub fn groups(&self) -> &[u32] {
        &self.group_of
    }

    /// The nodes of every group, ascending.
    pub fn members(&self) -> Vec<Vec<Node>> {
        let mut members = vec![Vec::new(); self.count];
        for (node, &group) in self.group_of.iter().enumerate() {
            members[group as usize].push(node as Node);
        }
        members
    }

    /// Number of nodes of every group.
    pub fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.count];
        self.group_of.iter().for_each(|&group| sizes[group as usize] += 1);
        sizes
    }

    /// Modularity (Newman and Girvan 2004): the share of edges within groups, less what it would be if edges joined nodes by
    /// degree alone. From -1/2 to 1; 0 for a graph without edges. The partition must be one of the graph's nodes.
    pub fn modularity(&self, graph: &Graph) -> f64 {
        let mut inner = 0_u64;
        let mut degrees = vec![0_u64; self.count];
        for (node, &group) in self.group_of.iter().enumerate() {
            let neighbours = graph.neighbours(node as Node);
            degrees[group as usize] += neighbours.len() as u64;
            inner += neighbours.iter().filter(|&&other| self.group_of[other as usize] == group).count() as u64;
        }
        let ends = graph.neighbour_lists().all().len() as f64;
        if ends == 0.0 {
            return 0.0;
        }
        let expected: f64 = degrees.iter().map(|&degree| (degree as f64 / ends).powi(2)).sum();
        inner as f64 / ends - expected
    }
}
