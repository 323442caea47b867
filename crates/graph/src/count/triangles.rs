//! Triangles of a whole graph and of each of its nodes, where nothing else is counted.
//!
//! As in [`Oriented`](super::Oriented) every edge points to its end of higher `(degree, id)`, and each triangle is found from its
//! lowest node. That node marks what it points to; what these point to is looked up among the marks, so that no list needs an
//! order. O(m·d) for m edges and degeneracy d.
//!
//! ```
//! use ssl4rl_graph::count::{triangles, triangles_per_node};
//! use ssl4rl_graph::{Direction, GraphBuilder};
//!
//! let mut builder = GraphBuilder::new("diamond", 4, Direction::Undirected);
//! for (left, right) in [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)] {
//!     builder.edge(left, right).unwrap();
//! }
//! let graph = builder.build().unwrap();
//! assert_eq!(triangles(&graph), 2);
//! assert_eq!(triangles_per_node(&graph), [2, 1, 2, 1]);
//! ```

use rayon::prelude::*;

use crate::{Graph, Node};

/// Sets of three mutually adjacent nodes.
pub fn triangles(graph: &Graph) -> u64 {
    let upward = Upward::new(graph);
    let of_pieces = pieces().map(|piece| {
        let mut total = 0;
        upward.for_each_path(piece, |_, closes| total += u64::from(closes));
        total
    });
    of_pieces.sum()
}

/// Triangles that each node is in.
pub fn triangles_per_node(graph: &Graph) -> Vec<u64> {
    let upward = Upward::new(graph);
    let of_pieces: Vec<Vec<u64>> = pieces()
        .map(|piece| {
            let mut counts = vec![0; graph.node_count()];
            upward.for_each_path(piece, |nodes, closes| {
                for node in nodes {
                    counts[node as usize] += u64::from(closes);
                }
            });
            counts
        })
        .collect();
    let mut counts = vec![0; graph.node_count()];
    for of_piece in of_pieces {
        counts.iter_mut().zip(of_piece).for_each(|(count, more)| *count += more);
    }
    counts
}

/// The piece of work of each thread, and how many there are.
fn pieces() -> impl ParallelIterator<Item = (usize, usize)> {
    let threads = rayon::current_num_threads();
    (0..threads).into_par_iter().map(move |piece| (piece, threads))
}

/// Every edge once, in the list of its lower end.
struct Upward {
    /// Where each node's edges start, and where the last one's end: `[nodes + 1]`.
    starts: Vec<usize>,
    /// Higher ends, in no particular order.
    above: Vec<Node>,
}

impl Upward {
    fn new(graph: &Graph) -> Self {
        let (lists, degrees) = (graph.neighbour_lists(), graph.degrees());
        let height = |node: Node| u64::from(degrees[node as usize]) << 32 | u64::from(node);
        let mut starts = Vec::with_capacity(degrees.len() + 1);
        // Each neighbour is written to the next place and stays if it is higher: half of them do, and which ones is beyond
        // what a processor predicts. The last place is for those that come after the last one to stay.
        let mut above = vec![0; lists.all().len() / 2 + 1];
        let mut end = 0;
        starts.push(end);
        for (node, list) in lists.iter().enumerate() {
            let own = height(node as Node);
            for &other in list {
                above[end] = other;
                end += usize::from(height(other) > own);
            }
            starts.push(end);
        }
        Self { starts, above }
    }

    fn above(&self, node: usize) -> &[Node] {
        &self.above[self.starts[node]..self.starts[node + 1]]
    }

    /// Calls `visit` with every upward path of two edges whose lowest node belongs to the piece, and whether an edge closes it.
    fn for_each_path(&self, (piece, pieces): (usize, usize), mut visit: impl FnMut([Node; 3], bool)) {
        let node_count = self.starts.len() - 1;
        let mut marked_by = vec![Node::MAX; node_count];
        for low in (piece..node_count).step_by(pieces) {
            let (node, above) = (low as Node, self.above(low));
            if above.len() < 2 {
                continue;
            }
            for &middle in above {
                marked_by[middle as usize] = node;
            }
            for &middle in above {
                for &high in self.above(middle as usize) {
                    visit([node, middle, high], marked_by[high as usize] == node);
                }
            }
        }
    }
}
