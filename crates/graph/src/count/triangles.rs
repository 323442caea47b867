//! Triangles of a whole graph and of each of its nodes, where nothing else is counted.
//!
//! The nodes are put in an order, every edge points to its higher end, and each triangle is found from its lowest node. That node marks
//! what it points to; what these point to is looked up among the marks, so that no list needs an order. Of two nodes whose
//! fingerprints say that they point to nothing in common, nothing is looked up.
//!
//! In most graphs the order is that of `(degree, id)`, as in [`Oriented`](super::Oriented). To know it takes a third of the time, which is
//! saved where the ids do as well: in graphs that number their nodes as they came, on lattices, and where edges are drawn by chance.
//! O(m·d) for m edges and degeneracy d either way.
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

use crate::threads::{Piece, in_pieces};
use crate::{Graph, Node};

/// Edges that are looked at together.
const CHUNK: usize = 1024;

/// One thread is enough for this many edges: it is done before a second one has begun.
const EDGES_PER_THREAD: usize = 1 << 18;

/// Sets of three mutually adjacent nodes.
pub fn triangles(graph: &Graph) -> u64 {
    let upward = Upward::new(graph);
    let of_pieces = in_pieces(upward.edges.len(), EDGES_PER_THREAD, |piece| {
        let mut total = 0;
        upward.for_each_path(piece, |_, closes| total += u64::from(closes));
        total
    });
    of_pieces.into_iter().sum()
}

/// Triangles that each node is in.
pub fn triangles_per_node(graph: &Graph) -> Vec<u64> {
    let upward = Upward::new(graph);
    let of_pieces = in_pieces(upward.edges.len(), EDGES_PER_THREAD, |piece| {
        let mut counts = vec![0; graph.node_count()];
        upward.for_each_path(piece, |nodes, closes| {
            for node in nodes {
                counts[node as usize] += u64::from(closes);
            }
        });
        counts
    });
    let sum = |mut counts: Vec<u64>, more: Vec<u64>| {
        counts.iter_mut().zip(more).for_each(|(count, more)| *count += more);
        counts
    };
    of_pieces.into_iter().reduce(sum).unwrap_or_default()
}

/// Every edge once, in the list of its lower end.
struct Upward {
    /// Where each node's edges start, and where the last one's end: `[nodes + 1]`.
    starts: Vec<u32>,
    /// Lower and higher ends, node by node in no particular order.
    edges: Vec<[Node; 2]>,
    /// For each node's list, by two hashes of its entries: lists without a common bit under both have no common entry.
    fingerprints: Vec<[u64; 2]>,
}

impl Upward {
    fn new(graph: &Graph) -> Self {
        if Self::ids_will_do(graph) { Self::by_id(graph) } else { Self::by_degree(graph) }
    }

    /// Whether few paths lead from higher over middle to lower ids: three halves of what there would be if every node had as many
    /// neighbours on either side, m/n, at most. No degeneracy is below m/n, so that O(m·d) holds.
    fn ids_will_do(graph: &Graph) -> bool {
        let lists = graph.neighbour_lists();
        let paths_over = |(degree, &lower): (u32, &u32)| u64::from(degree - lower) * u64::from(lower);
        let paths: u64 = lists.lengths().zip(lists.lower).map(paths_over).sum();
        let edges = lists.all().len() as u128 / 2;
        2 * u128::from(paths) * lists.lower.len() as u128 <= 3 * edges * edges
    }

    /// Lower ids are higher.
    fn by_id(graph: &Graph) -> Self {
        let lists = graph.neighbour_lists();
        Self::collect(lists.below(), lists.all().len() / 2, |_, _| true)
    }

    /// Higher degrees are higher, and of equal ones higher ids.
    fn by_degree(graph: &Graph) -> Self {
        let (lists, degrees) = (graph.neighbour_lists(), graph.degrees());
        let is_higher =
            |node: usize, other: Node| degrees[other as usize] + u32::from(other > node as Node) > degrees[node];
        Self::collect(lists.iter(), lists.all().len() / 2, is_higher)
    }

