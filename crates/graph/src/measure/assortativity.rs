//! Degree assortativity: whether nodes of many neighbours touch each other.

use crate::{Graph, Node};

/// Pearson correlation of the degrees at the two ends of edges, from -1 to 1 (Newman 2002). `None` without edges and where
/// all ends have one degree. Sums are exact in whole numbers.
pub fn degree_assortativity(graph: &Graph) -> Option<f64> {
    let (mut ends, mut sum, mut squares, mut products) = (0_i128, 0_i128, 0_i128, 0_i128);
    for node in 0..graph.node_count() as Node {
        let degree = graph.degree(node) as i128;
        ends += degree;
        sum += degree * degree;
        squares += degree * degree * degree;
        products += graph.neighbours(node).iter().map(|&other| degree * graph.degree(other) as i128).sum::<i128>();
    }
    let variance = ends * squares - sum * sum;
    (variance > 0).then(|| (ends * products - sum * sum) as f64 / variance as f64)
}
