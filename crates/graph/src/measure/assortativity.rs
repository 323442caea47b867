//! Degree assortativity: whether nodes of many neighbours touch each other.

use std::iter::Sum;
use std::ops::{Add, Mul};

use crate::threads::{Piece, in_pieces};
use crate::{Direction, Edge, Graph, Node};

/// Bits of the largest degree with which the sums over 2^31 edges fit into 64 bits, and a degree into 16.
const NARROW: u32 = (1 << 15) - 1;

/// Edges worth a thread where the caller is one of rayon's: another takes its second half over in less than a microsecond.
const EDGES_WITHIN_POOL: usize = 1 << 11;
/// Edges worth a thread where the caller is none: a thread has to be woken before it takes the work, and the caller after it.
const EDGES_OUTSIDE_POOL: usize = 1 << 15;

/// Pearson correlation of the degrees at the two ends of edges, from -1 to 1 (Newman 2002). `None` without edges and where
/// all ends have one degree. Sums are exact in whole numbers.
pub fn degree_assortativity(graph: &Graph) -> Option<f64> {
    let narrow =
        if graph.edges().len() < 1 << 31 { sums::<u64, u16>(graph, NARROW, |degree| degree as u16) } else { None };
    let wide = || Some(sums::<u128, u32>(graph, u32::MAX, |degree| degree)?.map(|sum| sum as i128));
    let [sum, squares, products] = narrow.map(|sums| sums.map(i128::from)).or_else(wide)?;
    let ends = graph.neighbour_lists().all().len() as i128;
    let variance = ends * squares - sum * sum;
    (variance > 0).then(|| (ends * products - sum * sum) as f64 / variance as f64)
}

/// Over the ends of all edges: their degrees, the squares of these, and the products with the other end's. `None` if a degree
/// has a bit beyond `bits`.
///
/// Every piece of the work makes all degrees itself, which is done before they would have come from another core's cache, and makes
/// them as narrow as they may be: those of larger graphs stay in the nearest one.
fn sums<Number, Degree>(graph: &Graph, bits: u32, narrow: impl Fn(u32) -> Degree + Sync) -> Option<[Number; 3]>
where
    Number: Copy + From<u32> + Add<Output = Number> + Mul<Output = Number> + Sum + Send,
    Degree: Copy + Into<Number>,
{
    let of_piece = |piece: Piece| {
        // All bits of all degrees tell whether one is too large as well as the largest would, without comparing them.
        let mut all_bits = 0;
        let seen = |degree| {
            all_bits |= degree;
            narrow(degree)
        };
        let degrees: Vec<Degree> = graph.neighbour_lists().lengths().map(seen).collect();
        if all_bits & !bits != 0 {
            return None;
        }
        let [sum, squares] = moments(&degrees[piece.of(degrees.len())]);
        let product = products(graph, &degrees, piece);
        Some([sum, squares, product + product])
    };
    let add = |left: [Number; 3], right: [Number; 3]| std::array::from_fn(|at| left[at] + right[at]);
    let worth_a_thread = if rayon::current_thread_index().is_some() { EDGES_WITHIN_POOL } else { EDGES_OUTSIDE_POOL };
    let found = in_pieces(graph.edges().len(), worth_a_thread, of_piece);
    found.into_iter().try_fold([Number::from(0); 3], |sum, found| Some(add(sum, found?)))
}

/// Sums of the degrees to the powers 2 and 3: what the ends of edges add up to, each node being as many of them as its degree.
fn moments<Number, Degree>(degrees: &[Degree]) -> [Number; 2]
where
    Number: Copy + From<u32> + Add<Output = Number> + Mul<Output = Number>,
    Degree: Copy + Into<Number>,
{
    degrees.iter().fold([Number::from(0); 2], |[sum, squares], &degree| {
        let degree: Number = degree.into();
        let square = degree * degree;
        [sum + square, squares + square * degree]
    })
}

/// Sum of the products of the degrees at both ends of the edges of a piece.
fn products<Number, Degree>(graph: &Graph, degrees: &[Degree], piece: Piece) -> Number
where
    Number: Copy + Add<Output = Number> + Mul<Output = Number> + Sum,
    Degree: Copy + Into<Number>,
{
    if graph.direction() == Direction::Undirected && !graph.has_relations() {
        return products_of(&graph.edges()[piece.of(graph.edges().len())], degrees);
    }
    let number = |node: Node| degrees[node as usize].into();
    let above = |node: Node| graph.neighbours(node).iter().filter(move |&&other| other > node);
    piece
        .of(degrees.len())
        .map(|node| number(node as Node) * above(node as Node).map(|&other| number(other)).sum::<Number>())
        .sum()
}

/// Sum of the products of the degrees at both ends of these edges. By itself, since the compiler then steps through the edges with one
/// addition instead of three; four edges at a time, since their sums then need not wait for each other.
#[inline(never)]
fn products_of<Number, Degree>(edges: &[Edge], degrees: &[Degree]) -> Number
where
    Number: Copy + Add<Output = Number> + Mul<Output = Number> + Sum,
    Degree: Copy + Into<Number>,
{
    let number = |node: Node| degrees[node as usize].into();
    let product = |edge: &Edge| number(edge.source) * number(edge.target);
    let (fours, rest) = edges.as_chunks::<4>();
    let sum = |[one, two, three, four]: &[Edge; 4]| (product(one) + product(two)) + (product(three) + product(four));
    fours.iter().map(sum).sum::<Number>() + rest.iter().map(product).sum()
}
