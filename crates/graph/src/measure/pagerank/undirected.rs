//! PageRank where every edge leads both ways: the solution of a symmetric system of equations.
//!
//! With degrees D, adjacency A and damping c, the shares s that nodes hand to each neighbour solve (D - cA) s = a, where a is
//! what every node gets without an edge, and ranks are D s. Trees are solved for by themselves ([`Forest`]). For the rest the
//! method of conjugate gradients is preconditioned with the two triangles of the matrix, E + L and E + Lᵗ for a diagonal E, in
//! Eisenstat's form (1981): solving with either reads half of the edges, and nothing else of the matrix is read. It takes a tenth
//! of the rounds that following the walk would.

use crate::{Graph, Node};

use super::PageRank;
use super::forest::Forest;

/// The rank of every node.
pub(super) fn ranks(settings: PageRank, graph: &Graph) -> Vec<f64> {
    let lists = graph.neighbour_lists();
    let degree = |node: usize| lists.of(node).len() as f64;
    let node_count = graph.node_count();
    let lonely = (0..node_count).filter(|&node| degree(node) == 0.0).count() as f64;
    let anywhere = (1.0 - settings.damping) / (node_count as f64 - settings.damping * lonely);
    let forest = Forest::of(graph, settings.damping, anywhere);
    let core = Core::of(graph, &forest, settings.damping);
    // To begin with, nodes have ranks by their degrees.
    let of_core = core.solve(settings, (1.0 - anywhere * lonely) / lists.all().len() as f64);
    let mut shares = vec![0.0; node_count];
    for (&node, share) in core.nodes.iter().zip(of_core) {
        shares[node as usize] = share;
    }
    forest.complete(&mut shares);
    let rank = |(node, share): (usize, &f64)| if degree(node) > 0.0 { share * degree(node) } else { anywhere };
    shares.iter().enumerate().map(rank).collect()
}

/// Lists of rows, one behind the other.
struct Lists {
    /// Where each list starts, and where the last one ends: `[rows + 1]`.
    starts: Vec<usize>,
    rows: Vec<u32>,
}

impl Lists {
    fn with_capacity(rows: usize, entries: usize) -> Self {
        let mut starts = Vec::with_capacity(rows + 1);
        starts.push(0);
        // One place more: every candidate is written to the next place, and stays there when it counts.
        Self { starts, rows: vec![0; entries + 1] }
    }

    /// The sum of the values at a row's entries.
    fn sum(&self, row: usize, values: &[f64]) -> f64 {
        self.rows[self.starts[row]..self.starts[row + 1]].iter().map(|&other| values[other as usize]).sum()
    }

    fn degree(&self, row: usize) -> f64 {
        (self.starts[row + 1] - self.starts[row]) as f64
    }
}

/// The equations of the nodes that no tree holds, a row each.
///
/// Rows are in the order of their number of neighbours, so that a processor knows where each ends.
struct Core {
    coupling: f64,
    /// Node of each row.
    nodes: Vec<Node>,
    diagonal: Vec<f64>,
    inverse: Vec<f64>,
    right: Vec<f64>,
    /// Neighbours of each row in earlier rows, and in later ones.
    earlier: Lists,
    later: Lists,
}

impl Core {
    fn of(graph: &Graph, forest: &Forest, coupling: f64) -> Self {
        let nodes = by_degree(&forest.degrees);
        let mut row_of = vec![u32::MAX; graph.node_count()];
        nodes.iter().enumerate().for_each(|(row, &node)| row_of[node as usize] = row as u32);
        let edges = nodes.iter().map(|&node| forest.degrees[node as usize] as usize).sum::<usize>() / 2;
        let [mut earlier, mut later] = [(); 2].map(|()| Lists::with_capacity(nodes.len(), edges));
        let (mut earlier_end, mut later_end) = (0, 0);
        for (row, &node) in nodes.iter().enumerate() {
            for &other in graph.neighbours(node) {
                let other = row_of[other as usize];
                (earlier.rows[earlier_end], later.rows[later_end]) = (other, other);
                earlier_end += usize::from(other < row as u32);
                later_end += usize::from(other > row as u32 && other != u32::MAX);
            }
            earlier.starts.push(earlier_end);
            later.starts.push(later_end);
        }
        let diagonal: Vec<f64> = nodes.iter().map(|&node| forest.diagonal[node as usize]).collect();
        Self {
            coupling,
            inverse: diagonal.iter().map(|entry| 1.0 / entry).collect(),
            right: nodes.iter().map(|&node| forest.right[node as usize]).collect(),
            nodes,
            diagonal,
            earlier,
            later,
        }
    }