    /// From the list of each node those that are higher than it; every edge is found at one of its ends.
    fn collect<'graph>(
        lists: impl ExactSizeIterator<Item = &'graph [Node]>,
        edges: usize,
        is_higher: impl Fn(usize, Node) -> bool,
    ) -> Self {
        let (mut starts, mut fingerprints) = (Vec::with_capacity(lists.len() + 1), Vec::with_capacity(lists.len()));
        // Each neighbour is written to the next place and stays if it is higher: half of them do, and which ones is beyond
        // what a processor predicts. The last place is for those that come after the last one to stay.
        let mut edges = vec![[0; 2]; edges + 1];
        let mut end = 0;
        starts.push(0);
        for (node, list) in lists.enumerate() {
            let (mut first, mut second) = (0, 0);
            for &other in list {
                let higher = is_higher(node, other);
                edges[end] = [node as Node, other];
                end += usize::from(higher);
                first |= u64::from(higher) << (other % u64::BITS);
                second |= u64::from(higher) << fibonacci_hash(other);
            }
            starts.push(end as u32);
            fingerprints.push([first, second]);
        }
        edges.truncate(end);
        Self { starts, edges, fingerprints }
    }

    /// Edges that point upwards from a node.
    fn above(&self, node: Node) -> &[[Node; 2]] {
        let node = node as usize;
        &self.edges[self.starts[node] as usize..self.starts[node + 1] as usize]
    }

    /// Calls `visit` with upward paths of two edges whose first edge belongs to the piece, and whether a third one closes it. Paths of
    /// which fingerprints tell that none does are left out.
    fn for_each_path(&self, piece: Piece, mut visit: impl FnMut([Node; 3], bool)) {
        let (mut marking, mut marked_by) = (Node::MAX, vec![Node::MAX; self.fingerprints.len()]);
        let mut kept = [[0; 2]; CHUNK + 1];
        for chunk in self.edges.chunks(CHUNK).skip(piece.index).step_by(piece.count) {
            for &[low, middle] in self.with_common_bits(chunk, &mut kept) {
                if low != marking {
                    marking = low;
                    self.above(low).iter().for_each(|&[_, high]| marked_by[high as usize] = low);
                }
                for &[_, high] in self.above(middle) {
                    visit([low, middle, high], marked_by[high as usize] == low);
                }
            }
        }
    }

    /// The edges whose ends have common bits in both fingerprints, at the front of `kept`.
    fn with_common_bits<'kept>(
        &self,
        edges: &[[Node; 2]],
        kept: &'kept mut [[Node; 2]; CHUNK + 1],
    ) -> &'kept [[Node; 2]] {
        // As above, each is written to the next place and stays there or not.
        let mut end = 0;
        for &[low, middle] in edges {
            kept[end] = [low, middle];
            let (low, middle) = (self.fingerprints[low as usize], self.fingerprints[middle as usize]);
            let [first, second] = [0, 1].map(|hash| usize::from(low[hash] & middle[hash] != 0));
            end += first & second;
        }
        &kept[..end]
    }
}

/// Fibonacci's hash: a bit of 64 for a node.
fn fibonacci_hash(node: Node) -> u32 {
    node.wrapping_mul(0x9e37_79b9) >> (u32::BITS - u64::BITS.ilog2())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::Oriented;
    use crate::{Direction, GraphBuilder, generate};

    #[test]
    fn both_orders_hold_every_triangle_once() {
        let generated = |spec| generate::from_spec(spec, 4).unwrap().unwrap();
        let scattered = generated("ba:n=5000,m=2");
        for (graph, ids_will_do) in [
            (generated("er:n=300,p=0.05"), true),
            (generated("ws:n=500,k=8,p=0.1"), true),
            (hubs_first(&scattered), true),
            (scattered, false),
        ] {
            let name = graph.name();
            assert_eq!(Upward::ids_will_do(&graph), ids_will_do, "{name}");
            for upward in [Upward::by_id(&graph), Upward::by_degree(&graph)] {
                let mut total = 0;
                upward.for_each_path(Piece { index: 0, count: 1 }, |_, closes| total += u64::from(closes));
                assert_eq!(total, Oriented::new(&graph).triangles(), "{name}");
            }
        }
    }

    /// The same graph with ids by descending degree.
    fn hubs_first(graph: &Graph) -> Graph {
        let mut by_degree: Vec<Node> = (0..graph.node_count() as Node).collect();
        by_degree.sort_by_key(|&node| std::cmp::Reverse(graph.neighbours(node).len()));
        let mut new = vec![0; by_degree.len()];
        by_degree.iter().zip(0..).for_each(|(&node, id)| new[node as usize] = id);
        let mut builder = GraphBuilder::new("hubs first", new.len(), Direction::Undirected);
        for edge in graph.edges() {
            builder.edge(new[edge.source as usize], new[edge.target as usize]).unwrap();
        }
        builder.build().unwrap()
    }

    #[test]
    fn pieces_hold_every_triangle_once() {
        let graph = generate::from_spec("ws:n=1500,k=8,p=0.1", 4).unwrap().unwrap();
        let upward = Upward::new(&graph);
        for pieces in [1, 2, 5, 40] {
            let mut total = 0;
            for index in 0..pieces {
                upward.for_each_path(Piece { index, count: pieces }, |_, closes| total += u64::from(closes));
            }
            assert_eq!(total, Oriented::new(&graph).triangles(), "{pieces}");
        }
    }
}
