//! Core numbers: how dense the densest part is that holds a node.

use crate::{Graph, Node};

/// The largest k for which each node is in the k-core: a subgraph whose nodes all have k neighbours within it. O(n + m).
///
/// For one k after another the nodes with k neighbours left go, with all that this leaves with k. What is left is then looked
/// through for the next k; a node is looked at no more often than it has neighbours.
pub fn core_numbers(graph: &Graph) -> Vec<u32> {
    let mut left = graph.degrees();
    // Every node is written to the next place, and stays there when it goes.
    let mut going = vec![0; left.len() + 1];
    let mut rest: Vec<Node> = vec![0; left.len()];
    // Nodes that stand alone go with those of one neighbour: they leave nobody with less.
    let (mut end, mut kept, mut k) = (0, 0, 1);
    for (node, &degree) in left.iter().enumerate() {
        (going[end], rest[kept]) = (node as Node, node as Node);
        end += usize::from(degree <= k);
        kept += usize::from(degree > k);
    }
    rest.truncate(kept);
    loop {
        take_out(graph, k, end, &mut going, &mut left);
        if rest.is_empty() {
            return left;
        }
        (k, end) = sift(k + 1, &left, &mut rest, &mut going);
    }
}

/// Takes out the first `end` nodes of `going`, and whatever has k neighbours left after that.
fn take_out(graph: &Graph, k: u32, mut end: usize, going: &mut [Node], left: &mut [u32]) {
    let lists = graph.neighbour_lists();
    // Where the list of the next node lies is looked up before this one's is read: after the end of a short list, which comes as a
    // surprise, a processor would wait for it.
    let (mut gone, mut next, mut next_list) = (0, Node::MAX, 0..0);
    while gone < end {
        let node = going[gone];
        let list = if node == next { next_list } else { lists.range(node as usize) };
        gone += 1;
        (next, next_list) = (going[gone], lists.range(going[gone] as usize));
        for &other in &lists.all()[list] {
            let degree = &mut left[other as usize];
            going[end] = other;
            end += usize::from(*degree == k + 1);
            *degree -= u32::from(*degree > k);
        }
    }
}

/// Moves the nodes with the fewest neighbours left, `least` or more, from `rest` to the front of `going`; how few that is, and how many
/// nodes. Of `rest`, those that went before are dropped too.
fn sift(least: u32, left: &[u32], rest: &mut Vec<Node>, going: &mut [Node]) -> (u32, usize) {
    let (mut k, mut end) = (least, 0);
    while end == 0 && !rest.is_empty() {
        let (mut kept, mut next) = (0, u32::MAX);
        for at in 0..rest.len() {
            let node = rest[at];
            let degree = left[node as usize];
            (going[end], rest[kept]) = (node, node);
            end += usize::from(degree == k);
            kept += usize::from(degree > k);
            next = next.min(if degree > k { degree } else { u32::MAX });
        }
        rest.truncate(kept);
        k = if end == 0 { next } else { k };
    }
    (k, end)
}

/// Nodes of the k-core, ascending; empty where there is none.
pub fn k_core(graph: &Graph, k: u32) -> Vec<Node> {
    let numbers = core_numbers(graph);
    (0..graph.node_count() as Node).filter(|&node| numbers[node as usize] >= k).collect()
}