    /// The unknown of every row, from a first guess of one value for all.
    fn solve(&self, settings: PageRank, first: f64) -> Vec<f64> {
        let rows = self.nodes.len();
        let mut unknowns = vec![first; rows];
        let mut left = self.left_of(first);
        let total: f64 = self.diagonal.iter().sum();
        let mut slope: f64 = left.iter().zip(&self.diagonal).map(|(left, entry)| entry * left * left).sum();
        let (mut heading, mut way, mut back) = (vec![0.0; rows], vec![0.0; rows], vec![0.0; rows]);
        let mut kept = 0.0;
        for _ in 0..settings.max_rounds {
            // With r for what is left, (E + L) r is by how much one more step of the walk would change each rank. Together that
            // is at most twice Σ E |r|, and that, by the inequality of Cauchy and Schwarz, at most this.
            let change = 2.0 * (slope * total).sqrt();
            if change < settings.tolerance || slope < f64::MIN_POSITIVE {
                break;
            }
            self.head(&mut heading, kept, &left, &mut way);
            let step = slope / self.rise(&heading, &way, &mut back);
            let new_slope = self.advance(step, &way, &back, &mut unknowns, &mut left);
            kept = new_slope / slope;
            slope = new_slope;
        }
        unknowns
    }

    /// (E + L)⁻¹ of what is left of the right sides where every unknown has one value.
    fn left_of(&self, value: f64) -> Vec<f64> {
        let mut left = vec![0.0; self.nodes.len()];
        for row in 0..left.len() {
            let degree = self.earlier.degree(row) + self.later.degree(row);
            let residual = self.right[row] - (self.diagonal[row] - self.coupling * degree) * value;
            left[row] = (residual + self.coupling * self.earlier.sum(row, &left)) * self.inverse[row];
        }
        left
    }

    /// Turns the heading to E r, with some of the old one kept, and sets the way to (E + Lᵗ)⁻¹ of it.
    fn head(&self, heading: &mut [f64], kept: f64, left: &[f64], way: &mut [f64]) {
        for row in (0..heading.len()).rev() {
            heading[row] = self.diagonal[row] * left[row] + kept * heading[row];
            way[row] = (heading[row] + self.coupling * self.later.sum(row, way)) * self.inverse[row];
        }
    }

    /// Sets `back` to (E + L)⁻¹ (heading - E way), which with the way makes the heading's image, and returns the heading's product with
    /// that.
    fn rise(&self, heading: &[f64], way: &[f64], back: &mut [f64]) -> f64 {
        let mut product = 0.0;
        for row in 0..heading.len() {
            let sum = self.earlier.sum(row, back);
            back[row] = (heading[row] + self.coupling * sum) * self.inverse[row] - way[row];
            product += heading[row] * (way[row] + back[row]);
        }
        product
    }

    /// Takes the step, and returns Σ E r² of what is left then.
    fn advance(&self, step: f64, way: &[f64], back: &[f64], unknowns: &mut [f64], left: &mut [f64]) -> f64 {
        let mut slope = 0.0;
        let rows = unknowns.iter_mut().zip(left).zip(way.iter().zip(back)).zip(&self.diagonal);
        for (((unknown, left), (way, back)), entry) in rows {
            *unknown += step * way;
            *left -= step * (way + back);
            slope += entry * *left * *left;
        }
        slope
    }
}

/// The nodes of degree 1 or more by ascending degree, those of one degree by id. O(nodes).
fn by_degree(degrees: &[u32]) -> Vec<Node> {
    let most = degrees.iter().max().map_or(0, |&most| most as usize);
    let mut places = vec![0; most + 2];
    for &degree in degrees.iter().filter(|&&degree| degree > 0) {
        places[degree as usize + 1] += 1;
    }
    for degree in 0..=most {
        places[degree + 1] += places[degree];
    }
    let mut nodes = vec![0; places[most + 1]];
    for (node, &degree) in degrees.iter().enumerate().filter(|(_, degree)| **degree > 0) {
        nodes[places[degree as usize]] = node as Node;
        places[degree as usize] += 1;
    }
    nodes
}
