//! Core numbers: how dense the densest part is that holds a node.

use crate::{Graph, Node};

/// The largest k for which each node is in the k-core: a subgraph whose nodes all have k neighbours within it. O(n + m).
///
/// Nodes leave in the order of what degree they have left (Batagelj and Zaversnik 2003).
pub fn core_numbers(graph: &Graph) -> Vec<u32> {
    let node_count = graph.node_count();
    let mut core: Vec<u32> = (0..node_count).map(|node| graph.degree(node as Node) as u32).collect();
    let mut queue = Buckets::new(&core);
    for position in 0..node_count {
        let node = queue.nodes[position];
        for &other in graph.neighbours(node) {
            if core[other as usize] > core[node as usize] {
                queue.move_down(other, core[other as usize]);
                core[other as usize] -= 1;
            }
        }
    }
    core
}

/// Nodes of the k-core, ascending; empty where there is none.
pub fn k_core(graph: &Graph, k: u32) -> Vec<Node> {
    let numbers = core_numbers(graph);
    (0..graph.node_count() as Node).filter(|&node| numbers[node as usize] >= k).collect()
}

/// Nodes sorted by degree left.
struct Buckets {
    nodes: Vec<Node>,
    position_of: Vec<usize>,
    /// Where the nodes of each degree start.
    starts: Vec<usize>,
}

impl Buckets {
    fn new(degrees: &[u32]) -> Self {
        let largest = degrees.iter().copied().max().unwrap_or(0) as usize;
        let mut starts = vec![0; largest + 2];
        for &degree in degrees {
            starts[degree as usize + 1] += 1;
        }
        for degree in 0..=largest {
            starts[degree + 1] += starts[degree];
        }
        let (mut next, mut nodes) = (starts.clone(), vec![0; degrees.len()]);
        let position_of = degrees
            .iter()
            .enumerate()
            .map(|(node, &degree)| {
                let position = next[degree as usize];
                next[degree as usize] += 1;
                nodes[position] = node as Node;
                position
            })
            .collect();
        Self { nodes, position_of, starts }
    }

    /// Moves a node from its degree to the one below: to the front of its bucket, which then starts behind it.
    fn move_down(&mut self, node: Node, degree: u32) {
        let front = self.starts[degree as usize];
        let (position, first) = (self.position_of[node as usize], self.nodes[front]);
        self.nodes.swap(position, front);
        self.position_of[first as usize] = position;
        self.position_of[node as usize] = front;
        self.starts[degree as usize] += 1;
    }
}
