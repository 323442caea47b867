//! [`Members`]: the graphs that a [`Graph`] is the disjoint union of, for graph-level tasks.
//!
//! Molecules, ego-nets and other collections are one [`Graph`]: the nodes of each member are consecutive, no edge joins two
//! members, and everything that works on one graph works on the union. A task that asks about whole graphs draws a member and
//! takes [`Graph::member_nodes`] and [`Graph::member_edges`], or a [`Subgraph`](super::sample::Subgraph) of both from
//! [`sample::member`](super::sample::member). A graph without [`Graph::members`] is its own only member.
//!
//! ```
//! use ssl4rl_graph::{Direction, GraphBuilder, Members};
//! let mut builder = GraphBuilder::new("a pair and a path", 5, Direction::Undirected);
//! for (left, right) in [(0, 1), (2, 3), (3, 4)] {
//!     builder.edge(left, right).unwrap();
//! }
//! builder.members(Members::of_sizes([2, 3])).unwrap();
//! let graph = builder.build().unwrap();
//! assert_eq!(graph.member_count(), 2);
//! assert_eq!((graph.member_nodes(1), graph.member_edges(1).len()), (2..5, 2));
//! assert_eq!(graph.member_of(4), 1);
//! ```

use std::ops::Range;

use super::{Edge, Graph, Node};

/// Where each member's nodes are, and what is known of the members.
#[derive(Debug, Clone, Default)]
pub struct Members {
    /// First node of each member, and the number of nodes: ascending, one more than there are members.
    starts: Vec<Node>,
    /// Name of each member; empty where they have none.
    pub names: Vec<String>,
    /// Class of each member, for downstream evaluation only.
    pub labels: Option<MemberLabels>,
    /// The benchmark's public split of the members.
    pub split: Option<MemberSplit>,
}

/// Classes of whole graphs, used by downstream evaluation only, never by a pretext task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberLabels {
    /// Class names.
    pub classes: Vec<String>,
    /// Class of each member, where known.
    pub of_member: Vec<Option<u32>>,
}

/// A public split of whole graphs: positions of members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberSplit {
    /// Training members.
    pub train: Vec<u32>,
    /// Validation members.
    pub validation: Vec<u32>,
    /// Test members.
    pub test: Vec<u32>,
}

impl Members {
    /// Members of so many nodes each, in order. Nodes beyond the range of [`Node`] are refused by the builder.
    pub fn of_sizes(sizes: impl IntoIterator<Item = usize>) -> Self {
        let ends = sizes.into_iter().scan(0usize, |end, size| {
            *end = end.saturating_add(size);
            Some(Node::try_from(*end).unwrap_or(Node::MAX))
        });
        Self { starts: std::iter::once(0).chain(ends).collect(), ..Self::default() }
    }

    /// Number of members.
    pub fn count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The nodes of a member, which must be below [`Members::count`].
    pub fn nodes(&self, member: usize) -> Range<Node> {
        self.starts[member]..self.starts[member + 1]
    }

    /// The member that a node belongs to. O(log members).
    pub fn of_node(&self, node: Node) -> usize {
        // Members without nodes share their start with the next one; the last of equals has the node.
        self.starts.partition_point(|&start| start <= node).saturating_sub(1)
    }

    /// Number of nodes of all members.
    pub(super) fn node_count(&self) -> usize {
        self.starts.last().map_or(0, |&end| end as usize)
    }
}

impl Graph {
    /// The graphs that this one is the disjoint union of; `None` where it was read as a single graph.
    pub fn members(&self) -> Option<&Members> {
        self.members.as_ref()
    }

    /// Number of members; 1 for a single graph.
    pub fn member_count(&self) -> usize {
        self.members.as_ref().map_or(1, Members::count)
    }

    /// The nodes of a member, which must be below [`Graph::member_count`].
    pub fn member_nodes(&self, member: usize) -> Range<Node> {
        self.members.as_ref().map_or(0..self.node_count() as Node, |members| members.nodes(member))
    }

    /// The edges of a member. O(log edges).
    pub fn member_edges(&self, member: usize) -> &[Edge] {
        let nodes = self.member_nodes(member);
        let position = |node: Node| self.edges.partition_point(|edge| edge.source < node);
        &self.edges[position(nodes.start)..position(nodes.end)]
    }

    /// The member that a node belongs to; 0 in a single graph. O(log members).
    pub fn member_of(&self, node: Node) -> usize {
        self.members.as_ref().map_or(0, |members| members.of_node(node))
    }
}
