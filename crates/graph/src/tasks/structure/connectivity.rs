//! `graph/connectivity`: can one get from one node to another? A path shows yes; all nodes that the first one reaches show no.
//!
//! The small graph is parted in two by removing the edges between a grown half and the rest; both nodes lie in one part, at
//! least two steps apart, or in different ones.

use super::{Decision, Instance};
use crate::count::SmallGraph;
use crate::exact::{adjacent, all, connect, members, set_of};
use crate::question::blind;
use crate::sample::Subgraph;
use crate::tasks::communities::cut_comparison::grown;
use ssl4rl_tasks::TaskRng;

/// Are two nodes connected?
pub struct Connectivity;

impl Decision for Connectivity {
    const NAME: &'static str = "graph/connectivity";
    const SUMMARY: &'static str =
        "whether one node can be reached from another, with the path or the part that is reached";

    fn settle(subgraph: &mut Subgraph, yes: bool, rng: &mut TaskRng) -> Option<Vec<u32>> {
        let half = grown_half(&SmallGraph::of(subgraph).ok()?, rng)?;
        subgraph.edges.retain(|edge| (half >> edge.source ^ half >> edge.target) & 1 == 0);
        let graph = SmallGraph::of(subgraph).ok()?;
        let mut pairs = Vec::new();
        for from in members(all(&graph)) {
            let part = connect::reached(&graph, 1 << from, all(&graph));
            let others = if yes { part & !graph.neighbours(from) & !(1 << from) } else { all(&graph) & !part };
            // The part of a no must not be told without looking: neither the node alone nor all but the other node.
            let told = part.count_ones() < 2 || part.count_ones() as usize > graph.node_count() - 2;
            if yes || !told {
                pairs.extend(members(others).map(|to| vec![from, to]));
            }
        }
        rng.choose(&pairs).cloned()
    }

    fn question(asked: &[String]) -> String {
        format!("Can node {} be reached from node {}?", asked[1], asked[0])
    }

    fn witnesses(asked: &[String]) -> [String; 2] {
        [format!("path from {} to {}", asked[0], asked[1]), format!("{} and all nodes reached from it", asked[0])]
    }

    fn witness(instance: &Instance, yes: bool) -> Option<Vec<u32>> {
        let (from, to) = instance.pair()?;
        if yes {
            connect::shortest_path(&instance.graph, from, to)
        } else {
            Some(members(connect::reached(&instance.graph, 1 << from, all(&instance.graph))).collect())
        }
    }

    fn proves(instance: &Instance, yes: bool, witness: &[u32]) -> bool {
        let Some((from, to)) = instance.pair() else { return false };
        if yes {
            let ends = witness.first() == Some(&from) && witness.last() == Some(&to);
            return ends && witness.windows(2).all(|step| adjacent(&instance.graph, step[0], step[1]));
        }
        let part = connect::reached(&instance.graph, 1 << from, all(&instance.graph));
        set_of(witness) == Some(part) && part >> to & 1 == 0
    }

    /// Whoever guesses chooses between yes and no first. A path through one node or two is likelier to be right than a part of the
    /// graph, so that a no adds nothing to what guesses earn.
    fn luck(instance: &Instance, yes: bool) -> f64 {
        let Some((from, to)) = instance.pair() else { return 0.0 };
        let others = instance.graph.node_count().saturating_sub(2);
        if yes {
            // A path through one node, or through two.
            let (near, far) = (instance.graph.neighbours(from), instance.graph.neighbours(to));
            let one = f64::from((near & far).count_ones()) / others.max(1) as f64;
            let two: u32 = members(near).map(|node| (instance.graph.neighbours(node) & far).count_ones()).sum();
            one.max(f64::from(two) / blind::arrangements(others, 2).max(1.0))
        } else {
            0.0
        }
    }
}

/// A connected set of a third to two thirds of the nodes, grown from a random one.
fn grown_half(graph: &SmallGraph, rng: &mut TaskRng) -> Option<u64> {
    let nodes = graph.node_count();
    let size = (nodes / 3 + rng.below(nodes / 3 + 1)).max(2);
    grown(graph, size, rng)
}
