//! `graph/cycle`: is there a cycle? The nodes along one show yes; an order in which every node has at most one neighbour after
//! it shows no, because the node of a cycle that comes first in any order has two neighbours after it.
//!
//! The graph of a yes is that of a no with two edges exchanged: both have the same degrees, so that these tell nothing. Fewer than five
//! nodes have no such pair of graphs.

use super::{Decision, Instance};
use crate::Edge;
use crate::count::SmallGraph;
use crate::exact::connect::Parts;
use crate::exact::{adjacent, all, cycles, first, members, set_of};
use crate::question::blind;
use crate::sample::Subgraph;
use ssl4rl_tasks::TaskRng;

/// Most nodes for which orders are counted exactly.
const COUNTED: usize = 12;

/// Is there a cycle?
pub struct Cycle;

impl Decision for Cycle {
    const NAME: &'static str = "graph/cycle";
    const LEAST_NODES: usize = 5;
    const SUMMARY: &'static str = "whether there is a cycle, with its nodes or an order that takes the forest apart";

    fn settle(subgraph: &mut Subgraph, yes: bool, rng: &mut TaskRng) -> Option<Vec<u32>> {
        rng.shuffle(&mut subgraph.edges);
        thin_to_forest(subgraph);
        for _ in 0..rng.below(2) {
            subgraph.edges.pop()?;
        }
        // A forest that no exchange closes to a cycle would be shown for a no alone.
        let closed = rng.choose(&exchanged(subgraph)).cloned()?;
        if yes {
            subgraph.edges = closed;
        }
        Some(Vec::new())
    }

    fn question(_asked: &[String]) -> String {
        "Is there a cycle?".into()
    }

    fn witnesses(_asked: &[String]) -> [String; 2] {
        ["nodes along a cycle".into(), "all nodes, each with at most one neighbour after it".into()]
    }

    fn witness(instance: &Instance, yes: bool) -> Option<Vec<u32>> {
        if yes { cycles::cycle(&instance.graph) } else { cycles::elimination_order(&instance.graph) }
    }

    fn proves(instance: &Instance, yes: bool, witness: &[u32]) -> bool {
        if yes { is_cycle(&instance.graph, witness) } else { takes_apart(&instance.graph, witness) }
    }

    fn luck(instance: &Instance, yes: bool) -> f64 {
        if yes { cycle_luck(&instance.graph, false) } else { order_luck(&instance.graph) }
    }
}

/// Whether the nodes are those along a cycle, each once; the first may stand at the end again.
pub(super) fn is_cycle(graph: &SmallGraph, nodes: &[u32]) -> bool {
    let nodes = match nodes {
        [first, inner @ .., last] if first == last => &nodes[..=inner.len()],
        _ => nodes,
    };
    let closed = |at: usize| adjacent(graph, nodes[at], nodes[(at + 1) % nodes.len()]);
    nodes.len() >= 3 && set_of(nodes).is_some() && (0..nodes.len()).all(closed)
}

/// Probability that a random row of as many nodes as is likeliest is a cycle (of odd length).
///
/// Exact up to [`cycles::MOST_COUNTED`] nodes. Above, rows of three and of four nodes are counted: cycles that a cut of so many
/// nodes has at all are few, and rows longer than its shortest cycles are likelier to be one in very dense graphs only.
pub(super) fn cycle_luck(graph: &SmallGraph, odd: bool) -> f64 {
    row_luck(graph.node_count(), |node| graph.neighbours(node), |length| !odd || length % 2 == 1)
}

/// Probability that a random row of nodes, of the likeliest length of at least three that is allowed, closes a cycle; `leads`
/// gives the nodes that one leads to.
pub(super) fn row_luck(nodes: usize, leads: impl Fn(u32) -> u64 + Copy, allowed: impl Fn(usize) -> bool) -> f64 {
    let rows = cycles::closed_rows(nodes, leads).unwrap_or_else(|| {
        let short = |length: usize| -> f64 {
            members(first(nodes)).map(|start| short_rows(leads, start, start, 1 << start, length)).sum()
        };
        vec![0.0, 0.0, 0.0, short(3), short(4)]
    });
    let lengths = (3..rows.len()).filter(|&length| allowed(length));
    lengths.map(|length| rows[length] / blind::arrangements(nodes, length)).fold(0.0, f64::max)
}

/// Rows of `left` distinct nodes from `here` on that close a cycle at `start`.
fn short_rows(leads: impl Fn(u32) -> u64 + Copy, start: u32, here: u32, used: u64, left: usize) -> f64 {
    if left == 1 {
        return (leads(here) >> start & 1) as f64;
    }
    members(leads(here) & !used).map(|next| short_rows(leads, start, next, used | 1 << next, left - 1)).sum()
}

/// Whether the nodes are all nodes, each once, with at most one neighbour after each.
fn takes_apart(graph: &SmallGraph, nodes: &[u32]) -> bool {
    if set_of(nodes) != Some(all(graph)) {
        return false;
    }
    let mut rest = all(graph);
    nodes.iter().all(|&node| {
        rest &= !(1 << node);
        (graph.neighbours(node) & rest).count_ones() <= 1
    })
}

/// Share of all orders that take the forest apart.
fn order_luck(graph: &SmallGraph) -> f64 {
    let nodes = graph.node_count();
    if nodes > COUNTED {
        return f64::from(blind::of_draws([nodes], |_, rng| {
            let order: Vec<u32> = rng.permutation(nodes).into_iter().map(|node| node as u32).collect();
            f64::from(u8::from(takes_apart(graph, &order)))
        }));
    }
    // The probability that a random order takes a set apart, from those of the sets with one node less.
    let mut luck = vec![1.0_f64; 1 << nodes];
    for set in 1..1_u64 << nodes {
        let possible = members(set).filter(|&node| (graph.neighbours(node) & set).count_ones() <= 1);
        luck[set as usize] =
            possible.map(|node| luck[(set & !(1 << node)) as usize]).sum::<f64>() / f64::from(set.count_ones());
    }
    luck.last().copied().unwrap_or(0.0)
}

/// The edges of a forest after any exchange of the ends of two of them that closes a cycle.
fn exchanged(forest: &Subgraph) -> Vec<Vec<Edge>> {
    let edges = &forest.edges;
    let mut found = Vec::new();
    for one in 0..edges.len() {
        for other in 0..one {
            let ([left, right], [near, far]) = (ends(edges[one]), ends(edges[other]));
            for (near, far) in [(near, far), (far, near)] {
                let free = |left, right| forest.may_link(left, right) && !forest.links(left, right);
                if !(free(left, near) && free(right, far)) {
                    continue;
                }
                let mut changed = forest.clone();
                changed.edges[one] = Edge { source: left, target: near, relation: 0 };
                changed.edges[other] = Edge { source: right, target: far, relation: 0 };
                let exchanged = changed.edges.clone();
                thin_to_forest(&mut changed);
                if changed.edges.len() < exchanged.len() {
                    found.push(exchanged);
                }
            }
        }
    }
    found
}

fn ends(edge: Edge) -> [u32; 2] {
    [edge.source, edge.target]
}

/// Drops every edge that closes a cycle with those before it.
pub(super) fn thin_to_forest(subgraph: &mut Subgraph) {
    let mut parts = Parts::apart(subgraph.len());
    subgraph.edges.retain(|edge| parts.join(edge.source, edge.target));
}
