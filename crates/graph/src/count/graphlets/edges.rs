//! [`EdgeCounts`]: what is counted once for every edge, and what all counts of up to four nodes are made of.
//!
//! Everything here walks from low ranks to high ones or from the highest node of a cycle downwards, which bounds the work by
//! O(m·d) for m edges and degeneracy d, whatever the degrees of hubs.

use rayon::prelude::*;

use super::super::oriented::{Oriented, for_each_common};
use super::super::parallel::{self, Counters};

/// Numbers of undirected edges, on top of the ranks of [`Oriented`].
pub(super) struct EdgeIndex<'graph> {
    /// Who is adjacent to whom, by rank.
    pub(super) ranked: &'graph Oriented,
    /// Number of the edge behind each position of the adjacency: `[2 * edges]`.
    of_entry: Vec<u32>,
    /// Ranks of the ends of each edge, the lower one first; edges ascend.
    pub(super) ends: Vec<[u32; 2]>,
}

impl<'graph> EdgeIndex<'graph> {
    /// Numbers the edges. O(m).
    pub(super) fn new(ranked: &'graph Oriented) -> Self {
        let mut of_entry = vec![0; ranked.entry_count()];
        let mut ends = Vec::with_capacity(ranked.entry_count() / 2);
        // A node's lower neighbours come up in ascending order, as they stand in its list.
        let mut next_lower: Vec<usize> = (0..ranked.node_count()).map(|node| ranked.entries(node).0.start).collect();
        for low in 0..ranked.node_count() {
            for entry in ranked.entries(low).1 {
                let high = ranked.at(entry..entry + 1)[0];
                let slot = &mut next_lower[high as usize];
                (of_entry[entry], of_entry[*slot]) = (ends.len() as u32, ends.len() as u32);
                *slot += 1;
                ends.push([low as u32, high]);
            }
        }
        Self { ranked, of_entry, ends }
    }

    /// Number of edges.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A node's neighbours, ascending, with the numbers of the edges to them.
    pub(super) fn around(&self, node: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.neighbours(self.ranked.entries(node).0)
    }

    /// The node's edges, in the order of its neighbours.
    pub(super) fn edges_of(&self, node: usize) -> &[u32] {
        &self.of_entry[self.ranked.entries(node).0]
    }

    /// Neighbours of higher rank, ascending, with the numbers of the edges to them.
    pub(super) fn above(&self, node: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.neighbours(self.ranked.entries(node).1)
    }

    fn neighbours(&self, entries: std::ops::Range<usize>) -> impl Iterator<Item = (usize, usize)> + '_ {
        let edges = &self.of_entry[entries.clone()];
        self.ranked.at(entries).iter().zip(edges).map(|(&node, &edge)| (node as usize, edge as usize))
    }

    /// Calls `visit` with the nodes `a < b < c` and the edges ab, ac and bc of every triangle with this lowest node.
    pub(super) fn for_each_triangle_above(&self, low: usize, mut visit: impl FnMut([usize; 3], [usize; 3])) {
        self.ranked.for_each_triangle_above(low, |triangle| {
            visit(triangle.nodes.map(|node| node as usize), triangle.edges.map(|entry| self.of_entry[entry] as usize));
        });
    }
}

/// Non-induced counts of every edge.
pub(super) struct EdgeCounts {
    /// Triangles with the edge: t.
    pub(super) triangles: Vec<u32>,
    /// 4-cycles with the edge.
    pub(super) four_cycles: Vec<u64>,
    /// 4-cliques with the edge.
    pub(super) four_cliques: Vec<u64>,
    /// Paws with the edge opposite to the tail: the sum of `degree - 2` over common neighbours z.
    pub(super) paws: Vec<u64>,
    /// Diamonds with the edge on the rim: the sum of `t(uz) + t(vz) - 2` over common neighbours z of the ends u and v.
    pub(super) diamonds: Vec<u64>,
}

impl EdgeCounts {
    /// Counts. O(m·d).
    pub(super) fn new(index: &EdgeIndex) -> Self {
        let triangles = triangles(index);
        let (paws, diamonds) = around_triangles(index, &triangles);
        Self {
            four_cycles: four_cycles(index),
            four_cliques: four_cliques(index, &triangles),
            triangles,
            paws,
            diamonds,
        }
    }
}

/// Triangles of every edge.
fn triangles(index: &EdgeIndex) -> Vec<u32> {
    let counts = Counters::new(index.len());
    parallel::for_each(
        index.ranked.node_count(),
        || (),
        |(), low| {
            index.for_each_triangle_above(low, |_, edges| edges.iter().for_each(|&edge| counts.add(edge, 1)));
        },
    );
    counts.into_counts().into_par_iter().map(|count| count as u32).collect()
}

