//! Connected and strongly connected components.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

use super::Partition;
use crate::{Direction, Graph, Node};

/// Neighbours of each node that are followed before the largest component is guessed.
const FIRST_NEIGHBOURS: usize = 2;
/// Nodes that are asked for their component then.
const ASKED: usize = 256;

/// Nodes that a path joins, directions ignored. About O(n), and O(n + m) at most, but for the height of the trees.
///
/// Every node is joined with its first two neighbours, which joins most of what belongs together; edges from the largest
/// component are then left out, since each of them stands in the list of its other end too (Sutton et al., IPDPS 2018).
pub fn components(graph: &Graph) -> Partition {
    let (starts, neighbours) = graph.neighbour_lists();
    let mut forest = Forest { above: (0..graph.node_count() as Node).collect() };
    let lists = || starts.windows(2).map(|ends| &neighbours[ends[0]..ends[1]]);
    for (node, list) in lists().enumerate() {
        for &other in list.iter().take(FIRST_NEIGHBOURS) {
            forest.join(node as Node, other);
        }
    }
    let largest = forest.frequent_root();
    for (node, list) in lists().enumerate() {
        if list.len() > FIRST_NEIGHBOURS && forest.root(node as Node) != forest.root(largest) {
            for &other in &list[FIRST_NEIGHBOURS..] {
                forest.join(node as Node, other);
            }
        }
    }
    for node in 0..forest.above.len() {
        // What is above a node is smaller, and so has been replaced by its root.
        forest.above[node] = forest.above[forest.above[node] as usize];
    }
    Partition::from_roots(&forest.above)
}

/// Trees of nodes that belong together; the root of each is its smallest node.
struct Forest {
    /// The node above each, a smaller one; roots are above themselves.
    above: Vec<Node>,
}

impl Forest {
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

    fn join(&mut self, left: Node, right: Node) {
        let (left, right) = (self.root(left), self.root(right));
        self.above[left.max(right) as usize] = left.min(right);
    }

    /// The root of most of some nodes; 0 without nodes.
    fn frequent_root(&mut self) -> Node {
        let step = (self.above.len() / ASKED).max(1);
        let mut roots: Vec<Node> = (0..self.above.len()).step_by(step).map(|node| self.root(node as Node)).collect();
        roots.sort_unstable();
        roots.chunk_by(Node::eq).max_by_key(|group| group.len()).map_or(0, |group| group[0])
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
