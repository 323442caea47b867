//! [`settle`]: changes a small graph until a number comes out.

use crate::Edge;
use crate::sample::Subgraph;
use ssl4rl_tasks::TaskRng;

/// Changes tried before the graph is given up.
const EDITS: usize = 256;
/// One change in so many is kept though it brings the number no nearer, so that the search leaves its dead ends.
const SIDEWAYS_ONE_IN: usize = 4;

/// Adds and removes random edges until `count` gives `wanted`; whether it does in the end. Added are only edges that the small
/// graph [may have](Subgraph::may_link).
///
/// No change is kept that takes the number farther away, so a graph that has it already stays as it is.
pub fn settle(
    subgraph: &mut Subgraph,
    wanted: u64,
    rng: &mut TaskRng,
    count: impl Fn(&Subgraph) -> Option<u64>,
) -> bool {
    let Some(mut error) = count(subgraph).map(|now| now.abs_diff(wanted)) else { return false };
    for _ in 0..EDITS {
        if error == 0 {
            rng.shuffle(&mut subgraph.edges);
            return true;
        }
        let (left, right) = (rng.below(subgraph.len()) as u32, rng.below(subgraph.len()) as u32);
        if !subgraph.may_link(left, right) && !subgraph.links(left, right) {
            continue;
        }
        toggle(subgraph, left, right);
        match count(subgraph).map(|now| now.abs_diff(wanted)) {
            Some(now) if now < error || now == error && rng.below(SIDEWAYS_ONE_IN) == 0 => error = now,
            _ => toggle(subgraph, left, right),
        }
    }
    false
}

/// Removes the edge between two nodes, or adds it.
fn toggle(subgraph: &mut Subgraph, left: u32, right: u32) {
    let joins =
        |edge: &Edge| (edge.source, edge.target) == (left, right) || (edge.target, edge.source) == (left, right);
    match subgraph.edges.iter().position(joins) {
        Some(at) => {
            subgraph.edges.swap_remove(at);
        }
        None => subgraph.edges.push(Edge { source: left, target: right, relation: 0 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::SmallGraph;
    use ssl4rl_tasks::Split;

    #[test]
    fn a_graph_that_has_the_number_stays_and_another_gets_it() {
        let edge = |source, target| Edge { source, target, relation: 0 };
        let triangles = |subgraph: &Subgraph| SmallGraph::of(subgraph).ok().map(|small| small.triangles());
        let mut rng = TaskRng::new(1, "test", Split::Train, 0);
        for wanted in 0..5 {
            let path = (0..7).map(|node| edge(node, node + 1)).collect();
            let mut subgraph = Subgraph { nodes: (0..8).collect(), edges: path };
            assert!(settle(&mut subgraph, wanted, &mut rng, triangles));
            assert_eq!(triangles(&subgraph), Some(wanted));
            assert!(wanted > 0 || subgraph.edges.len() == 7);
        }
        let mut pair = Subgraph { nodes: vec![0, 1], edges: Vec::new() };
        assert!(!settle(&mut pair, 1, &mut rng, triangles), "two nodes have no triangle");
    }
}
