//! PageRank: where a walker is who follows a random edge most of the time and otherwise starts anew anywhere.

use rayon::prelude::*;

use crate::{Direction, Graph, Node};

/// Rows worth a thread.
const ROWS_PER_THREAD: usize = 4096;

/// Settings of [`PageRank::of`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageRank {
    /// Probability of following an edge, from 0 up to but not including 1.
    pub damping: f64,
    /// Stop when one more step of the walk would change all ranks together by less.
    pub tolerance: f64,
    /// Stop after so many rounds at the latest.
    pub max_rounds: usize,
}

impl Default for PageRank {
    /// 0.85, 10⁻¹⁰ and 1,000.
    fn default() -> Self {
        Self { damping: 0.85, tolerance: 1e-10, max_rounds: 1000 }
    }
}

impl PageRank {
    /// The rank of every node; ranks sum to 1. Edges of a directed graph are followed forwards, parallel ones count once,
    /// and a node without a way out leads anywhere. O(n + m) a round.
    pub fn of(self, graph: &Graph) -> Vec<f64> {
        match graph.direction() {
            Direction::Undirected => self.of_undirected(graph),
            Direction::Directed => self.of_directed(graph),
        }
    }

    /// Walks on until ranks hardly change.
    fn of_directed(self, graph: &Graph) -> Vec<f64> {
        let node_count = graph.node_count();
        let ways = Ways::new(graph);
        let mut ranks = vec![1.0 / node_count as f64; node_count];
        for _ in 0..self.max_rounds {
            let shares: Vec<f64> = ranks.iter().zip(&ways.out_degree).map(|(rank, &out)| rank / out.max(1.0)).collect();
            let stuck: f64 =
                ranks.iter().zip(&ways.out_degree).filter(|&(_, &out)| out == 0.0).map(|(rank, _)| rank).sum();
            let anywhere = (1.0 - self.damping + self.damping * stuck) / node_count as f64;
            let next: Vec<f64> = (0..node_count)
                .into_par_iter()
                .with_min_len(1024)
                .map(|node| {
                    let arriving: f64 = ways.sources_of(node).iter().map(|&from| shares[from as usize]).sum();
                    anywhere + self.damping * arriving
                })
                .collect();
            let change: f64 = ranks.iter().zip(&next).map(|(old, new)| (old - new).abs()).sum();
            ranks = next;
            if change < self.tolerance {
                break;
            }
        }
        ranks
    }

    /// Where every edge leads both ways, ranks solve a symmetric system of equations, in a fifth of the rounds.
    ///
    /// With degrees D, adjacency A and damping c, the shares s that nodes hand to each neighbour solve (D - cA) s = a, where a
    /// is what every node gets without an edge, and ranks are D s. The method of conjugate gradients finds them, with D for a
    /// preconditioner. What is left of the right side is by how much one more step of the walk would change each rank.
    fn of_undirected(self, graph: &Graph) -> Vec<f64> {
        let rows = Rows::new(graph);
        let degrees = &rows.degrees;
        let inverse: Vec<f64> = degrees.iter().map(|&degree| if degree > 0.0 { 1.0 / degree } else { 0.0 }).collect();
        let lonely = degrees.iter().filter(|&&degree| degree == 0.0).count() as f64;
        let ends: f64 = degrees.iter().sum();
        let anywhere = (1.0 - self.damping) / (degrees.len() as f64 - self.damping * lonely);
        // To begin with, nodes have ranks by their degrees.
        let first_share = (1.0 - anywhere * lonely) / ends;
        let mut shares = vec![first_share; degrees.len()];
        let left_of =
            |&degree: &f64| if degree > 0.0 { anywhere - (1.0 - self.damping) * first_share * degree } else { 0.0 };
        let mut left: Vec<f64> = degrees.iter().map(left_of).collect();
        let mut correction: Vec<f64> = left.iter().zip(&inverse).map(|(left, inverse)| left * inverse).collect();
        let mut heading = correction.clone();
        let mut slope = product(&left, &correction);
        for _ in 0..self.max_rounds {
            // At least the sum of what is left, by the inequality of Cauchy and Schwarz.
            let change = (slope * ends).sqrt();
            if change < self.tolerance || slope < f64::MIN_POSITIVE {
                break;
            }
            let image = rows.image(self.damping, &heading);
            let step = slope / product(&heading, &image);
            advance(&mut shares, step, &heading);
            advance(&mut left, -step, &image);
            correction.iter_mut().zip(&left).zip(&inverse).for_each(|((to, left), inverse)| *to = left * inverse);
            let new_slope = product(&left, &correction);
            let kept = new_slope / slope;
            heading.iter_mut().zip(&correction).for_each(|(heading, new)| *heading = new + kept * *heading);
            slope = new_slope;
        }
        let rank = |(&share, &degree): (&f64, &f64)| if degree > 0.0 { share * degree } else { anywhere };
        let mut ranks = vec![0.0; degrees.len()];
        for (&node, of_row) in rows.nodes.iter().zip(shares.iter().zip(degrees)) {
            ranks[node as usize] = rank(of_row);
        }
        ranks
    }
}

