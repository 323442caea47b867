//! [`Support`]: the edges of a graph by how many neighbours their two ends have in common.

use rayon::prelude::*;

use crate::pages::Array;
use crate::{Graph, Node};

/// Numbers of common neighbours that are told apart: up to this, and more.
const MOST: usize = 5;

/// Edges of which an end leads to the other's neighbours.
#[derive(Debug, Clone)]
pub(crate) struct Support {
    /// Positions in [`Graph::edges`], those of most common neighbours first; of equally many in the order of the graph.
    positions: Array<u32>,
    /// How many of them have at least so many common neighbours: `[MOST + 1]`.
    counts: [usize; MOST + 1],
}

impl Support {
    /// O(m·d·log d) for m edges of degree d.
    pub(crate) fn of(graph: &Graph) -> Self {
        let counted = |edge: &crate::Edge| common_neighbours(graph, edge.source, edge.target);
        let common: Vec<usize> = graph.edges().par_iter().map(counted).collect();
        let (mut positions, mut counts) = (Vec::with_capacity(common.len()), [0; MOST + 1]);
        for least in (0..=MOST).rev() {
            let of_so_many = common.iter().enumerate().filter(|&(_, &common)| common == least);
            positions.extend(of_so_many.map(|(position, _)| position as u32));
            counts[least] = positions.len();
        }
        Self { positions: positions.into(), counts }
    }

    /// Positions of the edges whose ends have `least` common neighbours or more; for more than five, of those with five.
    pub(crate) fn at_least(&self, least: usize) -> &[u32] {
        &self.positions[..self.counts[least.min(MOST)]]
    }
}

/// Common neighbours of two nodes, five at most; none of a node and itself.
fn common_neighbours(graph: &Graph, left: Node, right: Node) -> usize {
    let (left_list, right_list) = (graph.neighbours(left), graph.neighbours(right));
    let (short, long) =
        if left_list.len() <= right_list.len() { (left_list, right_list) } else { (right_list, left_list) };
    let common = short.iter().filter(|node| left != right && long.binary_search(node).is_ok());
    common.take(MOST).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate;

    #[test]
    fn every_edge_stands_among_those_of_as_many_common_neighbours() {
        let graph = generate::from_spec("ba:n=60,m=4", 3).unwrap().unwrap();
        let support = Support::of(&graph);
        for least in 0..=6 {
            let wanted = least.min(MOST);
            let slow: Vec<u32> = (0..graph.edges().len() as u32)
                .filter(|&position| {
                    let edge = graph.edges()[position as usize];
                    let joins = |node: &Node| graph.adjacent(edge.source, *node) && graph.adjacent(edge.target, *node);
                    (0..graph.node_count() as Node).filter(joins).count() >= wanted
                })
                .collect();
            let mut found = support.at_least(least).to_vec();
            found.sort_unstable();
            assert_eq!(found, slow, "{least}");
        }
        assert!(support.at_least(2).len() < support.at_least(1).len(), "the graph tells them apart");
    }
}
