//! Orbits of five nodes: non-induced counts of every node, from what was counted for its neighbours, edges and triangles.
//!
//! Most graphlets of five nodes fall apart into smaller ones at a node, an edge or a triangle. Their count is a product of
//! counts of the parts, less the cases in which the parts overlap, and these are smaller graphlets again. A butterfly, for
//! example, is two triangles at a node that share no edge: C(T, 2) of them less the diamonds on whose chord the node is.
//! What does not fall apart comes from [`two_steps`](super::two_steps) and [`TriangleList`].
//!
//! In the formulas v is the node, d its degree, T its triangles, nᵢ its non-induced count of orbit i; a is a neighbour and t,
//! k the triangles and 4-cliques on the edge va; b is a further neighbour of both.

use super::super::parallel;
use super::edges::{EdgeCounts, EdgeIndex};
use super::four::{self, choose2, choose3};
use super::triangle_list::TriangleList;
use super::two_steps::{self, NearSums, RootSums};

/// Number of node orbits of graphlets of up to five nodes.
pub(super) const NODE_ORBITS: usize = 73;

type Counts = [i128; NODE_ORBITS];

/// Everything that the counts of a node are made of.
pub(super) struct Parts<'graph> {
    index: &'graph EdgeIndex<'graph>,
    edges: &'graph EdgeCounts,
    nodes: &'graph [[i128; four::NODE_ORBITS]],
    triangles: TriangleList,
    roots: Vec<RootSums>,
    near: NearSums,
}

impl<'graph> Parts<'graph> {
    /// Counts what does not fall apart.
    pub(super) fn new(
        index: &'graph EdgeIndex<'graph>,
        edges: &'graph EdgeCounts,
        nodes: &'graph [[i128; four::NODE_ORBITS]],
        triangles: TriangleList,
    ) -> Self {
        let (roots, near) = two_steps::count(index, edges, &triangles);
        Self { index, edges, nodes, triangles, roots, near }
    }

    /// `visit` of the non-induced counts of every node by orbit, in the order of ranks.
    pub(super) fn for_each_node<Found: Send>(&self, visit: impl Fn(usize, Counts) -> Found + Sync) -> Vec<Found> {
        parallel::for_each(self.nodes.len(), || (), |(), node| visit(node, self.of_node(node)))
    }

    fn of_node(&self, node: usize) -> Counts {
        let mut n = [0; NODE_ORBITS];
        n[..four::NODE_ORBITS].copy_from_slice(&self.nodes[node]);
        for (near, edge) in self.index.around(node) {
            self.add_trees(&mut n, near, edge);
            self.add_near_cycles(&mut n, near, edge);
            self.add_near_diamonds(&mut n, near, edge);
        }
        self.add_over_triangles(&mut n, node);
        finish_trees(&mut n);
        finish_cycles(&mut n);
        finish_diamonds(&mut n);
        self.add_undivided(&mut n, node);
        n
    }

    /// Terms of paths, forks and stars.
    fn add_trees(&self, n: &mut Counts, near: usize, edge: usize) {
        let (d, wedges) = (n[0], n[1]);
        let (a, t) = (&self.nodes[near], i128::from(self.edges.triangles[edge]));
        let (d_a, cycles) = (a[0], i128::from(self.edges.four_cycles[edge]));
        // 4-paths from a, less those with v as second, third or last node.
        n[15] += a[4] - (wedges - d_a + 1 - t) - t * (d - 2) - cycles;
        n[18] += a[6] - choose2(d - 1);
        n[19] += (d_a - 2) * (a[1] - d + 1 - t) - 2 * (a[3] - t);
        n[20] += (d - 1 - t) * choose2(d_a - 1) + t * choose2(d_a - 2);
        n[22] += choose3(d_a - 1);
    }

    /// Terms of graphlets with one triangle, one 4-cycle, or two that share a node or an edge.
    fn add_near_cycles(&self, n: &mut Counts, near: usize, edge: usize) {
        let d = n[0];
        let (a, t) = (&self.nodes[near], i128::from(self.edges.triangles[edge]));
        let (d_a, cycles) = (a[0], i128::from(self.edges.four_cycles[edge]));
        n[24] += a[10];
        n[26] += t * ((d - 2) * (d_a - 2) - (t - 1));
        n[27] += a[9];
        n[29] += t * (a[1] - d + 2 - t);
        n[30] -= t * (d_a + t - 2);
        n[31] += (a[3] - t) * (d_a - 3);
        n[32] += t * choose2(d_a - 2);
        n[35] += a[8];
        n[37] += cycles * (d_a - 2);
        n[43] += t * (a[3] - t + 1);
        n[53] += t * cycles;
    }

    /// Terms of graphlets around a diamond or a 4-clique.
    fn add_near_diamonds(&self, n: &mut Counts, near: usize, edge: usize) {
        let (a, t) = (&self.nodes[near], i128::from(self.edges.triangles[edge]));
        let (d_a, k) = (a[0], i128::from(self.edges.four_cliques[edge]));
        n[39] += a[13];
        n[41] += choose2(t) * (d_a - 3);
        n[45] += a[12];
        n[48] += (t - 1) * i128::from(self.edges.paws[edge]);
        n[55] += choose3(t);
        n[56] += a[14] - k;
        n[57] += k * (d_a - 3);
        n[67] += k * (t - 2);
    }

