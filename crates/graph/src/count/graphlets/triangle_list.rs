//! [`TriangleList`]: every triangle by edge, the 4-cliques on each, and what is found while these are visited.

use super::super::parallel::{self, Counters};
use super::edges::EdgeIndex;
use super::{CountError, MAX_TRIANGLES};

/// A triangle, seen from one of its edges.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wing {
    /// The node opposite.
    pub(super) apex: u32,
    /// The edge from the lower end to the apex.
    pub(super) low_side: u32,
    /// The edge from the higher end to the apex.
    pub(super) high_side: u32,
    /// Number of the triangle.
    pub(super) triangle: u32,
}

/// Every triangle of a graph, and what cliques it is in.
pub(super) struct TriangleList {
    /// Where each edge's wings start, and where the last one's end: `[edges + 1]`.
    starts: Vec<usize>,
    /// Wings of every edge, apexes ascending: `[3 * triangles]`.
    wings: Vec<Wing>,
    /// 4-cliques with the triangle: `[triangles]`.
    pub(super) four_cliques: Vec<u64>,
    /// 5-cliques less an edge in which the node is one of the two that lack it: `[nodes]`.
    pub(super) almost_cliques: Vec<u64>,
    /// 5-cliques with the node: `[nodes]`.
    pub(super) five_cliques: Vec<u64>,
}

impl TriangleList {
    /// Lists the triangles and visits the cliques; `counts` holds the triangles of every edge.
    pub(super) fn new(index: &EdgeIndex, counts: &[u32]) -> Result<Self, CountError> {
        let mut starts = Vec::with_capacity(counts.len() + 1);
        starts.push(0);
        for &count in counts {
            starts.push(starts[starts.len() - 1] + count as usize);
        }
        let triangles = starts[counts.len()] / 3;
        if triangles > MAX_TRIANGLES {
            return Err(CountError::TooManyTriangles { got: triangles });
        }
        let wings = list_wings(index, &starts);
        let list = Self { starts, wings, four_cliques: vec![], almost_cliques: vec![], five_cliques: vec![] };
        Ok(list.with_cliques(index, triangles))
    }

    /// The triangles of an edge, apexes ascending.
    pub(super) fn wings(&self, edge: usize) -> &[Wing] {
        &self.wings[self.starts[edge]..self.starts[edge + 1]]
    }

    /// The triangles of an edge whose apex is above `node`.
    fn wings_above(&self, edge: usize, node: u32) -> &[Wing] {
        let wings = self.wings(edge);
        &wings[wings.partition_point(|wing| wing.apex <= node)..]
    }

    fn with_cliques(mut self, index: &EdgeIndex, triangles: usize) -> Self {
        let node_count = index.ranked.node_count();
        let four_cliques = Counters::new(triangles);
        let five_cliques = Counters::new(node_count);
        self.for_each_four_cliques_of_triangle(index, |nodes, triangle, found| {
            four_cliques.add(triangle, found.len() as u64);
            for clique in found {
                clique.others.into_iter().for_each(|other| four_cliques.add(other as usize, 1));
            }
            count_five_cliques(index, nodes, found, &five_cliques);
        });
        self.four_cliques = four_cliques.into_counts();
        self.five_cliques = five_cliques.into_counts();
        let almost_cliques = Counters::new(node_count);
        let others = |triangle: u32| self.four_cliques[triangle as usize] - 1;
        self.for_each_four_cliques_of_triangle(index, |[a, b, c], triangle, found| {
            for clique in found {
                let [abd, acd, bcd] = clique.others;
                almost_cliques.add(clique.highest as usize, others(triangle as u32));
                for (node, opposite) in [(c, abd), (b, acd), (a, bcd)] {
                    almost_cliques.add(node as usize, others(opposite));
                }
            }
        });
        self.almost_cliques = almost_cliques.into_counts();
        self
    }

    /// Calls `visit` with every triangle `a < b < c` that has 4-cliques above it, its number, and these.
    fn for_each_four_cliques_of_triangle(&self, index: &EdgeIndex, visit: impl Fn([u32; 3], usize, &[Highest]) + Sync) {
        parallel::for_each(index.len(), Vec::new, |found, base| {
            let [a, b] = index.ends[base];
            let above = self.wings_above(base, b);
            for (at, third) in above.iter().enumerate() {
                found.clear();
                let c = third.apex;
                let sides = [third.low_side, third.high_side].map(|side| self.wings_above(side as usize, c));
                meet(&above[at + 1..], sides[0], sides[1], found);
                if !found.is_empty() {
                    visit([a, b, c], third.triangle as usize, found);
                }
            }
        });
    }
}

/// The highest node of a 4-clique, over the triangle of the other three, abc.
struct Highest {
    highest: u32,
    /// Triangles abd, acd and bcd.
    others: [u32; 3],
}

/// Apexes that the wings of ab, ac and bc share.
fn meet(ab: &[Wing], mut ac: &[Wing], mut bc: &[Wing], found: &mut Vec<Highest>) {
    for wing in ab {
        ac = &ac[ac.iter().take_while(|other| other.apex < wing.apex).count()..];
        bc = &bc[bc.iter().take_while(|other| other.apex < wing.apex).count()..];
        match (ac.first(), bc.first()) {
            (Some(second), Some(third)) if second.apex == wing.apex && third.apex == wing.apex => {
                let others = [wing.triangle, second.triangle, third.triangle];
                found.push(Highest { highest: wing.apex, others });
            }
            (None, _) | (_, None) => return,
            _ => (),
        }
    }
}

/// 5-cliques over a triangle: two of its 4-cliques whose highest nodes are adjacent.
fn count_five_cliques(index: &EdgeIndex, nodes: [u32; 3], found: &[Highest], counts: &Counters) {
    for (at, fourth) in found.iter().enumerate() {
        let higher = index.ranked.higher(fourth.highest as usize);
        let fifths = found[at + 1..].iter().filter(|fifth| higher.binary_search(&fifth.highest).is_ok());
        for fifth in fifths {
            nodes.iter().chain([&fourth.highest, &fifth.highest]).for_each(|&node| counts.add(node as usize, 1));
        }
    }
}

fn list_wings(index: &EdgeIndex, starts: &[usize]) -> Vec<Wing> {
    let mut wings = vec![Wing::default(); starts[index.len()]];
    let mut next = starts.to_vec();
    let mut triangle = 0;
    // Triangles come up in ascending order of nodes, so that the apexes of every edge do.
    for low in 0..index.ranked.node_count() {
        index.for_each_triangle_above(low, |[a, b, c], [ab, ac, bc]| {
            for (edge, apex, low_side, high_side) in [(ab, c, ac, bc), (ac, b, ab, bc), (bc, a, ab, ac)] {
                wings[next[edge]] =
                    Wing { apex: apex as u32, low_side: low_side as u32, high_side: high_side as u32, triangle };
                next[edge] += 1;
            }
            triangle += 1;
        });
    }
    wings
}
