//! [`Oriented`]: a graph whose nodes are ranked by `(degree, id)`, for counting in O(m·d).
//!
//! Every clique is found once, from its lowest node upwards, and every 4-cycle once, from its highest node downwards
//! (Chiba and Nishizeki 1985). Walks never leave a node of low degree through one of high degree, which is what keeps
//! hubs cheap.

use std::ops::Range;

use super::pairs;
use crate::{Graph, Node};

/// Adjacency in rank space: node `r` is the one of rank `r`, and its neighbours are sorted by rank.
#[derive(Debug, Clone)]
pub struct Oriented {
    /// Original node of each rank.
    node_of: Vec<Node>,
    /// Where each node's neighbours start, and where the last one's end: `[nodes + 1]`.
    starts: Vec<usize>,
    /// Where each node's neighbours of higher rank start: `[nodes]`.
    higher_starts: Vec<usize>,
    /// Ranks of neighbours, ascending within a node: `[2 * edges]`.
    neighbours: Vec<u32>,
}

impl Oriented {
    /// Ranks the nodes. O(n log n + m).
    pub fn new(graph: &Graph) -> Self {
        let node_count = graph.node_count();
        let mut node_of: Vec<Node> = (0..node_count as Node).collect();
        node_of.sort_by_key(|&node| (graph.degree(node), node));
        let mut starts = Vec::with_capacity(node_count + 1);
        starts.push(0);
        for &node in &node_of {
            starts.push(starts[starts.len() - 1] + graph.degree(node));
        }
        // Handing out ranks in ascending order fills every list in ascending order.
        let mut rank_of = vec![0; node_count];
        for (rank, &node) in node_of.iter().enumerate() {
            rank_of[node as usize] = rank;
        }
        let mut neighbours = vec![0; starts[node_count]];
        let mut next = starts.clone();
        let mut higher_starts = vec![0; node_count];
        for (rank, &node) in node_of.iter().enumerate() {
            higher_starts[rank] = next[rank];
            for &neighbour in graph.neighbours(node) {
                let slot = &mut next[rank_of[neighbour as usize]];
                neighbours[*slot] = rank as u32;
                *slot += 1;
            }
        }
        Self { node_of, starts, higher_starts, neighbours }
    }

    /// Sets of three mutually adjacent nodes.
    pub fn triangles(&self) -> u64 {
        self.cliques(3)
    }

    /// Sets of four mutually adjacent nodes.
    pub fn four_cliques(&self) -> u64 {
        self.cliques(4)
    }

    /// Sets of `size` mutually adjacent nodes; 1 for size 0, the empty set.
    pub fn cliques(&self, size: usize) -> u64 {
        match size {
            0 => 1,
            1 => self.node_count() as u64,
            _ => (0..self.node_count()).map(|node| self.cliques_among(self.higher(node), size - 1)).sum(),
        }
    }

    /// Cliques of `size >= 1` nodes within ascending `candidates`.
    fn cliques_among(&self, candidates: &[u32], size: usize) -> u64 {
        if candidates.len() < size {
            return 0;
        }
        if size == 1 {
            return candidates.len() as u64;
        }
        let mut total = 0;
        let mut common = Vec::new();
        for (position, &node) in candidates.iter().enumerate() {
            let rest = &candidates[position + 1..];
            if size == 2 {
                for_each_common(rest, self.higher(node as usize), |_, _| total += 1);
            } else {
                common.clear();
                for_each_common(rest, self.higher(node as usize), |at, _| common.push(rest[at]));
                total += self.cliques_among(&common, size - 1);
            }
        }
        total
    }

    /// Triangles that each node is in, by original node.
    pub fn triangles_per_node(&self) -> Vec<u64> {
        let mut counts = vec![0; self.node_count()];
        self.for_each_triangle(|triangle| {
            for node in triangle.nodes {
                counts[self.node_of[node as usize] as usize] += 1;
            }
        });
        counts
    }

    /// Cycles of four distinct nodes, chords allowed.
    pub fn four_cycles(&self) -> u64 {
        let mut total = 0;
        self.for_each_highest(|_, paths| {
            total += paths.ends.iter().map(|&end| pairs(u64::from(paths.counts[end as usize]))).sum::<u64>();
        });
        total
    }

    /// 4-cycles that each node is in, by original node.
    pub fn four_cycles_per_node(&self) -> Vec<u64> {
        let mut counts = vec![0; self.node_count()];
        self.for_each_highest(|highest, paths| {
            for &end in &paths.ends {
                let cycles = pairs(u64::from(paths.counts[end as usize]));
                counts[self.node_of[highest] as usize] += cycles;
                counts[self.node_of[end as usize] as usize] += cycles;
            }
            for &middle in self.lower(highest) {
                for &end in self.below(middle as usize, highest) {
                    counts[self.node_of[middle as usize] as usize] += u64::from(paths.counts[end as usize] - 1);
                }
            }
        });
        counts
    }

