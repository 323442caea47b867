//! What hangs on the number of common neighbours of two nodes, adjacent or not: 5-cycles, K2,3 and the parts of wheels.
//!
//! Every node in turn is the *root*. With c(x) the number of its common neighbours with x, a 4-cycle is a pair of common
//! neighbours, a K2,3 three of them, and a 5-cycle an edge between the far ends of two paths of two steps.
//!
//! Work: the sum of squared degrees, the paths of three steps, and the diamonds. Nodes with one neighbour cost nothing.

use super::super::parallel::{self, WideCounters};
use super::edges::{EdgeCounts, EdgeIndex};
use super::four::{choose2, choose3};
use super::triangle_list::TriangleList;

/// Sums over the nodes x that a root reaches in two steps.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RootSums {
    /// Σ C(c, 2) (degree of x - 2): banners with the root opposite to the tail, and the chord allowed on the tail.
    pub(super) banners: i128,
    /// Σ C(c, 3): K2,3 with the root on the side of two.
    pub(super) two_sides: i128,
    /// Σ (c - 1) Σ t(ax) over common neighbours a: houses with the root on the floor, and roofs that fold back onto it.
    pub(super) floors: i128,
    /// Σ c(x) c(y) over ordered edges (x, y): twice the closed walks of five steps, degenerate ones included.
    pub(super) five_walks: i128,
    /// Clipped wheels with the root next to the clipped node: Σ δ (c - 2), δ diamonds between root and x.
    pub(super) clipped_sides: i128,
    /// Wheels with the root on the rim.
    pub(super) rims: i128,
}

/// Sums that a root adds to its neighbours.
pub(super) struct NearSums {
    /// Twice the K2,3 with the node on the side of three.
    pub(super) three_sides: Vec<i128>,
    /// Twice the diamonds between two neighbours of the node.
    pub(super) bridged: Vec<i128>,
    /// Twice the clipped wheels with the node on the chord.
    pub(super) chords: Vec<i128>,
    /// Four times the wheels with the node as their hub.
    pub(super) hubs: Vec<i128>,
}

/// Both kinds of sums, `[nodes]` each.
pub(super) fn count(index: &EdgeIndex, edges: &EdgeCounts, triangles: &TriangleList) -> (Vec<RootSums>, NearSums) {
    let node_count = index.ranked.node_count();
    let wide = || WideCounters::new(node_count);
    let near = Near { three_sides: wide(), bridged: wide(), chords: wide(), hubs: wide() };
    let roots = parallel::for_each(
        node_count,
        || Reach::new(node_count),
        |reach, root| {
            // A node with one neighbour has nothing in common with anyone twice, and is in no cycle.
            if index.ranked.degree(root) < 2 {
                return RootSums::default();
            }
            reach.walk(index, edges, root);
            let mut sums = reach.sum_over_ends(index, root);
            if reach.most_common > 2 {
                reach.spread_three_sides(index, root, &near);
            }
            reach.spread_diamonds(index, triangles, root, &near, &mut sums);
            reach.clear();
            sums
        },
    );
    let three_sides = near.three_sides.into_counts();
    let (bridged, chords, hubs) = (near.bridged.into_counts(), near.chords.into_counts(), near.hubs.into_counts());
    (roots, NearSums { three_sides, bridged, chords, hubs })
}

/// [`NearSums`] while roots add to them.
struct Near {
    three_sides: WideCounters,
    bridged: WideCounters,
    chords: WideCounters,
    hubs: WideCounters,
}

/// Scratch space of one root. All 0 outside the nodes listed.
struct Reach {
    /// Nodes at the end of two steps, the root left out.
    ends: Vec<u32>,
    /// Common neighbours of root and node: c, `[nodes]`.
    common: Vec<u32>,
    /// Σ t(ax) over these common neighbours a, `[nodes]`.
    triangles: Vec<u64>,
    /// Largest c.
    most_common: u32,
    /// Nodes at the other tip of a diamond whose tip is the root.
    tips: Vec<u32>,
    /// Twice the diamonds between root and node, `[nodes]`.
    diamonds: Vec<u64>,
    /// Diamonds between root and node with one end of the chord fixed, `[nodes]`.
    fan: Vec<u32>,
}

impl Reach {
    fn new(node_count: usize) -> Self {
        Self {
            ends: vec![],
            common: vec![0; node_count],
            triangles: vec![0; node_count],
            most_common: 0,
            tips: vec![],
            diamonds: vec![0; node_count],
            fan: vec![0; node_count],
        }
    }

