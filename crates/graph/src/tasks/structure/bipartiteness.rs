//! `graph/bipartiteness`: can the nodes be split in two so that every edge crosses? One side shows yes, an odd cycle shows no.
//!
//! Edges within a side of a spanning forest's two-colouring are dropped, then one edge is added across or within a side.

use super::cycle::{cycle_luck, is_cycle};
use super::{Decision, Instance};
use crate::Edge;
use crate::count::SmallGraph;
use crate::exact::{all, connect, cycles, edges, members, set_of};
use crate::question::blind;
use crate::sample::Subgraph;
use ssl4rl_tasks::TaskRng;

/// Can the nodes be split in two sides?
pub struct Bipartiteness;

impl Decision for Bipartiteness {
    const NAME: &'static str = "graph/bipartiteness";
    const SUMMARY: &'static str = "whether all edges can cross a split in two, with one side or an odd cycle";

    fn settle(subgraph: &mut Subgraph, yes: bool, rng: &mut TaskRng) -> Option<Vec<u32>> {
        rng.shuffle(&mut subgraph.edges);
        let forest = SmallGraph::new(subgraph.len(), connect::spanning_forest(&SmallGraph::of(subgraph).ok()?)).ok()?;
        let side = cycles::two_colouring(&forest)?;
        let crosses = |left: u32, right: u32| (side >> left ^ side >> right) & 1 == 1;
        subgraph.edges.retain(|edge| crosses(edge.source, edge.target));
        let graph = SmallGraph::of(subgraph).ok()?;
        let mut pairs = Vec::new();
        for left in members(all(&graph)) {
            let part = connect::reached(&graph, 1 << left, all(&graph));
            let others = part & !graph.neighbours(left) & !(1 << left);
            let fits = |right: &u32| crosses(left, *right) == yes && subgraph.may_link(left, *right);
            pairs.extend(members(others).filter(fits).map(|right| (left, right)));
        }
        let &(source, target) = rng.choose(&pairs)?;
        subgraph.edges.push(Edge { source, target, relation: 0 });
        Some(Vec::new())
    }

    fn question(_asked: &[String]) -> String {
        "Can the nodes be split in two sides so that every edge joins the two?".into()
    }

    fn witnesses(_asked: &[String]) -> [String; 2] {
        ["nodes of one side".into(), "nodes along a cycle of odd length".into()]
    }

    fn witness(instance: &Instance, yes: bool) -> Option<Vec<u32>> {
        if yes {
            cycles::two_colouring(&instance.graph).map(|side| members(side).collect())
        } else {
            cycles::odd_cycle(&instance.graph)
        }
    }

    fn proves(instance: &Instance, yes: bool, witness: &[u32]) -> bool {
        if !yes {
            let repeats = witness.len() > 1 && witness.first() == witness.last();
            return (witness.len() - usize::from(repeats)) % 2 == 1 && is_cycle(&instance.graph, witness);
        }
        set_of(witness)
            .is_some_and(|side| edges(&instance.graph).all(|(left, right)| (side >> left ^ side >> right) & 1 == 1))
    }

    fn luck(instance: &Instance, yes: bool) -> f64 {
        if !yes {
            return cycle_luck(&instance.graph, true);
        }
        let nodes = instance.graph.node_count();
        let Some(side) = cycles::two_colouring(&instance.graph) else { return 0.0 };
        // Number of valid sides by size: each component gives either of its two.
        let mut sides = vec![0.0; nodes + 1];
        sides[0] = 1.0;
        for component in connect::components(&instance.graph) {
            let (one, other) = ((component & side).count_ones() as usize, (component & !side).count_ones() as usize);
            let shifted = |by: usize, size: usize| size.checked_sub(by).map_or(0.0, |size| sides[size]);
            sides = (0..=nodes).map(|size| shifted(one, size) + shifted(other, size)).collect();
        }
        sides.iter().enumerate().map(|(size, count)| count / blind::choose(nodes, size).max(1.0)).fold(0.0, f64::max)
    }
}
