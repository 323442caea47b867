//! [`Neighbours`]: the neighbour list of every node, one behind the other.

use std::ops::Range;

use super::Node;
use super::pages::Array;

/// Distinct neighbours of every node in either direction, itself left out, ascending.
///
/// Row pointers of 32 bits: more of them stay in the caches, and every step of a random walk waits for one.
#[derive(Debug, Clone)]
pub(crate) struct Neighbours {
    /// Where each node's neighbours start, and where the last one's end: `[nodes + 1]`.
    starts: Array<u32>,
    /// How many neighbours of each node have lower ids than it: `[nodes]`.
    lower: Array<u32>,
    /// Neighbours of all nodes: `[2 * pairs]`.
    all: Array<Node>,
}

impl Neighbours {
    /// `starts` ascend from 0 to the number of neighbours.
    pub(crate) fn new(starts: Vec<u32>, neighbours: Vec<Node>) -> Self {
        let lower_of = |(node, ends): (usize, &[u32])| {
            neighbours[ends[0] as usize..ends[1] as usize].partition_point(|&other| other < node as Node) as u32
        };
        let lower: Vec<u32> = starts.windows(2).enumerate().map(lower_of).collect();
        Self { starts: starts.into(), lower: lower.into(), all: neighbours.into() }
    }

    /// Number of nodes.
    pub(crate) fn node_count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The neighbours of one node.
    pub(crate) fn of(&self, node: Node) -> &[Node] {
        self.lists().of(node as usize)
    }

    /// For loops over all nodes.
    pub(crate) fn lists(&self) -> NeighbourLists<'_> {
        NeighbourLists { starts: &self.starts, lower: &self.lower, all: &self.all }
    }
}

/// The neighbours of every node, for loops over all of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NeighbourLists<'graph> {
    /// Where each node's neighbours start, and where the last one's end: `[nodes + 1]`.
    pub(crate) starts: &'graph [u32],
    /// How many neighbours of each node have lower ids than it: `[nodes]`.
    pub(crate) lower: &'graph [u32],
    all: &'graph [Node],
}

impl<'graph> NeighbourLists<'graph> {
    /// The neighbours of one node, ascending.
    pub(crate) fn of(self, node: usize) -> &'graph [Node] {
        &self.all[self.range(node)]
    }

    /// Where they lie among [`NeighbourLists::all`].
    pub(crate) fn range(self, node: usize) -> Range<usize> {
        self.starts[node] as usize..self.starts[node + 1] as usize
    }

    /// The neighbours of all nodes, one list behind the other.
    pub(crate) fn all(self) -> &'graph [Node] {
        self.all
    }

    /// How many neighbours every node has.
    pub(crate) fn lengths(self) -> impl ExactSizeIterator<Item = u32> {
        self.starts.iter().zip(&self.starts[1..]).map(|(start, end)| end - start)
    }

    /// The list of every node.
    pub(crate) fn iter(self) -> impl ExactSizeIterator<Item = &'graph [Node]> {
        self.starts.windows(2).map(move |ends| &self.all[ends[0] as usize..ends[1] as usize])
    }

    /// Of the list of every node, those with lower ids.
    pub(crate) fn below(self) -> impl ExactSizeIterator<Item = &'graph [Node]> {
        self.starts.iter().zip(self.lower).map(move |(&start, &lower)| {
            let start = start as usize;
            &self.all[start..start + lower as usize]
        })
    }
}