    /// Takes every path of two steps from the root.
    fn walk(&mut self, index: &EdgeIndex, edges: &EdgeCounts, root: usize) {
        for (middle, _) in index.around(root) {
            for (end, edge) in index.around(middle).filter(|&(end, _)| end != root) {
                if self.common[end] == 0 {
                    self.ends.push(end as u32);
                }
                self.common[end] += 1;
                self.triangles[end] += u64::from(edges.triangles[edge]);
                self.most_common = self.most_common.max(self.common[end]);
            }
        }
    }

    fn sum_over_ends(&self, index: &EdgeIndex, root: usize) -> RootSums {
        let mut sums = RootSums::default();
        for &end in &self.ends {
            let common = self.common[end as usize];
            let third_steps = index.ranked.neighbours(end as usize).iter();
            let walks: u64 = third_steps.map(|&third| u64::from(self.common[third as usize])).sum();
            sums.five_walks += i128::from(common) * i128::from(walks);
            if common > 1 {
                let c = i128::from(common);
                sums.banners += choose2(c) * (i128::from(index.ranked.degree(end as usize)) - 2);
                sums.two_sides += choose3(c);
                sums.floors += (c - 1) * i128::from(self.triangles[end as usize]);
            }
        }
        debug_assert_eq!(self.common[root], 0, "no walk ends where it began");
        sums
    }

    /// Gives every neighbour a the pairs of further common neighbours of the root and another neighbour of a.
    fn spread_three_sides(&self, index: &EdgeIndex, root: usize, near: &Near) {
        for (middle, _) in index.around(root) {
            let others = index.ranked.neighbours(middle).iter().filter(|&&other| other as usize != root);
            let pairs = others.map(|&other| {
                let further = u128::from(self.common[other as usize] - 1);
                further * further.saturating_sub(1) / 2
            });
            near.three_sides.add(middle, pairs.sum());
        }
    }

    /// Takes every diamond that has the root as a tip: chord (hub, rim), other tip `tip`.
    fn spread_diamonds(
        &mut self,
        index: &EdgeIndex,
        triangles: &TriangleList,
        root: usize,
        near: &Near,
        sums: &mut RootSums,
    ) {
        for (hub, edge) in index.around(root) {
            let (mut wheels, mut clipped) = (0_u128, 0_u128);
            let first_fan = self.tips.len();
            for wing in triangles.wings(edge) {
                let chord = if root < hub { wing.high_side } else { wing.low_side };
                for tip in triangles.wings(chord as usize).iter().map(|wing| wing.apex as usize) {
                    if tip != root {
                        if self.fan[tip] == 0 {
                            self.tips.push(tip as u32);
                        }
                        wheels += u128::from(self.fan[tip]);
                        self.fan[tip] += 1;
                        clipped += u128::from(self.common[tip] - 2);
                    }
                }
            }
            // Tips of one hub are listed together; a tip may be listed again for another hub.
            for &tip in &self.tips[first_fan..] {
                self.diamonds[tip as usize] += u64::from(self.fan[tip as usize]);
                self.fan[tip as usize] = 0;
            }
            near.hubs.add(hub, wheels);
            near.chords.add(hub, clipped);
            sums.rims += wheels as i128;
        }
        self.sum_over_tips(index, root, near, sums);
    }

    fn sum_over_tips(&mut self, index: &EdgeIndex, root: usize, near: &Near, sums: &mut RootSums) {
        if self.tips.is_empty() {
            return;
        }
        for (middle, _) in index.around(root) {
            let others = index.ranked.neighbours(middle).iter();
            let diamonds: u128 = others.map(|&other| u128::from(self.diamonds[other as usize] / 2)).sum();
            near.bridged.add(middle, diamonds);
        }
        for tip in self.tips.drain(..) {
            // Taken out, so that a tip that is listed twice counts once.
            let diamonds = std::mem::take(&mut self.diamonds[tip as usize]) / 2;
            sums.clipped_sides += i128::from(diamonds) * (i128::from(self.common[tip as usize]) - 2);
        }
    }

    fn clear(&mut self) {
        for end in self.ends.drain(..) {
            self.common[end as usize] = 0;
            self.triangles[end as usize] = 0;
        }
        self.most_common = 0;
    }
}
