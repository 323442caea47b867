//! `graph/euler-trail`: is there a walk along every edge exactly once? The walk shows yes; all nodes with an odd number of
//! neighbours, of which there are more than two, show no.
//!
//! All edges hang together. Edges between odd nodes are added or removed for a yes, edges between even ones for a no.

use super::{Decision, Instance};
use crate::Edge;
use crate::count::SmallGraph;
use crate::exact::{adjacent, all, members, set_of, symmetry, trail};
use crate::question::blind;
use crate::sample::Subgraph;
use ssl4rl_tasks::TaskRng;

/// Edges changed before a small graph is given up.
const CHANGES: usize = 16;
/// Odd nodes of a no.
const ODD: std::ops::RangeInclusive<u32> = 4..=6;

/// Is there a walk along every edge once?
pub struct EulerTrail;

impl Decision for EulerTrail {
    const NAME: &'static str = "graph/euler-trail";
    const SUMMARY: &'static str = "whether a walk uses every edge once, with the walk or the odd nodes";

    fn settle(subgraph: &mut Subgraph, yes: bool, rng: &mut TaskRng) -> Option<Vec<u32>> {
        for _ in 0..CHANGES {
            let graph = SmallGraph::of(subgraph).ok()?;
            let odd = trail::odd_nodes(&graph);
            let settled = if yes {
                odd.count_ones() <= 2
            } else {
                // All nodes are named blindly, so some must be even.
                ODD.contains(&odd.count_ones()) && odd != all(&graph)
            };
            if settled && graph.edge_count() > 2 && trail::edges_hang_together(&graph) {
                return Some(Vec::new());
            }
            let changed = if yes || odd.count_ones() > *ODD.end() { odd } else { all(&graph) & !odd };
            change_between(subgraph, &graph, changed, rng)?;
        }
        None
    }

    fn question(_asked: &[String]) -> String {
        "Is there a walk that uses every edge exactly once?".into()
    }

    fn witnesses(_asked: &[String]) -> [String; 2] {
        ["nodes along the walk".into(), "all nodes with an odd number of neighbours".into()]
    }

    fn witness(instance: &Instance, yes: bool) -> Option<Vec<u32>> {
        if yes { trail::euler(&instance.graph) } else { Some(members(trail::odd_nodes(&instance.graph)).collect()) }
    }

    fn proves(instance: &Instance, yes: bool, witness: &[u32]) -> bool {
        if !yes {
            let odd = trail::odd_nodes(&instance.graph);
            return odd.count_ones() > 2 && set_of(witness) == Some(odd);
        }
        let mut used = vec![0_u64; instance.graph.node_count()];
        let fresh = witness.windows(2).all(|step| {
            let (from, to) = (step[0], step[1]);
            let unused = adjacent(&instance.graph, from, to) && used[from as usize] >> to & 1 == 0;
            used[from as usize] |= 1 << to;
            used[to as usize] |= 1 << from;
            unused
        });
        fresh && witness.len() as u64 == instance.graph.edge_count() + 1
    }

    fn luck(instance: &Instance, yes: bool) -> f64 {
        let nodes = instance.graph.node_count();
        if yes {
            // A fixed walk is one along all edges of the one graph of named nodes that it draws.
            symmetry::automorphisms(&instance.graph) / blind::arrangements(nodes, nodes).max(1.0)
        } else {
            1.0 / blind::choose(nodes, trail::odd_nodes(&instance.graph).count_ones() as usize).max(1.0)
        }
    }
}

/// Adds an edge between two nodes of `among`, if they may have one, or removes the one they have.
fn change_between(subgraph: &mut Subgraph, graph: &SmallGraph, among: u64, rng: &mut TaskRng) -> Option<()> {
    let mut nodes: Vec<u32> = members(among).collect();
    let &[source, target] = &*rng.sample_front(&mut nodes, 2) else { return None };
    if adjacent(graph, source, target) {
        let joins = |edge: &Edge| [(source, target), (target, source)].contains(&(edge.source, edge.target));
        subgraph.edges.retain(|edge| !joins(edge));
    } else if subgraph.may_link(source, target) {
        subgraph.edges.push(Edge { source, target, relation: 0 });
    }
    Some(())
}
