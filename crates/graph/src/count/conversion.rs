//! From counts of graphlets with any further edges among their nodes (*non-induced*) to counts without (*induced*), and back.
//!
//! Every occurrence of a graphlet on some nodes is part of exactly one induced graphlet on the same nodes. So the non-induced
//! count of a graphlet g is the sum over graphlets h of (how often g spans h) x (induced count of h), and likewise for orbits
//! of nodes and of edges. Graphlets that g spans have more edges than g, which makes the system triangular with ones on its
//! diagonal: exact in whole numbers.

use std::sync::LazyLock;

use super::GRAPHLETS;
use super::classes::{Class, classes, shape};
use super::graphlet::GraphletSize;

/// Node orbits of the ends of each edge orbit of up to four nodes, by number: wedge, triangle, ends and middle of the 4-path,
/// 3-star, 4-cycle, tail, base and sides of the paw, rim and chord of the diamond, 4-clique.
pub(super) const EDGE_ORBITS: [(usize, usize); 12] =
    [(1, 2), (3, 3), (4, 5), (5, 5), (6, 7), (8, 8), (9, 11), (10, 10), (10, 11), (12, 13), (13, 13), (14, 14)];

/// A triangular system between counts of one kind.
#[derive(Debug)]
pub(super) struct Conversion {
    /// For every count: the counts of richer graphlets that it is contained in, and how often.
    above: Vec<Vec<(usize, i128)>>,
    /// Counts with the richest graphlets first.
    order: Vec<usize>,
}

/// Between counts of graphlets, by number.
pub(super) static OF_GRAPHLETS: LazyLock<Conversion> = LazyLock::new(|| {
    let graphlet_of: Vec<usize> = (0..GRAPHLETS.len()).collect();
    Conversion::new(&graphlet_of, |inner, outer, _, found| found(inner.graphlet, outer.graphlet, 1))
});

/// Between counts of node orbits.
pub(super) static OF_NODES: LazyLock<Conversion> = LazyLock::new(|| {
    let graphlet_of: Vec<usize> = (0..73).map(graphlet_with_orbit).collect();
    Conversion::new(&graphlet_of, |inner, outer, _, found| {
        let outer_orbits = GRAPHLETS[outer.graphlet].orbits;
        for (&from, &to) in inner.orbits.iter().zip(&outer.orbits).take(outer_orbits.len()) {
            found(from, to, outer_orbits.iter().filter(|&&orbit| orbit == to).count());
        }
    })
});

/// Between counts of edge orbits of up to four nodes.
pub(super) static OF_EDGES: LazyLock<Conversion> = LazyLock::new(|| {
    let graphlet_of: Vec<usize> = EDGE_ORBITS.iter().map(|&(left, _)| graphlet_with_orbit(left)).collect();
    Conversion::new(&graphlet_of, |inner, outer, edges, found| {
        let outer_orbits: Vec<_> = edges.outer.iter().map(|&edge| edge_orbit(outer, edge)).collect();
        for &edge in &edges.inner {
            if let (Some(from), Some(to)) = (edge_orbit(inner, edge), edge_orbit(outer, edge)) {
                found(from, to, outer_orbits.iter().filter(|&&orbit| orbit == Some(to)).count());
            }
        }
    })
});

/// Edges of a spanning subgraph and of the graphlet that it spans.
struct Edges {
    inner: Vec<(usize, usize)>,
    outer: Vec<(usize, usize)>,
}

impl Conversion {
    /// `relate` gets every connected spanning subgraph of every graphlet of three nodes and more, and reports pairs of counts
    /// (of the subgraph, of the graphlet) with the number of equivalent places in the graphlet at which the pair is reported.
    fn new(
        graphlet_of: &[usize],
        relate: impl Fn(&Class, &Class, &Edges, &mut dyn FnMut(usize, usize, usize)),
    ) -> Self {
        let counts = graphlet_of.len();
        let mut reported = vec![vec![(0, 1); counts]; counts];
        for size in GraphletSize::ALL {
            for_each_spanning(size, |inner, outer, edges| {
                relate(inner, outer, edges, &mut |from, to, places| {
                    reported[from][to] = (reported[from][to].0 + 1, places);
                });
            });
        }
        let above = reported.iter().enumerate().map(|(from, row)| {
            let contained = row.iter().enumerate().filter(|&(to, &(times, _))| to != from && times > 0);
            contained.map(|(to, &(times, places))| (to, (times / places) as i128)).collect()
        });
        let above = above.collect();
        let mut order: Vec<usize> = (0..counts).collect();
        order.sort_by_key(|&count| std::cmp::Reverse(GRAPHLETS[graphlet_of[count]].edges.len()));
        Self { above, order }
    }

    /// Turns non-induced counts into induced ones. A prefix that ends with a size of graphlets is enough.
    pub(super) fn to_induced(&self, counts: &mut [i128]) {
        let len = counts.len();
        for &at in self.order.iter().filter(|&&at| at < len) {
            let richer: i128 = self.above[at].iter().map(|&(other, times)| times * counts[other]).sum();
            counts[at] -= richer;
        }
    }

    /// Turns induced counts into non-induced ones. A prefix that ends with a size of graphlets is enough.
    pub(super) fn to_non_induced(&self, counts: &mut [i128]) {
        let len = counts.len();
        for &at in self.order.iter().rev().filter(|&&at| at < len) {
            let richer: i128 = self.above[at].iter().map(|&(other, times)| times * counts[other]).sum();
            counts[at] += richer;
        }
    }
}

/// Calls `visit` with every connected subgraph that spans a graphlet of this size.
fn for_each_spanning(size: GraphletSize, mut visit: impl FnMut(&Class, &Class, &Edges)) {
    let positions: Vec<usize> = (0..size.nodes()).collect();
    let class_of = |edges: &[(usize, usize)]| classes(size)[shape(edges, &positions)];
    for graphlet in size.graphlets() {
        for chosen in 0_usize..1 << graphlet.edges.len() {
            let kept = graphlet.edges.iter().enumerate().filter(|&(at, _)| chosen >> at & 1 == 1);
            let edges = Edges { inner: kept.map(|(_, &edge)| edge).collect(), outer: graphlet.edges.to_vec() };
            if let (Some(inner), Some(outer)) = (class_of(&edges.inner), class_of(&edges.outer)) {
                visit(&inner, &outer, &edges);
            }
        }
    }
}

fn graphlet_with_orbit(orbit: usize) -> usize {
    GRAPHLETS.iter().position(|graphlet| graphlet.orbit_range().contains(&orbit)).unwrap_or_default()
}

/// Number of an edge's orbit; `None` for graphlets of five nodes.
fn edge_orbit(class: &Class, (left, right): (usize, usize)) -> Option<usize> {
    let (left, right) = (class.orbits[left], class.orbits[right]);
    EDGE_ORBITS.iter().position(|&orbits| orbits == (left.min(right), left.max(right)))
}
