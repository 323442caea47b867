//! Bridges and articulation points: edges and nodes without which more components are left.

use crate::{Graph, Node};

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
    let mut search = Search {
        graph,
        number: vec![0; graph.node_count()],
        low: vec![0; graph.node_count()],
        next_number: 1,
        cuts: Cuts::default(),
    };
    for root in 0..graph.node_count() as Node {
        if search.number[root as usize] == 0 {
            search.explore(root);
        }
    }
    let mut cuts = search.cuts;
    cuts.bridges.sort_unstable();
    cuts.articulation_points.sort_unstable();
    cuts.articulation_points.dedup();
    cuts
}

struct Search<'graph> {
    graph: &'graph Graph,
    /// Order of discovery, from 1; 0 before.
    number: Vec<u32>,
    low: Vec<u32>,
    next_number: u32,
    cuts: Cuts,
}

impl Search<'_> {
    fn explore(&mut self, root: Node) {
        let mut root_children = 0;
        // Node and how many of its neighbours have been looked at; below a node stands its parent.
        let mut path: Vec<(Node, usize)> = vec![(root, 0)];
        self.discover(root);
        while let Some((node, looked_at)) = path.last_mut() {
            let (node, neighbours) = (*node, self.graph.neighbours(*node));
            let Some(&other) = neighbours.get(*looked_at) else {
                path.pop();
                if let Some(&(parent, _)) = path.last() {
                    self.retreat(node, parent, root);
                }
                continue;
            };
            *looked_at += 1;
            let parent = path.len().checked_sub(2).map(|below| path[below].0);
            if self.number[other as usize] == 0 {
                root_children += usize::from(node == root);
                self.discover(other);
                path.push((other, 0));
            } else if Some(other) != parent {
                self.low[node as usize] = self.low[node as usize].min(self.number[other as usize]);
            }
        }
        if root_children > 1 {
            self.cuts.articulation_points.push(root);
        }
    }

    fn discover(&mut self, node: Node) {
        self.number[node as usize] = self.next_number;
        self.low[node as usize] = self.next_number;
        self.next_number += 1;
    }

    /// Back from a finished child.
    fn retreat(&mut self, child: Node, parent: Node, root: Node) {
        let low = self.low[child as usize];
        self.low[parent as usize] = self.low[parent as usize].min(low);
        if low > self.number[parent as usize] {
            self.cuts.bridges.push((child.min(parent), child.max(parent)));
        }
        if parent != root && low >= self.number[parent as usize] {
            self.cuts.articulation_points.push(parent);
        }
    }
}
