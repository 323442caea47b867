//! Connected and strongly connected components.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

use super::Partition;
use crate::{Direction, Graph, NeighbourLists, Node};

/// Nodes that are asked for their component before the largest is guessed.
const ASKED: usize = 256;

/// Nodes that a path joins, directions ignored. About O(n + m), but for the height of the trees.
///
/// Two rounds without a branch, in which every node falls in with the smallest root around it, join most of what belongs together.
/// What they missed is joined edge by edge, but for the edges of the largest component: each of them stands in the list of
/// its other end too (Sutton et al., IPDPS 2018).
pub fn components(graph: &Graph) -> Partition {
    let lists = graph.neighbour_lists();
    let mut forest = Forest { above: (0..graph.node_count() as Node).collect() };
    for neighbours in [1, usize::MAX] {
        forest.fall_in(lists, neighbours);
        forest.flatten();
    }
    let largest = forest.frequent_root();
    for (node, list) in lists.iter().enumerate() {
        if forest.above[node] != largest {
            for &other in list {
                forest.join(node as Node, other);
            }
        }
    }
    forest.flatten();
    Partition::from_roots(&forest.above)
}

/// Trees of nodes that belong together; the root of each is its smallest node.
struct Forest {
    /// The node above each, a smaller one; roots are above themselves.
    above: Vec<Node>,
}

impl Forest {
    /// Every node, and the root above it, falls in with the smallest root that is above it or the first `neighbours` of its neighbours.
    ///
    /// A root that falls in twice leaves the tree that it was in before, if that has the larger root: such trees are not whole yet.
    fn fall_in(&mut self, lists: NeighbourLists<'_>, neighbours: usize) {
        for (node, list) in lists.iter().enumerate() {
            let own = self.above[node];
            let smallest =
                list.iter().take(neighbours).fold(own, |least, &other| least.min(self.above[other as usize]));
            self.above[own as usize] = self.above[own as usize].min(smallest);
            self.above[node] = smallest;
        }
    }

    /// Puts every node directly below its root.
    fn flatten(&mut self) {
        for node in 0..self.above.len() {
            // What is above a node is smaller, and so has been replaced by its root.
            self.above[node] = self.above[self.above[node] as usize];
        }
    }

    /// The root of most of some nodes in flat trees; 0 without nodes.
    fn frequent_root(&self) -> Node {
        let step = (self.above.len() / ASKED).max(1);
        let mut roots: Vec<Node> = self.above.iter().step_by(step).copied().collect();
        roots.sort_unstable();
        roots.chunk_by(Node::eq).max_by_key(|group| group.len()).map_or(0, |group| group[0])
    }

    fn join(&mut self, left: Node, right: Node) {
        let (left, right) = (self.root(left), self.root(right));
        self.above[left.max(right) as usize] = left.min(right);
    }

    /// The root of the node's tree. Halves the path to it.
    fn root(&mut self, mut node: Node) -> Node {
        loop {
            let above = self.above[node as usize];
            if above == node {
                return node;
            }
            let next = self.above[above as usize];
            self.above[node as usize] = next;
            node = next;
        }
    }
}

/// Nodes that directed paths join both ways; in an undirected graph its [`components`]. O(n + m).
pub fn strong_components(graph: &Graph) -> Partition {
    if graph.direction() == Direction::Undirected {
        return components(graph);
    }
    let mut arrows = DiGraph::<(), (), u32>::with_capacity(graph.node_count(), graph.edges().len());
    (0..graph.node_count()).for_each(|_| {
        arrows.add_node(());
    });
    for edge in graph.edges() {
        arrows.add_edge(edge.source.into(), edge.target.into(), ());
    }
    let mut label_of = vec![0; graph.node_count()];
    for (label, members) in kosaraju_scc(&arrows).into_iter().enumerate() {
        for node in members {
            label_of[node.index()] = label;
        }
    }
    Partition::from_labels(&label_of)
}
