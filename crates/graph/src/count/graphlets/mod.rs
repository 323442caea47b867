//! Graphlets of whole graphs: how often each node and each edge takes each role in a connected pattern of up to five nodes,
//! and how often each pattern occurs in total. Exact, in parallel, the same for any number of threads.
//!
//! No pattern is enumerated beyond 5-cliques, 4-cliques and diamonds: counts with further edges allowed are sums over nodes, edges
//! and triangles, and a triangular system turns them into induced counts.
//!
//! Up to four nodes the work is O(m·d) for m edges and degeneracy d, so that hubs of any degree are cheap, and memory is O(n + m).
//! With five it is the sum of squared degrees, the paths of three steps and the diamonds, nodes with one neighbour left out; a
//! million neighbours of a hub that have others too cost 10¹² steps. Memory is then O(n + m + triangles), and more than [`MAX_TRIANGLES`] are refused.
//!
//! ```
//! use ssl4rl_graph::count::{GraphletSize, edge_orbits, graphlet_totals, node_orbits};
//! use ssl4rl_graph::generate;
//!
//! let grid = generate::from_spec("grid:rows=3,columns=3", 1).unwrap().unwrap();
//! let orbits = node_orbits(&grid, GraphletSize::Five).unwrap(); // [9, 73]
//! let most_squares = orbits.rows().map(|counts| counts[8]).max();
//! assert_eq!(most_squares, Some(4)); // orbit 8: the 4-cycle; the node in the middle is in all four
//!
//! let totals = graphlet_totals(&grid, GraphletSize::Four).unwrap();
//! assert_eq!(totals.named("4-cycle"), Some(4));
//! assert_eq!(totals.to_non_induced().named("4-path"), Some(totals.named("4-path").unwrap() + 4 * 4));
//!
//! let edges = edge_orbits(&grid).unwrap(); // [12, 12]
//! assert_eq!(edges.rows().map(|counts| counts[5]).sum::<u64>(), 16); // edges of 4-cycles
//! ```

mod edges;
mod five;
mod four;
mod totals;
mod triangle_list;
mod two_steps;

use edges::{EdgeCounts, EdgeIndex};
use rayon::prelude::*;
pub use totals::GraphletTotals;
use triangle_list::TriangleList;

use super::conversion::{OF_EDGES, OF_NODES};
use super::graphlet::{GRAPHLETS, GraphletSize};
use super::oriented::Oriented;
use super::parallel::WideCounters;
use crate::{Graph, Node};

/// Most triangles of a graph whose graphlets of five nodes are counted: the list of them takes 56 bytes each.
pub const MAX_TRIANGLES: usize = 1 << 27;

/// Induced counts by orbit, a row for every node or edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orbits {
    columns: usize,
    counts: Vec<u64>,
}

impl Orbits {
    /// Number of orbits.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The counts of one node or edge by orbit; empty outside the graph.
    pub fn of(&self, at: usize) -> &[u64] {
        self.counts.get(at * self.columns..(at + 1) * self.columns).unwrap_or_default()
    }

    /// The counts of every node or edge, in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[u64]> {
        self.counts.chunks_exact(self.columns)
    }

    /// The sum of every orbit over all rows.
    pub fn sums(&self) -> Vec<u128> {
        let mut sums = vec![0; self.columns];
        for row in self.rows() {
            sums.iter_mut().zip(row).for_each(|(sum, &count)| *sum += u128::from(count));
        }
        sums
    }
}

/// How often each node takes each role in an induced graphlet of up to `size` nodes: `[nodes, 4]`, `[nodes, 15]` or
/// `[nodes, 73]`, orbits numbered as in [`GRAPHLETS`].
///
/// Fails where a count does not fit into 64 bits, which takes a node of degree 140,000, and where there are too many triangles.
pub fn node_orbits(graph: &Graph, size: GraphletSize) -> Result<Orbits, CountError> {
    let columns = size.orbit_count();
    let ranked = Oriented::new(graph);
    let by_rank = for_each_node(&ranked, size, narrow)?;
    let mut counts = vec![0; graph.node_count() * columns];
    for (rank, row) in by_rank.into_iter().enumerate() {
        let node = ranked.original(rank);
        let row = row.map_err(|(orbit, count)| too_large(format!("node {node}"), orbit, count))?;
        counts[node as usize * columns..][..columns].copy_from_slice(&row);
    }
    Ok(Orbits { columns, counts })
}

