//! Orbits of up to four nodes, of nodes and of edges, as sums over what [`EdgeCounts`] holds.
//!
//! For a node v with degree d in T triangles, and its neighbours a on edges in t triangles each, the non-induced counts are
//! sums over a. A path of four that starts at v, for example, goes on from some a as a wedge that starts there and avoids v:
//! n₁(a) - (d - 1) - t of them.

use super::super::parallel;
use super::edges::{EdgeCounts, EdgeIndex};

/// Number of node orbits of graphlets of up to four nodes.
pub(super) const NODE_ORBITS: usize = 15;
/// Number of edge orbits of graphlets of up to four nodes.
pub(super) const EDGE_ORBITS: usize = 12;

/// `C(count, 2)` for any whole number.
pub(super) fn choose2(count: i128) -> i128 {
    count * (count - 1) / 2
}

/// `C(count, 3)` for any whole number.
pub(super) fn choose3(count: i128) -> i128 {
    count * (count - 1) * (count - 2) / 6
}

/// Non-induced counts of every node by orbit, `[nodes, 15]`, in the order of ranks.
pub(super) fn of_nodes(index: &EdgeIndex, edges: &EdgeCounts) -> Vec<[i128; NODE_ORBITS]> {
    let node_count = index.ranked.node_count();
    let degree = |node: usize| i128::from(index.ranked.degree(node));
    let wedges_and_triangles: Vec<(i128, i128)> = parallel::for_each(
        node_count,
        || (),
        |(), node| {
            let wedges = index.ranked.neighbours(node).iter().map(|&near| degree(near as usize) - 1).sum();
            let triangles: u64 =
                index.edges_of(node).iter().map(|&edge| u64::from(edges.triangles[edge as usize])).sum();
            (wedges, i128::from(triangles / 2))
        },
    );
    parallel::for_each(
        node_count,
        || (),
        |(), node| {
            let d = degree(node);
            let (wedges, triangles) = wedges_and_triangles[node];
            let mut n = [0; NODE_ORBITS];
            (n[0], n[1], n[2], n[3]) = (d, wedges, choose2(d), triangles);
            let mut rim_diamonds = 0;
            for (near, edge) in index.around(node) {
                let (d_near, t) = (degree(near), i128::from(edges.triangles[edge]));
                let (near_wedges, near_triangles) = wedges_and_triangles[near];
                n[4] += near_wedges - (d - 1) - t;
                n[5] += (d - 1) * (d_near - 1) - t;
                n[6] += choose2(d_near - 1);
                n[8] += i128::from(edges.four_cycles[edge]);
                n[9] += near_triangles - t;
                n[10] += t * (d_near - 2);
                n[13] += choose2(t);
                n[14] += i128::from(edges.four_cliques[edge]);
                rim_diamonds += i128::from(edges.diamonds[edge]);
            }
            n[7] = choose3(d);
            n[8] /= 2;
            n[11] = triangles * (d - 2);
            // An edge on the rim has v as a tip or as an end of the chord; either way the node has two such edges.
            n[12] = rim_diamonds / 2 - n[13];
            n[14] /= 3;
            n
        },
    )
}

/// Non-induced counts of every edge by edge orbit, `[edges, 12]`.
pub(super) fn of_edges(
    index: &EdgeIndex,
    edges: &EdgeCounts,
    nodes: &[[i128; NODE_ORBITS]],
) -> Vec<[i128; EDGE_ORBITS]> {
    parallel::for_each(
        index.len(),
        || (),
        |(), edge| {
            let [left, right] = index.ends[edge].map(|node| &nodes[node as usize]);
            let (d, e, t) = (left[0] - 1, right[0] - 1, i128::from(edges.triangles[edge]));
            [
                d + e,
                t,
                (left[1] - e - t) + (right[1] - d - t),
                d * e - t,
                choose2(d) + choose2(e),
                i128::from(edges.four_cycles[edge]),
                left[3] + right[3] - 2 * t,
                i128::from(edges.paws[edge]),
                t * (d + e - 2),
                i128::from(edges.diamonds[edge]),
                choose2(t),
                i128::from(edges.four_cliques[edge]),
            ]
        },
    )
}