    /// Terms of every triangle vab, from the edge ab opposite. Every triangle comes up twice, with a and b exchanged.
    fn add_over_triangles(&self, n: &mut Counts, node: usize) {
        let d = n[0];
        let [mut bull, mut kite, mut roof, mut page, mut gem_end, mut gem_middle, mut apex] = [0; 7];
        let [mut ear, mut far_corner, mut shared] = [0; 3];
        for (near, edge) in self.index.around(node) {
            let (d_a, t_a) = (self.nodes[near][0], i128::from(self.edges.triangles[edge]));
            for wing in self.triangles.wings(edge) {
                let (opposite, beside) =
                    if node < near { (wing.high_side, wing.low_side) } else { (wing.low_side, wing.high_side) };
                let (opposite, beside) = (opposite as usize, beside as usize);
                let (d_b, t_b) = (self.nodes[wing.apex as usize][0], i128::from(self.edges.triangles[beside]));
                let t_o = i128::from(self.edges.triangles[opposite]);
                let k = i128::from(self.triangles.four_cliques[wing.triangle as usize]);
                bull += (d_a - 2) * (d_b - 2) - (t_o - 1);
                n[40] += (t_o - 1) * (d_a - 3);
                kite += i128::from(self.edges.paws[opposite]) - (d - 2);
                roof += i128::from(self.edges.four_cycles[opposite]);
                page += choose2(t_o - 1);
                gem_end += i128::from(self.edges.diamonds[opposite]);
                gem_middle += (t_o - 1) * (t_a + t_b - 2);
                apex += (t_a - 1) * (t_b - 1);
                ear += i128::from(self.edges.four_cliques[opposite]);
                far_corner += k * (t_o - 2);
                shared += choose2(k);
            }
        }
        let sums = [(25, bull), (46, kite), (52, roof), (54, page), (59, gem_end), (60, gem_middle), (61, apex)];
        for (orbit, twice) in sums.into_iter().chain([(65, ear), (66, far_corner), (71, shared)]) {
            n[orbit] += twice / 2;
        }
    }

    /// What does not fall apart.
    fn add_undivided(&self, n: &mut Counts, node: usize) {
        let root = &self.roots[node];
        if n[0] > 1 {
            n[34] = root.five_walks / 2 - n[9] - n[10] - n[3];
        }
        n[36] = root.banners - n[13];
        n[49] = self.near.three_sides[node] / 2;
        n[50] = root.two_sides;
        n[51] = root.floors - 2 * n[13] - 2 * n[12];
        n[62] = self.near.bridged[node] / 2 - n[13];
        n[63] = root.clipped_sides;
        n[64] = self.near.chords[node] / 2;
        n[68] = root.rims;
        n[69] = self.near.hubs[node] / 4;
        n[70] = i128::from(self.triangles.almost_cliques[node]);
        n[72] = i128::from(self.triangles.five_cliques[node]);
    }
}

/// What does not depend on single neighbours, and overlaps: paths, forks and stars.
fn finish_trees(n: &mut Counts) {
    let (d, wedges, triangles) = (n[0], n[1], n[3]);
    n[16] = (d - 1) * n[4] - n[10] - 2 * n[8];
    n[17] = choose2(wedges) - n[6] - n[8] - n[10] - triangles;
    n[18] -= n[10];
    n[21] = (wedges - 2 * triangles) * choose2(d - 1) + 2 * triangles * choose2(d - 2);
    n[23] = choose3(d) * (d - 3) / 4;
}

/// The same for graphlets with one triangle, one 4-cycle, or two that share a node or an edge.
fn finish_cycles(n: &mut Counts) {
    let (d, wedges, triangles) = (n[0], n[1], n[3]);
    n[24] -= 2 * n[11] + 2 * n[12] + n[10];
    n[27] -= (d - 2) * triangles + 2 * n[13];
    n[28] = (d - 1) * n[9] - 2 * n[12];
    n[29] -= n[10] + 2 * n[12] + 2 * triangles;
    n[30] += triangles * wedges;
    n[33] = triangles * choose2(d - 2);
    n[35] -= 2 * n[8] + n[13];
    n[37] -= 2 * n[12];
    n[38] = n[8] * (d - 2) - n[13];
    n[43] -= 2 * n[12] + 2 * triangles;
    n[44] = choose2(triangles) - n[13];
    n[52] -= 2 * n[13];
    n[53] -= 2 * n[13] + 2 * n[12];
}

/// The same for graphlets around a diamond or a 4-clique.
fn finish_diamonds(n: &mut Counts) {
    let d = n[0];
    n[39] -= n[13] + 2 * n[12];
    n[42] = n[13] * (d - 3);
    n[45] -= 2 * n[13] + 3 * n[14];
    n[46] -= 3 * n[14];
    n[47] = n[12] * (d - 2) - 3 * n[14];
    n[48] -= 6 * n[14];
    n[58] = n[14] * (d - 3);
    n[59] -= 2 * n[13] + 6 * n[14];
    n[60] -= 6 * n[14];
    n[61] -= 3 * n[14];
    n[65] -= 3 * n[14];
}