/// Sums over common neighbours: paws and diamonds.
fn around_triangles(index: &EdgeIndex, triangles: &[u32]) -> (Vec<u64>, Vec<u64>) {
    let (paws, diamonds) = (Counters::new(index.len()), Counters::new(index.len()));
    let triangles_at = |edge: usize| u64::from(triangles[edge]);
    parallel::for_each(
        index.ranked.node_count(),
        || (),
        |(), low| {
            index.for_each_triangle_above(low, |[a, b, c], [ab, ac, bc]| {
                for (edge, opposite, others) in [(ab, c, [ac, bc]), (ac, b, [ab, bc]), (bc, a, [ab, ac])] {
                    paws.add(edge, index.ranked.degree(opposite) - 2);
                    diamonds.add(edge, triangles_at(others[0]) + triangles_at(others[1]) - 2);
                }
            });
        },
    );
    (paws.into_counts(), diamonds.into_counts())
}

/// 4-cycles of every edge, each cycle found from its highest node.
fn four_cycles(index: &EdgeIndex) -> Vec<u64> {
    let counts = Counters::new(index.len());
    let node_count = index.ranked.node_count();
    parallel::for_each(
        node_count,
        || vec![0_u32; node_count],
        |paths, highest| {
            let middles = || index.around(highest).take_while(|&(middle, _)| middle < highest);
            let ends = |middle| index.around(middle).take_while(|&(end, _)| end < highest);
            for (middle, _) in middles() {
                ends(middle).for_each(|(end, _)| paths[end] += 1);
            }
            for (middle, first_edge) in middles() {
                let mut cycles = 0;
                for (end, second_edge) in ends(middle).filter(|&(end, _)| paths[end] > 1) {
                    let others = u64::from(paths[end] - 1);
                    cycles += others;
                    counts.add(second_edge, others);
                }
                counts.add(first_edge, cycles);
            }
            for (middle, _) in middles() {
                ends(middle).for_each(|(end, _)| paths[end] = 0);
            }
        },
    );
    counts.into_counts()
}

/// A common neighbour of two nodes, above both, and the edges to them.
#[derive(Clone, Copy)]
struct Apex {
    node: u32,
    to_low: usize,
    to_middle: usize,
}

/// 4-cliques of every edge, each found from its lowest node.
fn four_cliques(index: &EdgeIndex, triangles: &[u32]) -> Vec<u64> {
    let counts = Counters::new(index.len());
    parallel::for_each(index.ranked.node_count(), Vec::new, |apexes, low| {
        for (middle, base) in index.above(low).filter(|&(_, base)| triangles[base] > 1) {
            common_above(index, low, middle, apexes);
            for (at, third) in apexes.iter().enumerate() {
                let rest = &apexes[at + 1..];
                for_each_adjacent(index, third.node as usize, rest, |fourth, side| {
                    let edges = [base, third.to_low, third.to_middle, fourth.to_low, fourth.to_middle, side];
                    for edge in edges {
                        counts.add(edge, 1);
                    }
                });
            }
        }
    });
    counts.into_counts()
}

/// Fills `apexes` with the common neighbours above `middle`, which is above `low`.
fn common_above(index: &EdgeIndex, low: usize, middle: usize, apexes: &mut Vec<Apex>) {
    apexes.clear();
    let (low_entries, middle_entries) = (index.ranked.entries(low).1, index.ranked.entries(middle).1);
    let (low_start, middle_start) = (low_entries.start, middle_entries.start);
    for_each_common(index.ranked.at(low_entries), index.ranked.at(middle_entries), |at_low, at_middle| {
        apexes.push(Apex {
            node: index.ranked.at(low_start + at_low..low_start + at_low + 1)[0],
            to_low: index.of_entry[low_start + at_low] as usize,
            to_middle: index.of_entry[middle_start + at_middle] as usize,
        });
    });
}

/// Calls `visit` with those of `apexes` that are adjacent to `node`, which is below them, and the edges to them.
fn for_each_adjacent(index: &EdgeIndex, node: usize, apexes: &[Apex], mut visit: impl FnMut(&Apex, usize)) {
    let mut apexes = apexes.iter().peekable();
    for (neighbour, edge) in index.above(node) {
        while apexes.next_if(|apex| (apex.node as usize) < neighbour).is_some() {}
        match apexes.peek() {
            None => return,
            Some(apex) if apex.node as usize == neighbour => visit(apex, edge),
            Some(_) => (),
        }
    }
}