    /// Calls `visit` with every node and the two-step paths that lead from it to lower nodes through lower nodes.
    fn for_each_highest(&self, mut visit: impl FnMut(usize, &Paths)) {
        let mut paths = Paths { ends: Vec::new(), counts: vec![0; self.node_count()] };
        for highest in 0..self.node_count() {
            for &middle in self.lower(highest) {
                for &end in self.below(middle as usize, highest) {
                    let count = &mut paths.counts[end as usize];
                    if *count == 0 {
                        paths.ends.push(end);
                    }
                    *count += 1;
                }
            }
            visit(highest, &paths);
            for end in paths.ends.drain(..) {
                paths.counts[end as usize] = 0;
            }
        }
    }

    /// Calls `visit` with every triangle once.
    pub(super) fn for_each_triangle(&self, mut visit: impl FnMut(Triangle)) {
        for low in 0..self.node_count() {
            self.for_each_triangle_above(low, &mut visit);
        }
    }

    /// Calls `visit` with every triangle whose lowest node is `low`.
    pub(super) fn for_each_triangle_above(&self, low: usize, mut visit: impl FnMut(Triangle)) {
        let higher = self.higher(low);
        for (position, &middle) in higher.iter().enumerate() {
            let rest = &higher[position + 1..];
            for_each_common(rest, self.higher(middle as usize), |at, at_middle| {
                visit(Triangle {
                    nodes: [low as u32, middle, rest[at]],
                    edges: [
                        self.higher_starts[low] + position,
                        self.higher_starts[low] + position + 1 + at,
                        self.higher_starts[middle as usize] + at_middle,
                    ],
                });
            });
        }
    }

    /// Number of nodes.
    pub(super) fn node_count(&self) -> usize {
        self.node_of.len()
    }

    /// Number of entries of the adjacency, two an edge; positions of edges are below it.
    pub(super) fn entry_count(&self) -> usize {
        self.neighbours.len()
    }

    /// Degree of the node of this rank.
    pub(super) fn degree(&self, node: usize) -> u64 {
        (self.starts[node + 1] - self.starts[node]) as u64
    }

    /// Original node of a rank.
    pub(super) fn original(&self, node: usize) -> Node {
        self.node_of[node]
    }

    /// Positions in the adjacency of a node's neighbours, and of those of higher rank only.
    pub(super) fn entries(&self, node: usize) -> (Range<usize>, Range<usize>) {
        let end = self.starts[node + 1];
        (self.starts[node]..end, self.higher_starts[node]..end)
    }

    /// The neighbours at these positions of the adjacency.
    pub(super) fn at(&self, entries: Range<usize>) -> &[u32] {
        &self.neighbours[entries]
    }

    /// Neighbours, ascending.
    pub(super) fn neighbours(&self, node: usize) -> &[u32] {
        &self.neighbours[self.starts[node]..self.starts[node + 1]]
    }

    /// Neighbours of higher rank.
    pub(super) fn higher(&self, node: usize) -> &[u32] {
        &self.neighbours[self.higher_starts[node]..self.starts[node + 1]]
    }

    /// Neighbours of lower rank.
    fn lower(&self, node: usize) -> &[u32] {
        &self.neighbours[self.starts[node]..self.higher_starts[node]]
    }

    /// Neighbours of rank below `limit`.
    fn below(&self, node: usize, limit: usize) -> impl Iterator<Item = &u32> {
        self.neighbours[self.starts[node]..self.starts[node + 1]].iter().take_while(move |&&end| (end as usize) < limit)
    }
}

/// Two-step paths from one node: where they end, and how many end there.
struct Paths {
    ends: Vec<u32>,
    /// By rank; 0 outside `ends`.
    counts: Vec<u32>,
}

/// A triangle in rank space, nodes ascending.
pub(super) struct Triangle {
    pub(super) nodes: [u32; 3],
    /// Position of each edge in the adjacency, in the list of its lower end.
    pub(super) edges: [usize; 3],
}

/// Calls `visit` with the positions of every common element of two ascending lists.
pub(super) fn for_each_common(left: &[u32], right: &[u32], mut visit: impl FnMut(usize, usize)) {
    let (mut left_at, mut right_at) = (0, 0);
    while left_at < left.len() && right_at < right.len() {
        match left[left_at].cmp(&right[right_at]) {
            std::cmp::Ordering::Less => left_at += 1,
            std::cmp::Ordering::Greater => right_at += 1,
            std::cmp::Ordering::Equal => {
                visit(left_at, right_at);
                left_at += 1;
                right_at += 1;
            }
        }
    }
}
