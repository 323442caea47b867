//! `graph/acyclicity`: can the nodes be put in an order in which every arrow points forwards? The order shows yes, a directed
//! cycle shows no.
//!
//! The small graph gets a cycle if it has none; arrows follow a random order, for a no with those of one cycle turned round.

use super::cycle::{row_luck, thin_to_forest};
use super::{Decision, Instance};
use crate::Direction;
use crate::count::SmallGraph;
use crate::exact::arcs::Arcs;
use crate::exact::{cycles, first, members, set_of};
use crate::question::{add_random_edge, blind};
use crate::sample::Subgraph;
use ssl4rl_tasks::TaskRng;

/// Most nodes for which orders are counted exactly.
const COUNTED: usize = 12;

/// Is there an order in which every arrow points forwards?
pub struct Acyclicity;

impl Decision for Acyclicity {
    const NAME: &'static str = "graph/acyclicity";
    const SUMMARY: &'static str = "whether all arrows can point forwards, with the order or a directed cycle";
    const DIRECTION: Direction = Direction::Directed;

    fn settle(subgraph: &mut Subgraph, yes: bool, rng: &mut TaskRng) -> Option<Vec<u32>> {
        // A random cycle: the one that the first edge beyond a random spanning forest closes.
        rng.shuffle(&mut subgraph.edges);
        let whole = subgraph.edges.clone();
        let mut tree = subgraph.clone();
        thin_to_forest(&mut tree);
        let closing = whole.iter().find(|edge| !tree.edges.contains(edge));
        if let Some(edge) = closing {
            tree.edges.push(*edge);
        } else {
            add_random_edge(subgraph, rng);
            tree.clone_from(subgraph);
        }
        let cycle = cycles::cycle(&SmallGraph::of(&tree).ok()?)?;
        let place = rng.permutation(subgraph.len());
        for edge in &mut subgraph.edges {
            let along = cycle.iter().position(|&node| node == edge.source).filter(|_| !yes).and_then(|at| {
                let next = cycle[(at + 1) % cycle.len()];
                let before = cycle[(at + cycle.len() - 1) % cycle.len()];
                if edge.target == next { Some(true) } else { (edge.target == before).then_some(false) }
            });
            let forwards = place[edge.source as usize] < place[edge.target as usize];
            if !along.unwrap_or(forwards) {
                (edge.source, edge.target) = (edge.target, edge.source);
            }
        }
        Some(Vec::new())
    }

    fn question(_asked: &[String]) -> String {
        "Can all nodes be put in an order in which every arrow points forwards?".into()
    }

    fn witnesses(_asked: &[String]) -> [String; 2] {
        ["all nodes in that order".into(), "nodes along a cycle of arrows".into()]
    }

    fn witness(instance: &Instance, yes: bool) -> Option<Vec<u32>> {
        if yes { instance.arcs.topological_order() } else { instance.arcs.cycle() }
    }

    fn proves(instance: &Instance, yes: bool, witness: &[u32]) -> bool {
        if yes { in_order(&instance.arcs, witness) } else { is_directed_cycle(&instance.arcs, witness) }
    }

    fn luck(instance: &Instance, yes: bool) -> f64 {
        if yes { order_luck(&instance.arcs) } else { cycle_luck(&instance.arcs) }
    }
}

/// Whether the nodes are all nodes, each once, with no arrow backwards.
fn in_order(arcs: &Arcs, nodes: &[u32]) -> bool {
    let mut rest = first(arcs.node_count());
    set_of(nodes) == Some(rest)
        && nodes.iter().rev().all(|&node| {
            rest &= !(1 << node);
            arcs.targets(node) & rest == 0
        })
}

/// Whether the nodes are those along a cycle of arrows, each once; the first may stand at the end again.
fn is_directed_cycle(arcs: &Arcs, nodes: &[u32]) -> bool {
    let nodes = match nodes {
        [first, inner @ .., last] if first == last => &nodes[..=inner.len()],
        _ => nodes,
    };
    let leads = |at: usize| arcs.leads(nodes[at], nodes[(at + 1) % nodes.len()]);
    nodes.len() >= 2 && set_of(nodes).is_some() && (0..nodes.len()).all(leads)
}

/// Share of all orders in which every arrow points forwards: exact up to twelve nodes, above estimated from random orders, of
/// which next to none is right.
pub(in crate::tasks) fn order_luck(arcs: &Arcs) -> f64 {
    let nodes = arcs.node_count();
    if nodes > COUNTED {
        return f64::from(blind::of_draws([nodes], |_, rng| {
            let order: Vec<u32> = rng.permutation(nodes).into_iter().map(|node| node as u32).collect();
            f64::from(u8::from(in_order(arcs, &order)))
        }));
    }
    let mut luck = vec![1.0_f64; 1 << nodes];
    for set in 1..1_u64 << nodes {
        // Whoever stands last among the set has no target in it.
        let last = members(set).filter(|&node| arcs.targets(node) & set == 0);
        luck[set as usize] =
            last.map(|node| luck[(set & !(1 << node)) as usize]).sum::<f64>() / f64::from(set.count_ones());
    }
    luck.last().copied().unwrap_or(0.0)
}

/// Probability that a random row of as many nodes as is likeliest is a cycle of arrows; see [`row_luck`].
fn cycle_luck(arcs: &Arcs) -> f64 {
    row_luck(arcs.node_count(), |node| arcs.targets(node), |_| true)
}