/// How often each pair of adjacent nodes takes each role in an induced graphlet of three or four nodes: `[pairs, 12]`.
///
/// Pairs ascend, the smaller node first; in a graph without relations, directions and self loops they are its
/// [`edges`](Graph::edges). Roles, by number: wedge; triangle; end and middle of the 4-path; 3-star; 4-cycle; tail, edge opposite to it and
/// sides of the paw; rim and chord of the diamond; 4-clique. For five nodes there is
/// [`SmallGraph::motifs_at_edge`](super::SmallGraph::motifs_at_edge).
pub fn edge_orbits(graph: &Graph) -> Result<Orbits, CountError> {
    let columns = four::EDGE_ORBITS;
    let ranked = Oriented::new(graph);
    let index = EdgeIndex::new(&ranked);
    let edges = EdgeCounts::new(&index);
    let nodes = four::of_nodes(&index, &edges);
    let mut rows: Vec<((Node, Node), [i128; four::EDGE_ORBITS])> = four::of_edges(&index, &edges, &nodes)
        .into_iter()
        .zip(&index.ends)
        .map(|(counts, ends)| {
            let [left, right] = ends.map(|rank| ranked.original(rank as usize));
            ((left.min(right), left.max(right)), counts)
        })
        .collect();
    rows.par_sort_unstable_by_key(|row| row.0);
    let mut counts = Vec::with_capacity(rows.len() * columns);
    for ((left, right), mut row) in rows {
        OF_EDGES.to_induced(&mut row);
        let row = narrow(&row).map_err(|(orbit, count)| too_large(format!("edge {left}-{right}"), orbit, count))?;
        counts.extend(row);
    }
    Ok(Orbits { columns, counts })
}

/// How often each graphlet of two to `size` nodes occurs as an induced subgraph. Sums have 128 bits and do not overflow.
pub fn graphlet_totals(graph: &Graph, size: GraphletSize) -> Result<GraphletTotals, CountError> {
    let graphlets = &GRAPHLETS[..size.numbers().end];
    let sums = WideCounters::new(graphlets.len());
    for_each_node(&Oriented::new(graph), size, |counts| {
        for graphlet in graphlets {
            sums.add(graphlet.number, counts[graphlet.orbits[0]] as u128);
        }
    })?;
    // Nodes of the first orbit stand for the graphlet: an occurrence is counted once for each of them.
    let counts = graphlets.iter().zip(sums.into_counts()).map(|(graphlet, sum)| {
        let first = graphlet.orbits[0];
        sum as u128 / graphlet.orbits.iter().filter(|&&orbit| orbit == first).count() as u128
    });
    Ok(GraphletTotals::new(counts.collect()))
}

/// `visit` of the induced counts of every node, in the order of ranks.
fn for_each_node<Found: Send>(
    ranked: &Oriented,
    size: GraphletSize,
    visit: impl Fn(&[i128]) -> Found + Sync,
) -> Result<Vec<Found>, CountError> {
    let index = EdgeIndex::new(ranked);
    let edges = EdgeCounts::new(&index);
    let nodes = four::of_nodes(&index, &edges);
    if size < GraphletSize::Five {
        let induced = |counts: &[i128; four::NODE_ORBITS]| {
            let mut counts = *counts;
            OF_NODES.to_induced(&mut counts);
            visit(&counts[..size.orbit_count()])
        };
        return Ok(nodes.par_iter().map(induced).collect());
    }
    let triangles = TriangleList::new(&index, &edges.triangles)?;
    let parts = five::Parts::new(&index, &edges, &nodes, triangles);
    Ok(parts.for_each_node(|_, mut counts| {
        OF_NODES.to_induced(&mut counts);
        visit(&counts)
    }))
}

/// The counts in 64 bits, or the first that does not fit.
fn narrow(counts: &[i128]) -> Result<Vec<u64>, (usize, i128)> {
    counts.iter().enumerate().map(|(orbit, &count)| u64::try_from(count).map_err(|_| (orbit, count))).collect()
}

fn too_large(place: String, orbit: usize, count: i128) -> CountError {
    CountError::TooLarge { place, orbit, count }
}

/// Why graphlets cannot be counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CountError {
    /// A count needs more than 64 bits.
    #[error(
        "{place} is {count} times in orbit {orbit}, more than 64 bits hold; count fewer nodes at once, or totals, or remove the hub"
    )]
    TooLarge {
        /// Node or edge.
        place: String,
        /// The orbit.
        orbit: usize,
        /// The count.
        count: i128,
    },
    /// The list of triangles would not fit into memory.
    #[error(
        "{got} triangles: at most {MAX_TRIANGLES} are listed; count graphlets of four nodes, or those of a sample of the graph"
    )]
    TooManyTriangles {
        /// Number of triangles.
        got: usize,
    },
}
