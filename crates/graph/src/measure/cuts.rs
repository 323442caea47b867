//! Bridges and articulation points: edges and nodes without which more components are left.

use crate::{Graph, NeighbourLists, Node};

/// What a graph falls apart at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cuts {
    /// Edges whose removal adds a component, the smaller node first, ascending.
    pub bridges: Vec<(Node, Node)>,
    /// Nodes whose removal adds a component, ascending.
    pub articulation_points: Vec<Node>,
}

/// Both, directions and parallel edges ignored. O(n + m), and no recursion, so that long paths are no danger.
///
/// A depth-first search numbers the nodes; `low` is the smallest number that a node's subtree reaches by one edge outside the
/// tree (Tarjan 1972).
pub fn cuts(graph: &Graph) -> Cuts {
    let node_count = graph.node_count();
    let mut search = Search {
        lists: graph.neighbour_lists(),
        number: vec![0; node_count],
        discovered: 0,
        path: Vec::new(),
        separates: vec![false; node_count],
        bridges: Vec::new(),
    };
    for root in 0..node_count {
        if search.number[root] == 0 {
            search.explore(root as Node);
        }
    }
    let Search { mut bridges, separates, .. } = search;
    bridges.sort_unstable_by_key(|&(low, high)| u64::from(low) << 32 | u64::from(high));
    let articulation_points = (0..node_count as Node).filter(|&node| separates[node as usize]).collect();
    Cuts { bridges, articulation_points }
}

struct Search<'graph> {
    lists: NeighbourLists<'graph>,
    /// Order of discovery, from 1; 0 before.
    number: Vec<u32>,
    discovered: u32,
    /// Nodes from the root to the parent of the one that is looked at.
    path: Vec<Visit>,
    /// Whether each node is an articulation point.
    separates: Vec<bool>,
    bridges: Vec<(Node, Node)>,
}

/// A node whose neighbours are being looked at.
#[derive(Clone, Copy)]
struct Visit {
    node: Node,
    /// Itself at the root.
    parent: Node,
    low: u32,
    /// Position in the neighbours of all nodes of the one to look at next.
    next: usize,
    end: usize,
}

impl Search<'_> {
    fn explore(&mut self, root: Node) {
        let mut root_children = 0;
        let mut here = self.discover(root, root);
        loop {
            if here.next < here.end {
                let other = self.lists.all()[here.next];
                here.next += 1;
                let number = self.number[other as usize];
                if number == 0 {
                    self.path.push(here);
                    here = self.discover(other, here.node);
                } else if other != here.parent {
                    here.low = here.low.min(number);
                }
                continue;
            }
            let Some(parent) = self.path.pop() else { break };
            root_children += usize::from(parent.node == root);
            here = self.retreat(&here, parent, root);
        }
        self.separates[root as usize] = root_children > 1;
    }

    fn discover(&mut self, node: Node, parent: Node) -> Visit {
        self.discovered += 1;
        self.number[node as usize] = self.discovered;
        let entries = self.lists.range(node as usize);
        Visit { node, parent, low: self.discovered, next: entries.start, end: entries.end }
    }

    /// Back from a finished child to its parent.
    fn retreat(&mut self, child: &Visit, parent: Visit, root: Node) -> Visit {
        let number = self.number[parent.node as usize];
        if child.low > number {
            self.bridges.push((child.node.min(parent.node), child.node.max(parent.node)));
        }
        if child.low >= number && parent.node != root {
            self.separates[parent.node as usize] = true;
        }
        Visit { low: parent.low.min(child.low), ..parent }
    }
}