/// The adjacency of an undirected graph with rows of one length side by side, so that a processor knows where each ends.
struct Rows {
    /// Node of each row, by ascending degree.
    nodes: Vec<Node>,
    degrees: Vec<f64>,
    /// Where each row starts, and where the last one ends: `[nodes + 1]`.
    starts: Vec<usize>,
    /// Rows of neighbours.
    neighbours: Vec<u32>,
}

impl Rows {
    fn new(graph: &Graph) -> Self {
        let degree_of = graph.degrees();
        let mut nodes: Vec<Node> = (0..degree_of.len() as Node).collect();
        nodes.sort_unstable_by_key(|&node| u64::from(degree_of[node as usize]) << 32 | u64::from(node));
        let mut row_of = vec![0; nodes.len()];
        nodes.iter().enumerate().for_each(|(row, &node)| row_of[node as usize] = row as u32);
        let mut starts = Vec::with_capacity(nodes.len() + 1);
        let mut neighbours = Vec::with_capacity(graph.neighbour_lists().1.len());
        starts.push(0);
        for &node in &nodes {
            neighbours.extend(graph.neighbours(node).iter().map(|&other| row_of[other as usize]));
            starts.push(neighbours.len());
        }
        let degrees = nodes.iter().map(|&node| f64::from(degree_of[node as usize])).collect();
        Self { nodes, degrees, starts, neighbours }
    }

    /// (D - cA) applied to a vector.
    fn image(&self, damping: f64, values: &[f64]) -> Vec<f64> {
        (0..values.len())
            .into_par_iter()
            .with_min_len(ROWS_PER_THREAD)
            .map(|row| {
                let around = &self.neighbours[self.starts[row]..self.starts[row + 1]];
                let arriving: f64 = around.iter().map(|&other| values[other as usize]).sum();
                self.degrees[row] * values[row] - damping * arriving
            })
            .collect()
    }
}

/// Adds a multiple of a vector.
fn advance(values: &mut [f64], step: f64, heading: &[f64]) {
    values.iter_mut().zip(heading).for_each(|(value, heading)| *value += step * heading);
}

/// Σ left · right, as eight sums side by side: a single one would wait for itself at every addition.
fn product(left: &[f64], right: &[f64]) -> f64 {
    const SUMS: usize = 8;
    let ((left, left_rest), (right, right_rest)) = (left.as_chunks::<SUMS>(), right.as_chunks::<SUMS>());
    let mut sums = [0.0; SUMS];
    for (left, right) in left.iter().zip(right) {
        for lane in 0..SUMS {
            sums[lane] += left[lane] * right[lane];
        }
    }
    let rest: f64 = left_rest.iter().zip(right_rest).map(|(left, right)| left * right).sum();
    sums.iter().sum::<f64>() + rest
}

/// Who leads to whom in a directed graph.
struct Ways {
    out_degree: Vec<f64>,
    /// Where the nodes that lead to each node start.
    starts: Vec<usize>,
    sources: Vec<u32>,
}

impl Ways {
    fn new(graph: &Graph) -> Self {
        let node_count = graph.node_count();
        let mut arrows: Vec<(u32, u32)> = graph
            .edges()
            .iter()
            .filter(|edge| edge.source != edge.target)
            .map(|edge| (edge.target, edge.source))
            .collect();
        arrows.sort_unstable();
        arrows.dedup();
        let (mut out_degree, mut starts) = (vec![0.0; node_count], vec![0; node_count + 1]);
        for &(target, source) in &arrows {
            out_degree[source as usize] += 1.0;
            starts[target as usize + 1] += 1;
        }
        for node in 0..node_count {
            starts[node + 1] += starts[node];
        }
        Self { out_degree, starts, sources: arrows.into_iter().map(|(_, source)| source).collect() }
    }

    /// The nodes that lead to a node.
    fn sources_of(&self, node: usize) -> &[u32] {
        &self.sources[self.starts[node]..self.starts[node + 1]]
    }
}
