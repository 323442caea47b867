//! Degree assortativity: whether nodes of many neighbours touch each other.

use std::iter::Sum;
use std::ops::{Add, Mul};

use rayon::prelude::*;

use crate::{Direction, Edge, Graph, Node};

/// Largest degree with which the sums over 2^31 edges fit into 64 bits, and a degree into 16.
const NARROW: u32 = 1 << 15;
/// Edges worth a thread; to wake one takes as long as some tens of thousands.
const EDGES_PER_THREAD: usize = 1 << 18;

/// Pearson correlation of the degrees at the two ends of edges, from -1 to 1 (Newman 2002). `None` without edges and where
/// all ends have one degree. Sums are exact in whole numbers.
pub fn degree_assortativity(graph: &Graph) -> Option<f64> {
    let starts = graph.neighbour_lists().starts;
    let degrees = || starts.iter().zip(&starts[1..]).map(|(start, end)| end - start);
    // All bits of all degrees tell whether one is too large as well as the largest would, without comparing them.
    let narrow = degrees().fold(0, |bits, degree| bits | degree) < NARROW && graph.edges().len() < 1 << 31;
    let [ends, sum, squares, products] = if narrow {
        // Half as many bytes: the degrees of larger graphs stay in the nearest cache.
        let degrees: Vec<u16> = degrees().map(|degree| degree as u16).collect();
        sums::<u64, u16>(graph, &degrees).map(i128::from)
    } else {
        sums::<u128, u32>(graph, &degrees().collect::<Vec<_>>()).map(|sum| sum as i128)
    };
    let variance = ends * squares - sum * sum;
    (variance > 0).then(|| (ends * products - sum * sum) as f64 / variance as f64)
}

/// Over the ends of all edges: their number, their degrees, the squares of these, and the products with the other end's.
fn sums<Number, Degree>(graph: &Graph, degrees: &[Degree]) -> [Number; 4]
where
    Number: Copy + From<u32> + Add<Output = Number> + Mul<Output = Number> + Sum + Send,
    Degree: Copy + Into<Number> + Sync,
{
    let number = |node: Node| degrees[node as usize].into();
    let products: Number = if graph.direction() == Direction::Undirected && !graph.has_relations() {
        let sum = |edges: &[Edge]| edges.iter().map(|edge| number(edge.source) * number(edge.target)).sum();
        match graph.edges() {
            few if few.len() <= EDGES_PER_THREAD => sum(few),
            many => many.par_chunks(EDGES_PER_THREAD).map(sum).sum(),
        }
    } else {
        let above = |node: Node| graph.neighbours(node).iter().filter(move |&&other| other > node);
        (0..degrees.len() as Node)
            .map(|node| number(node) * above(node).map(|&other| number(other)).sum::<Number>())
            .sum()
    };
    let nothing = Number::from(0);
    let [ends, sum, squares] = degrees.iter().fold([nothing; 3], |[ends, sum, squares], &degree| {
        let degree: Number = degree.into();
        let square = degree * degree;
        [ends + degree, sum + square, squares + square * degree]
    });
    [ends, sum, squares, products + products]
}
