//! Core numbers: how dense the densest part is that holds a node.

use crate::{Graph, Node};

/// The largest k for which each node is in the k-core: a subgraph whose nodes all have k neighbours within it. O(n + m).
///
/// For one k after another the nodes with k neighbours left go, with all that this leaves with k. What is left is then looked
/// through for the next k; a node is looked at no more often than it has neighbours.
pub fn core_numbers(graph: &Graph) -> Vec<u32> {
    let (starts, neighbours) = graph.neighbour_lists();
    let mut left = graph.degrees();
    let mut rest: Vec<Node> = (0..left.len() as Node).collect();
    // Every node is written to the next place, and stays there when it goes.
    let mut going = vec![0; left.len() + 1];
    let mut k = 0;
    while !rest.is_empty() {
        let (mut gone, mut end, mut kept, mut next_k) = (0, 0, 0, u32::MAX);
        for at in 0..rest.len() {
            let node = rest[at];
            let degree = left[node as usize];
            (going[end], rest[kept]) = (node, node);
            end += usize::from(degree == k);
            kept += usize::from(degree > k);
            next_k = next_k.min(if degree > k { degree } else { u32::MAX });
        }
        rest.truncate(kept);
        if end == 0 {
            k = next_k;
            continue;
        }
        while gone < end {
            let node = going[gone] as usize;
            gone += 1;
            for &other in &neighbours[starts[node]..starts[node + 1]] {
                let degree = &mut left[other as usize];
                going[end] = other;
                end += usize::from(*degree == k + 1);
                *degree -= u32::from(*degree > k);
            }
        }
        k += 1;
    }
    left
}

/// Nodes of the k-core, ascending; empty where there is none.
pub fn k_core(graph: &Graph, k: u32) -> Vec<Node> {
    let numbers = core_numbers(graph);
    (0..graph.node_count() as Node).filter(|&node| numbers[node as usize] >= k).collect()
}
