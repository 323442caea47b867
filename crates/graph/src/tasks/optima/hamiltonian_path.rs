//! `graph/hamiltonian-path`: a path that visits every node once.
//!
//! A random walk that never returns is given an edge wherever it is stuck, so that there is such a path. A path that misses
//! nodes is worth those it visits; one edge earns nothing. A list that is no path keeps the share of its steps that are edges
//! to a node not visited before.

use super::{Goal, Instance, Optimum, Rating};
use crate::Edge;
use crate::count::SmallGraph;
use crate::exact::{adjacent, members, routes};
use crate::question::{Shown, answer, blind};
use crate::sample::Subgraph;
use ssl4rl_tasks::TaskRng;

/// A path through all nodes.
pub struct HamiltonianPath;

impl Optimum for HamiltonianPath {
    type Answer = Vec<u32>;
    const NAME: &'static str = "graph/hamiltonian-path";
    const SUMMARY: &'static str = "find a path that visits every node once";
    const GOAL: Goal = Goal::Largest;
    const MOST_NODES: usize = 14;
    const REPLY: &'static str = "nodes along the path";

    fn settle(subgraph: &mut Subgraph, rng: &mut TaskRng) -> Option<Vec<u32>> {
        let graph = SmallGraph::of(subgraph).ok()?;
        let mut rest = crate::exact::all(&graph);
        let mut here = rng.below(subgraph.len()) as u32;
        rest &= !(1 << here);
        while rest != 0 {
            let near: Vec<u32> = members(graph.neighbours(here) & rest).collect();
            let next = if let Some(&next) = rng.choose(&near) {
                next
            } else {
                let anyone: Vec<u32> = members(rest).filter(|&other| subgraph.may_link(here, other)).collect();
                let target = *rng.choose(&anyone)?;
                subgraph.edges.push(Edge { source: here, target, relation: 0 });
                target
            };
            rest &= !(1 << next);
            here = next;
        }
        Some(Vec::new())
    }

    fn question(_variant: usize, _asked: &[String]) -> String {
        "Find a path along edges that visits every node exactly once.".into()
    }

    fn solve(instance: &Instance) -> Option<Vec<u32>> {
        routes::hamiltonian_path(&instance.graph)
    }

    fn lazy(_instance: &Instance) -> u32 {
        2
    }

    fn read(text: &str, shown: &Shown) -> Option<Vec<u32>> {
        answer::nodes(text, shown)
    }

    fn write(path: &Vec<u32>, shown: &Shown) -> String {
        shown.list(path)
    }

    fn rate(instance: &Instance, path: &Vec<u32>) -> Rating {
        let mut visited = path.first().map_or(0, |&start| 1_u64 << start);
        let kept = path.windows(2).filter(|step| {
            let fresh = visited >> step[1] & 1 == 0;
            visited |= 1 << step[1];
            fresh && adjacent(&instance.graph, step[0], step[1])
        });
        Rating::of(kept.count(), path.len().saturating_sub(1), path.len())
    }

    fn chance(instance: &Instance, best: u32, score: &dyn Fn(&Vec<u32>) -> f64) -> f32 {
        let nodes = instance.node_count();
        blind::of_draws([3, 4, best as usize], |count, rng| {
            score(&rng.permutation(nodes).into_iter().take(count).map(|node| node as u32).collect())
        })
    }

    fn sizes() -> Vec<(usize, usize)> {
        vec![(4, 5), (6, 8), (8, 10), (10, 13)]
    }
}
